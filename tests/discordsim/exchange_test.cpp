// What is noted of all that passes between the simulated Discord and its clients.
#include "gateway_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;

struct exchange_scene : gateway_scene {
    exchange_scene() : gateway_scene(noting()) {}

    static settings noting()
    {
        auto how = quiet();
        how.tells_exchange = true;
        return how;
    }
    list noted_of(const input& what)
    {
        list lines;
        for (const action& each : feed(what))
            if (const auto* note = std::get_if<noted>(&each))
                lines.push_back(line(*note));
        return lines;
    }
    static std::string line(const noted& what)
    {
        const std::string slot = what.slot ? to_string(*what.slot) : "-";
        if (what.what == noted::kind::answered)
            return what.text + " " + std::to_string(what.number);
        if (what.what == noted::kind::closed)
            return slot + " closed " + std::to_string(what.number);
        if (what.what == noted::kind::got)
            return slot + " op " + std::to_string(what.number);
        return slot + " sent " + std::to_string(what.number) + " " + std::string(what.type) + " " +
               to_string(what.id);
    }
    [[nodiscard]] request post() const
    {
        return {9,
                "POST",
                "/channels/" + to_string(home().channels[0].id) + "/messages?x=y",
                R"({"content":"a"})",
                "application/json",
                "Bot sandbox"};
    }
};

}  // namespace

TEST_CASE("exchange: what a client sends and gets is noted with its shard")
{
    exchange_scene it;
    CHECK(it.noted_of(opened{1}) == list{"- sent 0 HELLO 0"});
    const std::string identify = R"({"token":"sandbox","intents":512})";
    CHECK(it.noted_of(payload{1, R"({"op":2,"d":)" + identify + "}"}) ==
          list{"- op 2", "0/1 sent 1 READY 0"});
    CHECK(it.noted_of(payload{1, R"({"op":1,"d":1})"}) ==
          list{"0/1 op 1", "0/1 sent 0 HEARTBEAT_ACK 0"});
    CHECK(it.noted_of(payload{1, "nonsense"}) == list{"0/1 op -1"});
}

TEST_CASE("exchange: a connection that ends without a session is noted, too")
{
    exchange_scene it;
    it.feed(opened{1});
    CHECK(it.noted_of(closed{1, 1006}) == list{"- closed 1006"});
    it.feed(opened{2});
    CHECK(it.noted_of(payload{2, R"({"op":8,"d":{}})"}) == list{"- op 8", "- closed 4003"});
    it.feed(opened{3});
    it.feed(payload{3, R"({"op":2,"d":{"token":"sandbox","intents":512}})"});
    CHECK(it.noted_of(closed{3, 4000}) == list{});
}

TEST_CASE("exchange: requests are noted without their query, with the status of their answer")
{
    exchange_scene it;
    it.identify(1, only_messages);
    const std::string path = "/channels/" + to_string(it.home().channels[0].id) + "/messages";
    const auto noted = it.noted_of(it.post());
    const std::string id = to_string(it.home().channels[0].messages.back().id);
    CHECK(noted == list{"0/1 sent 2 MESSAGE_CREATE " + id, "POST " + path + " 200"});
    it.direct("POST", "/sandbox/fault", R"({"fault":"rest-html"})");
    CHECK(it.noted_of(it.post()) == list{"POST " + path + " 503"});
    CHECK(it.noted_of(direct{7, "GET", "/sandbox/counts", ""}).empty());
}

TEST_CASE("exchange: what is held back is noted when it leaves, and a replay is sent again")
{
    exchange_scene it;
    const auto session = gateway_scene::session_of(it.identify(1, only_messages));
    it.direct("POST", "/sandbox/fault", R"({"fault":"delay","for":"1s","by":"5s"})");
    CHECK(it.noted_of(it.post()).size() == 1);
    it.now += 5s;
    const std::string id = to_string(it.home().channels[0].messages.back().id);
    const std::string sent = "0/1 sent 2 MESSAGE_CREATE " + id;
    CHECK(it.noted_of(elapsed{}) == list{sent});
    it.feed(closed{1, 4000});
    it.feed(opened{2});
    CHECK(it.noted_of(payload{2, R"({"op":6,"d":{"token":"sandbox","session_id":")" + session +
                                     R"(","seq":1}})"}) ==
          list{"- op 6", sent, "0/1 sent 3 RESUMED 0"});
}

TEST_CASE("exchange: nothing is noted unless it is wanted")
{
    gateway_scene it;
    for (const auto& all : {it.feed(opened{1}), it.identify(2), it.op(2, 1, "null")})
        for (const action& each : all)
            CHECK_FALSE(std::holds_alternative<noted>(each));
}
