// A plugin's values and messages over the C boundary: tests/plugins_for_tests/neighbour.cpp.
#include "plugin/instance.hpp"
#include "support/fake_services.hpp"
#include "support/temporary_folder.hpp"

using namespace tinfoil;
using namespace tinfoil::plugin;

namespace {

struct scene {
    scene()
    {
        auto file = library::open(TINFOIL_BUILD_DIR "/test_plugins/neighbour.so", folder.path());
        REQUIRE(file);
        auto started = instance::start(std::move(*file), services, "{}");
        REQUIRE(started);
        it = std::move(*started);
        services.asked.clear();
        services.later.clear();
    }
    void tell(std::string name, std::string body = {})
    {
        sharing::letter made;
        made.plugin = "neighbour";
        made.name = std::move(name);
        made.body = std::move(body);
        made.wants_reply = true;
        made.patience = std::chrono::seconds(2);
        made.from = 4;
        it->message(made, [this](sharing::reply said) { came.push_back(std::move(said)); });
    }

    support::temporary_folder folder;
    support::fake_services services;
    std::unique_ptr<instance> it;
    std::vector<sharing::reply> came;
};

}  // namespace

TEST_CASE("exchange: a handler's reply, at once, after a wait, and when it throws")
{
    scene at;
    at.tell("echo", "hello");
    REQUIRE(at.came.size() == 1);
    CHECK(at.came[0].body == "hello from 4");
    CHECK(at.services.calls.back() == '5');  // It ran as a message.
    at.tell("visit");
    CHECK(at.came.size() == 1);
    REQUIRE(at.services.asked.size() == 1);
    CHECK(at.services.asked[0].what == sharing::deed::add);
    CHECK(at.services.asked[0].scope.empty());
    at.services.settle();
    REQUIRE(at.came.size() == 2);
    CHECK(at.came[1].body == "1");
    at.tell("throw");
    CHECK(at.came.at(2).how == sharing::delivery::refused);
    at.tell("nothing of the kind");
    CHECK(at.came.at(3).body.find("nothing of the kind") != std::string::npos);
}

TEST_CASE("exchange: what a plugin has not replied to when it ends is told as down, once")
{
    scene at;
    at.tell("later", "x");
    at.tell("visit");
    CHECK(at.came.empty());
    at.it->end();
    REQUIRE(at.came.size() == 2);
    for (const auto& each : at.came)
        CHECK(each.how != sharing::delivery::ok);
}

TEST_CASE(
    "exchange: a message goes out with its address and deadline, and one that nobody awaits too")
{
    scene at;
    at.tell("ask", "4194304");
    REQUIRE(at.services.letters.size() == 1);
    const auto& [sent, done] = at.services.letters.begin()->second;
    CHECK(sent.to.what == sharing::addressee::guild);
    CHECK(sent.to.guild.value == 4194304);
    CHECK(sent.wants_reply);
    CHECK(sent.patience == std::chrono::seconds(10));
    done({{3, sharing::delivery::ok, "r"}});
    CHECK(at.came.at(0).body == "3: r");
    at.tell("spread", "news");
    REQUIRE(at.services.posted.size() == 1);
    CHECK(at.services.posted[0].to.what == sharing::addressee::all);
    CHECK(at.services.posted[0].body == "news");
    CHECK_FALSE(at.services.posted[0].wants_reply);
}
