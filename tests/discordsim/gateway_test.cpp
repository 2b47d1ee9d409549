// Connections and IDENTIFY. Discord Docs/Gateway, and Discord Docs/Opcodes and Status Codes,
// "Gateway Close Event Codes".
#include "discord/intents.hpp"
#include "gateway_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
using scene = gateway_scene;

constexpr const char* only_guilds = "1";

std::string padded(std::size_t bytes)
{
    std::string text = R"({"op":1,"d":null,"_":""})";
    text.insert(text.size() - 2, std::string(bytes - text.size(), 'x'));
    return text;
}

bool has(const boost::json::value& payload, const char* type)
{
    return payload.at("t") == type;
}

}  // namespace

TEST_CASE("gateway: HELLO comes first and tells how often to heartbeat", "[gateway/hello]")
{
    // Discord Docs/Gateway, "Hello Event".
    scene it;
    const auto all = scene::payloads(it.feed(opened{1}));
    REQUIRE(all.size() == 1);
    CHECK(all[0].at("op") == 10);
    CHECK(all[0].at("s").is_null());
    CHECK(all[0].at_pointer("/d/heartbeat_interval") == 41'250);
}

TEST_CASE("gateway: a heartbeat is acknowledged, before IDENTIFY too", "[gateway/heartbeat-ack]")
{
    // Discord Docs/Gateway, "Heartbeat Interval".
    scene it;
    it.feed(opened{1});
    CHECK(scene::texts(it.op(1, 1, "null")) == list{"1 < op 11 "});
    it.identify(2);
    CHECK(scene::texts(it.op(2, 1, "4")) == list{"2 < op 11 "});
}

TEST_CASE("gateway: a client without heartbeats is closed, and can resume",
          "[gateway/heartbeat-interval]")
{
    // Discord Docs/Gateway, "Heartbeat Interval": it "will be forced to Resume".
    scene it;
    const auto session = scene::session_of(it.identify(1));
    it.now += 2 * 41'250ms - 1ms;
    CHECK(it.told(elapsed{}) == list{});
    CHECK(it.discord.deadline() == it.now + 1ms);
    it.now += 1ms;
    CHECK(it.told(elapsed{}) == list{"1 close 4009", "closed 0/1 4 4009"});
    CHECK(it.breaches() == list{"gateway/close-4009"});
    CHECK(it.resume(2, session, 4).back() == "2 < RESUMED 5");
}

TEST_CASE("gateway: heartbeats in time keep a connection for hours", "[gateway/heartbeat-interval]")
{
    scene it;
    it.identify(1);
    for (const std::string& line : scene::texts(it.beat(1, 2h)))
        CHECK(line == "1 < op 11 ");
    CHECK(it.breaches().empty());
}

TEST_CASE("gateway: a connection that missed its heartbeat is closed with 4009",
          "[gateway/close-4009]")
{
    scene it;
    it.feed(opened{1});
    it.now += 60s;
    it.op(1, 1, "null");
    it.now += 41'250ms * 3 / 2;
    CHECK(it.told(elapsed{}) == list{"1 close 4009"});
    CHECK(it.told(payload{1, R"({"op":1,"d":null})"}) == list{});
}

TEST_CASE("gateway: Discord may ask for a heartbeat, which is due at once",
          "[gateway/heartbeat-request]")
{
    // Discord Docs/Gateway, "Heartbeat Requests".
    scene it;
    it.identify(1);
    CHECK(it.broken(R"({"fault":"request-heartbeat"})") == list{"1 < op 1 "});
    it.now += 9s;
    CHECK(scene::texts(it.op(1, 1, "null")) == list{"1 < op 11 "});
    it.run(20s);
    CHECK(it.breaches().empty());
    it.broken(R"({"fault":"request-heartbeat"})");
    it.run(10s);
    CHECK(it.breaches() == list{"gateway/heartbeat-request"});
    CHECK(it.discord.seen().breaches().back().at == 39s);
}

TEST_CASE("gateway: a second request for a heartbeat does not put off the first",
          "[gateway/heartbeat-request]")
{
    scene it;
    it.identify(1);
    it.broken(R"({"fault":"request-heartbeat"})");
    it.run(6s);
    it.broken(R"({"fault":"request-heartbeat"})");
    it.run(4s);
    CHECK(it.breaches() == list{"gateway/heartbeat-request"});
}

TEST_CASE("gateway: an opcode that clients may not send closes with 4001", "[gateway/close-4001]")
{
    for (const int op : {0, 5, 7, 9, 10, 11, 12, 30, 99, -1}) {
        scene it;
        it.identify(1);
        CHECK(scene::texts(it.op(1, op, "{}")) == list{"1 close 4001", "closed 0/1 4 4001"});
        CHECK(it.breaches() == list{"gateway/close-4001"});
    }
}

TEST_CASE("gateway: what can't be decoded closes with 4002", "[gateway/close-4002]")
{
    for (const char* text :
         {"", "{", "[]", "null", "{}", R"({"op":"1"})", R"({"op":1.5})", "hello", R"({"op":1}x)"}) {
        scene it;
        it.feed(opened{1});
        CHECK(it.told(payload{1, text}) == list{"1 close 4002"});
        CHECK(it.breaches() == list{"gateway/close-4002"});
    }
}

TEST_CASE("gateway: a payload of more than 4096 bytes closes with 4002", "[gateway/payload-size]")
{
    // Discord Docs/Gateway, "Sending Events".
    scene it;
    it.feed(opened{1});
    CHECK(it.told(payload{1, padded(4'096)}) == list{"1 < op 11 "});
    CHECK(it.told(payload{1, padded(4'097)}) == list{"1 close 4002"});
}

TEST_CASE("gateway: a payload before IDENTIFY closes with 4003", "[gateway/close-4003]")
{
    for (const int op : {3, 4, 8, 31, 43}) {
        scene it;
        it.feed(opened{1});
        CHECK(scene::texts(it.op(1, op, "{}")) == list{"1 close 4003"});
        CHECK(it.breaches() == list{"gateway/close-4003"});
    }
}

TEST_CASE("gateway: a payload for a session that was invalidated closes with 4003",
          "[gateway/close-4003]")
{
    scene it;
    const auto session = scene::session_of(it.identify(1));
    CHECK(it.broken(R"({"fault":"invalid-session"})") == list{"1 < op 9 false"});
    CHECK(scene::texts(it.op(1, 3, "{}")) == list{"1 close 4003"});
    // Somebody else's RESUME at a wrong place ends a session that is connected, too.
    it.now += 5s;
    const auto other = scene::session_of(it.identify(2));
    CHECK(it.resume(3, other, 99) == list{"3 close 4007"});
    CHECK(scene::texts(it.op(2, 8, "{}")) == list{"2 close 4003"});
}

TEST_CASE("gateway: after its session was invalidated a connection may identify again",
          "[gateway/close-4005]")
{
    // Discord Docs/Gateway Events, "Invalid Session".
    scene it;
    it.identify(1, only_messages);
    it.broken(R"({"fault":"invalid-session"})");
    it.now += 5s;
    CHECK(scene::texts(it.op(1, 2, R"({"token":"sandbox","intents":512})")) ==
          list{"identified 0/1 0 0", "1 < READY 1"});
}

TEST_CASE("gateway: a wrong token closes with 4004", "[gateway/close-4004]")
{
    scene it;
    it.feed(opened{1});
    CHECK(scene::texts(it.op(1, 2, R"({"token":"other","intents":0})")) == list{"1 close 4004"});
    it.feed(opened{2});
    CHECK(scene::texts(it.op(2, 2, R"({"intents":0})")) == list{"2 close 4004"});
    it.feed(opened{3});
    CHECK(scene::texts(it.op(3, 6, R"({"token":"other","session_id":"x","seq":1})")) ==
          list{"3 close 4004"});
    CHECK(it.breaches() == list(3, "gateway/close-4004"));
    // With and without "Bot " it is the same token.
    it.feed(opened{4});
    CHECK(it.told(payload{4, R"({"op":2,"d":{"token":"sandbox","intents":0}})"}).size() == 2);
}

TEST_CASE("gateway: a second IDENTIFY or a RESUME of a live session closes with 4005",
          "[gateway/close-4005]")
{
    scene it;
    const auto session = scene::session_of(it.identify(1));
    CHECK(scene::texts(it.op(1, 2, R"({"token":"sandbox","intents":0})")) ==
          list{"1 close 4005", "closed 0/1 4 4005"});
    it.resume(2, session, 4);
    CHECK(scene::texts(
              it.op(2, 6, R"({"token":"sandbox","session_id":")" + session + R"(","seq":5})")) ==
          list{"2 close 4005", "closed 0/1 5 4005"});
    CHECK(it.breaches() == list(2, "gateway/close-4005"));
}

TEST_CASE("gateway: a RESUME with an impossible sequence closes with 4007 and ends the session",
          "[gateway/close-4007]")
{
    for (const char* sequence : {"5", "-1", "null", "\"4\"", "1e300"}) {
        scene it;
        const auto session = scene::session_of(it.identify(1));
        it.feed(closed{1});
        it.feed(opened{2});
        CHECK(scene::texts(it.op(2, 6,
                                 R"({"token":"sandbox","session_id":")" + session + R"(","seq":)" +
                                     sequence + "}")) == list{"2 close 4007"});
        CHECK(it.breaches() == list{"gateway/close-4007"});
        CHECK(it.resume(3, session, 4) == list{"3 < op 9 false"});
    }
}

TEST_CASE("gateway: 120 payloads a minute are taken, heartbeats among them",
          "[gateway/sends-limit]")
{
    // Discord Docs/Gateway, "Rate Limiting".
    scene it;
    it.identify(1);
    for (int minute = 0; minute < 3; ++minute) {
        for (int i = 0; i < 119; ++i)
            CHECK(scene::texts(it.op(1, 1, "null")) == list{"1 < op 11 "});
        it.now += 60s;
    }
    CHECK(it.breaches().empty());
}

TEST_CASE("gateway: the 121st payload of a minute closes with 4008, and the session lives",
          "[gateway/close-4008]")
{
    scene it;
    const auto session = scene::session_of(it.identify(1));
    for (int i = 0; i < 119; ++i)
        it.op(1, 1, "null");
    it.now += 60s - 1ms;
    CHECK(it.told(payload{1, R"({"op":1,"d":null})"}) == list{"1 close 4008", "closed 0/1 4 4008"});
    CHECK(it.breaches() == list{"gateway/close-4008"});
    CHECK(it.resume(2, session, 4).back() == "2 < RESUMED 5");
}

TEST_CASE("gateway: a shard that can't be closes with 4010", "[gateway/close-4010]")
{
    for (const char* shard : {"1,1", "-1,2", "0,0", "0", "0,1,2", "\"0\",1", "0,null"}) {
        scene it;
        CHECK(scene::texts(it.identify(1, "0", shard)) == list{"1 close 4010"});
        CHECK(it.breaches() == list{"gateway/close-4010"});
    }
}

TEST_CASE("gateway: an API version that is none closes with 4012", "[gateway/close-4012]")
{
    for (const int version : {0, 5, 11}) {
        scene it;
        CHECK(it.told(opened{1, false, version}) == list{"1 close 4012"});
        CHECK(it.breaches() == list{"gateway/close-4012"});
    }
    scene it;
    CHECK(it.told(opened{1, false, 9}) == list{"1 < op 10 "});
}

TEST_CASE("gateway: intents that are none close with 4013", "[gateway/close-4013]")
{
    // Discord Docs/Gateway, "List of Intents": bits 0 to 16, 20, 21, 24 and 25.
    for (const char* intents : {"131072", "4194304", "67108864", "-1", "\"1\"", "null"}) {
        scene it;
        CHECK(scene::texts(it.identify(1, intents)) == list{"1 close 4013"});
        CHECK(it.breaches() == list{"gateway/close-4013"});
    }
    scene it;
    it.feed(opened{1});
    CHECK(scene::texts(it.op(1, 2, R"({"token":"sandbox"})")) == list{"1 close 4013"});
}

TEST_CASE("gateway: an intent that the application does not have closes with 4014",
          "[gateway/close-4014]")
{
    scene it;
    CHECK(scene::texts(it.identify(1, std::to_string(discord::intent_guild_presences))) ==
          list{"1 close 4014"});
    CHECK(it.breaches() == list{"gateway/close-4014"});
}

TEST_CASE("gateway: each privileged intent has flags of the application that allow it",
          "[gateway/privileged-intents]")
{
    // Discord Docs/Gateway, "Privileged Intents".
    constexpr std::pair<std::uint64_t, unsigned> privileged[] = {
        {discord::intent_guild_presences, 12},
        {discord::intent_guild_members, 14},
        {discord::intent_message_content, 18}};
    for (const auto& [intent, bit] : privileged)
        for (const std::uint64_t flags : {0ULL, 1ULL << bit, 2ULL << bit}) {
            auto how = scene::quiet();
            how.flags = flags;
            scene it(how);
            CHECK(scene::texts(it.identify(1, std::to_string(intent))).front() ==
                  (flags == 0 ? "1 close 4014" : "identified 0/1 0 0"));
        }
}

TEST_CASE("gateway: events come to those alone who asked for their intents", "[gateway/intents]")
{
    // Discord Docs/Gateway, "Gateway Intents".
    scene it;
    it.identify(1, only_guilds);
    it.now += 5s;
    it.identify(2, only_messages);
    it.now += 5s;
    it.identify(3, "0");
    CHECK(it.post() == list{"1 MESSAGE_CREATE", "2 < MESSAGE_CREATE 2"});
    CHECK(it.broken(R"({"fault":"guild-joined"})") == list{"2 GUILD_CREATE", "1 < GUILD_CREATE 5"});
}

TEST_CASE("gateway: a message that mentions the bot is whole for all who get it",
          "[gateway/message-content]")
{
    // Discord Docs/Gateway, "Message Content Intent".
    scene it;
    it.identify(1, without_content);
    it.now += 5s;
    it.identify(2, messages);
    const auto content = [&](const std::string& text) {
        it.direct("POST", "/sandbox/say", R"({"text":")" + text + "\"}");
        list seen;
        for (const auto& each : scene::payloads(it.todo))
            seen.emplace_back(each.at_pointer("/d/content").as_string().c_str());
        return seen;
    };
    CHECK(content("hello") == list{"", "hello"});
    const std::string mention = "<@" + to_string(it.discord.everything().bot.id) + "> hello";
    CHECK(content(mention) == list{mention, mention});
}

TEST_CASE("gateway: READY lists guilds that are still to come, and each then comes whole",
          "[gateway/ready-guilds]")
{
    // Discord Docs/Gateway Events, "Ready" and "Guild Create".
    scene it;
    const auto all = scene::payloads(it.identify(1, only_guilds));
    REQUIRE(all.size() == 4);
    CHECK(has(all[0], "READY"));
    const auto& listed = all[0].at_pointer("/d/guilds").as_array();
    REQUIRE(listed.size() == 3);
    CHECK(all[0].at_pointer("/d/shard") == boost::json::value({0, 1}));
    for (std::size_t i = 0; i < listed.size(); ++i) {
        CHECK(listed[i].at("unavailable") == true);
        CHECK(has(all[i + 1], "GUILD_CREATE"));
        CHECK(all[i + 1].at_pointer("/d/id") == listed[i].at("id"));
        CHECK(all[i + 1].at_pointer("/d/unavailable") == false);
        CHECK(all[i + 1].at("s") == i + 2);
    }
    it.now += 5s;
    it.feed(opened{2});
    const auto other = scene::payloads(it.op(2, 2, R"({"token":"sandbox","intents":0})"));
    REQUIRE(other.size() == 1);
    CHECK(!other[0].at("d").as_object().contains("shard"));
}

TEST_CASE("gateway: a guild in an outage is gone, unavailable, and comes back",
          "[gateway/guild-availability]")
{
    // Discord Docs/Gateway, "Guild Availability"; Discord Docs/Gateway Events, "Guild Delete".
    scene it;
    it.identify(1, only_guilds);
    it.direct("POST", "/sandbox/fault",
              R"({"fault":"guild-outage","for":"20s","guild":")" + it.guild_id(1) + "\"}");
    const auto gone = scene::payloads(it.todo);
    REQUIRE(gone.size() == 1);
    CHECK(has(gone[0], "GUILD_DELETE"));
    CHECK(gone[0].at("d") == boost::json::value{{"id", it.guild_id(1)}, {"unavailable", true}});
    // Who identifies meanwhile has it in READY and not yet whole.
    it.now += 5s;
    const auto late = scene::payloads(it.identify(2, only_guilds));
    REQUIRE(late.size() == 3);
    CHECK(late[0].at_pointer("/d/guilds").as_array().size() == 3);
    it.now += 15s;
    const auto back = scene::payloads(it.feed(elapsed{}));
    REQUIRE(back.size() == 2);
    CHECK(has(back[0], "GUILD_CREATE"));
    CHECK(back[0].at_pointer("/d/id") == boost::json::value(it.guild_id(1)));
}

TEST_CASE("gateway: a client that asked for it gets large payloads compressed",
          "[gateway/payload-compression]")
{
    // Discord Docs/Gateway, "Payload Compression"; not besides transport compression.
    for (const bool asked : {false, true})
        for (const bool transport : {false, true}) {
            scene it;
            it.feed(opened{1, false, 10, transport});
            int compressed = 0;
            for (const action& each :
                 it.op(1, 2,
                       std::string(R"({"token":"sandbox","intents":1,"compress":)") +
                           (asked ? "true}" : "false}")))
                if (const auto* to = std::get_if<discordsim::send>(&each))
                    compressed += to->compressed ? 1 : 0;
            CHECK(compressed == (asked && !transport ? 4 : 0));
            CHECK(!std::get<discordsim::send>(it.op(1, 1, "null").at(0)).compressed);
        }
}
