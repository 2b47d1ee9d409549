// Payloads of the same event that differ, and of different events that do not.
#include "gateway_scene.hpp"

#include <set>

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
using scene = gateway_scene;
namespace json = boost::json;

constexpr const char* deeds = "3584";  // GUILD_MESSAGES, reactions and typing.

/// The texts of what comes besides READY, by type, without the numbers.
std::map<std::string, list> data_of(const std::vector<action>& all)
{
    std::map<std::string, list> found;
    for (const action& each : all)
        if (const auto* to = std::get_if<discordsim::send>(&each))
            if (const auto at = to->text.find(R"("d":)"); at != std::string::npos) {
                const auto type = json::parse(to->text).at("t");
                if (type.is_string())
                    found[type.as_string().c_str()].push_back(to->text.substr(at));
            }
    return found;
}

std::map<std::string, list> repeated(const std::string& deed)
{
    scene it;
    it.identify(1, deeds);
    it.broken(R"({"fault":"repeats","rate":"20","for":"10s","deed":")" + deed + "\"}");
    std::vector<action> all;
    for (const instant until = it.now + 20s; it.now < until;) {
        it.now = std::clamp(it.discord.deadline(), it.now, until);
        for (auto& each : it.feed(elapsed{}))
            all.push_back(std::move(each));
    }
    return data_of(all);
}

std::size_t kinds(const list& of)
{
    return std::set<std::string>(of.begin(), of.end()).size();
}

}  // namespace

TEST_CASE("faults: repeats makes events that can't be told apart")
{
    const auto reactions = repeated("reactions");
    CHECK(reactions.size() == 3);
    CHECK(reactions.at("MESSAGE_CREATE").size() == 1);
    CHECK(reactions.at("MESSAGE_REACTION_ADD").size() > 95);
    CHECK(kinds(reactions.at("MESSAGE_REACTION_ADD")) == 1);
    CHECK(reactions.at("MESSAGE_REACTION_REMOVE").size() > 95);
    CHECK(kinds(reactions.at("MESSAGE_REACTION_REMOVE")) == 1);

    const auto edits = repeated("edits");
    CHECK(edits.size() == 2);
    CHECK(edits.at("MESSAGE_UPDATE").size() > 190);
    CHECK(kinds(edits.at("MESSAGE_UPDATE")) == 1);

    const auto typing = repeated("typing");
    CHECK(typing.size() == 1);
    CHECK(typing.at("TYPING_START").size() > 190);
    CHECK(kinds(typing.at("TYPING_START")) <= 11);  // It has the second.

    const auto any = repeated("any");
    CHECK(any.size() == 5);
    CHECK(any.at("TYPING_START").size() > 30);
    CHECK(any.at("MESSAGE_UPDATE").size() > 30);
    CHECK(any.at("MESSAGE_REACTION_ADD").size() > 15);
}

TEST_CASE("faults: shuffle-keys gives each session, and each event, an order of its own")
{
    scene it;
    it.identify(1, only_messages);
    it.now += 5s;
    it.identify(2, only_messages);
    it.now += 5s;
    it.identify(3, only_messages, "0,2");
    it.identify(4, only_messages, "1,2");
    it.broken(R"({"fault":"shuffle-keys","shard":"0/1"})");
    it.post();
    it.direct("POST", "/sandbox/say", R"({"text":"hi"})");
    const auto sent = data_of(it.todo).at("MESSAGE_CREATE");
    REQUIRE(sent.size() == 3);
    CHECK(sent[0] != sent[1]);
    CHECK(sent[2] != sent[0]);
    CHECK(sent[2].find(R"({"id":)") == 4);  // As it is without a fault.
    const auto all = scene::payloads(it.todo);
    CHECK(all[0].at("d") == all[1].at("d"));
    CHECK(all[0].at("d") == all[2].at("d"));
    std::set<std::string> orders;
    for (int i = 0; i < 5; ++i) {
        it.direct("POST", "/sandbox/say", R"({"text":"hi"})");
        std::string order;
        const auto sent_now = scene::payloads(it.todo);
        for (const auto& each : sent_now.at(0).at("d").as_object())
            order += std::string(each.key()) + " ";
        orders.insert(order);
    }
    CHECK(orders.size() == 5);
}

TEST_CASE("gateway: without the intent a message has neither text nor what else it shows",
          "[gateway/message-content]")
{
    // Discord Docs/Gateway, "Message Content Intent": content, embeds, attachments, components and
    // poll.
    scene it;
    it.identify(1, without_content);
    it.now += 5s;
    it.identify(2, messages);
    const std::string channel = "/channels/" + to_string(it.home().channels[0].id);
    const auto made = json::parse(
        std::get<answer>(it.feed(request{9, "POST", channel + "/webhooks", R"({"name":"news"})",
                                         "application/json", "Bot sandbox"})
                             .back())
            .body);
    const auto sent = scene::payloads(it.feed(
        request{9, "POST",
                "/webhooks/" + std::string(made.at("id").as_string()) + "/" +
                    std::string(made.at("token").as_string()),
                R"({"content":"hi","embeds":[{"title":"t"}],"components":[{"type":1,"components":[)"
                R"({"type":2,"style":5,"label":"l","url":"https://example.com"}]}]})",
                "application/json", ""}));
    REQUIRE(sent.size() == 2);
    const auto size = [&](std::size_t which, const char* part) {
        return sent[which].at("d").at(part).as_array().size();
    };
    CHECK(sent[0].at_pointer("/d/content") == "");
    CHECK(sent[1].at_pointer("/d/content") == "hi");
    for (const char* part : {"embeds", "components"}) {
        CHECK(size(0, part) == 0);
        CHECK(size(1, part) == 1);
    }
    json::object less = sent[0].at("d").as_object(), more = sent[1].at("d").as_object();
    for (const char* part : {"content", "embeds", "attachments", "components"}) {
        less.erase(part);
        more.erase(part);
    }
    CHECK(less == more);
}

TEST_CASE("faults: second-snapshot tells of a guild again, in order with its events")
{
    scene it;
    it.identify(1, "513");
    it.now += 5s;
    const std::string shard = std::to_string(it.home().id.value / (1U << 22) % 2);
    it.identify(2, "513", shard + ",2");
    it.now += 5s;
    it.identify(3, only_messages);
    const std::string own = R"("guild":")" + it.guild_id() + "\"";
    it.broken(R"({"fault":"guild-delay","by":"2s","for":"1s",)" + own + "}");
    it.direct("POST", "/sandbox/say", R"({"text":"hi",)" + own + "}");
    const auto before = it.discord.so_far().events_generated;
    CHECK(it.broken(R"({"fault":"second-snapshot","shard":"0/1",)" + own + "}").empty());
    CHECK(it.discord.so_far().events_generated == before);
    it.now += 2s;
    const auto told = it.told(elapsed{});
    REQUIRE(told.size() == 4);
    CHECK(told[0] == "1 < MESSAGE_CREATE 5");
    CHECK(told[1] == "1 < GUILD_CREATE 6");
    CHECK(told[2].starts_with("2 < MESSAGE_CREATE"));
    CHECK(told[3] == "3 < MESSAGE_CREATE 2");
    CHECK(it.broken(R"({"fault":"second-snapshot"})").size() >= 1);
}

TEST_CASE("faults: second-snapshot strikes no guild that is away, and says when nobody would hear")
{
    scene it;
    const std::string again = R"({"fault":"second-snapshot","guild":")" + it.guild_id() + "\"}";
    CHECK(it.direct("POST", "/sandbox/fault", again).first == 404);
    it.identify(1, only_messages);
    CHECK(it.direct("POST", "/sandbox/fault", again).first == 404);
    it.now += 5s;
    it.identify(2, "1");
    CHECK(it.broken(again) == list{"2 < GUILD_CREATE 5"});
    CHECK(
        it.direct("POST", "/sandbox/fault", R"({"fault":"second-snapshot","shard":"0/2"})").first ==
        404);
    it.broken(R"({"fault":"guild-outage","guild":")" + it.guild_id() + "\"}");
    CHECK(it.broken(again).empty());
}
