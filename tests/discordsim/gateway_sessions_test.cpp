// Shards, session starts and RESUME. Discord Docs/Gateway.
#include "gateway_scene.hpp"

#include <set>

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
using scene = gateway_scene;

constexpr const char* direct_messages = "4096";

// The guilds that READY lists.
std::set<std::string> guilds_of(const std::vector<action>& all)
{
    std::set<std::string> found;
    for (const auto& each : scene::payloads(all))
        if (each.at("t") == "READY")
            for (const auto& one : each.at_pointer("/d/guilds").as_array())
                found.insert(one.at("id").as_string().c_str());
    return found;
}

// Somebody is sent a direct message by the bot.
list whisper(scene& it)
{
    it.now += 2s;
    const auto got =
        it.feed(request{9, "POST", "/users/@me/channels",
                        R"({"recipient_id":")" + to_string(it.home().people[0].id) + "\"}",
                        "application/json", "Bot sandbox"});
    const auto made = boost::json::parse(std::get<answer>(got.back()).body);
    it.now += 2s;
    return it.told(request{9, "POST",
                           "/channels/" + std::string(made.at("id").as_string()) + "/messages",
                           R"({"content":"psst"})", "application/json", "Bot sandbox"});
}

}  // namespace

TEST_CASE("gateway: any shard of any count may come, in any order", "[gateway/shard-any]")
{
    // Discord Docs/Gateway, "Sharding".
    auto how = scene::quiet();
    how.guilds = 64;
    scene it(how);
    const auto second = guilds_of(it.identify(1, "0", "1,2"));
    const auto first = guilds_of(it.identify(2, "0", "0,2"));
    CHECK(first.size() + second.size() == 64);
    for (const std::string& each : first)
        CHECK((discord::parse_snowflake(each)->value >> 22) % 2 == 0);
    CHECK(scene::texts(it.identify(3, "0", "6,7")).front() == "identified 6/7 0 0");
}

TEST_CASE("gateway: sessions of other counts live side by side, and each gets its guilds' events",
          "[gateway/shards-mixed]")
{
    scene it;
    const std::uint64_t number = it.home().id.value >> 22;
    it.identify(1, only_messages);
    it.now += 5s;
    it.identify(2, only_messages, std::to_string(number % 2) + ",2");
    it.identify(3, only_messages, std::to_string((number + 1) % 2) + ",2");
    CHECK(it.post() == list{"1 MESSAGE_CREATE", "1 < MESSAGE_CREATE 2", "2 < MESSAGE_CREATE 2"});
    CHECK(it.discord.so_far().sessions == 3);
}

TEST_CASE("gateway: two sessions of the same shard both get its events",
          "[gateway/shards-duplicate]")
{
    scene it;
    it.identify(1, only_messages);
    it.now += 5s;
    it.identify(2, only_messages);
    CHECK(it.post() == list{"1 MESSAGE_CREATE", "1 < MESSAGE_CREATE 2", "2 < MESSAGE_CREATE 2"});
}

TEST_CASE("gateway: direct messages come to shard 0 of each count", "[gateway/shard-dms]")
{
    scene it;
    it.identify(1, direct_messages, "0,1");
    it.identify(2, direct_messages, "1,2");
    it.now += 5s;
    it.identify(3, direct_messages, "0,2");
    const list seen = whisper(it);
    CHECK(std::count(seen.begin(), seen.end(), "1 < MESSAGE_CREATE 2") == 1);
    CHECK(std::count(seen.begin(), seen.end(), "2 < MESSAGE_CREATE 2") == 0);
    CHECK(std::count(seen.begin(), seen.end(), "3 < MESSAGE_CREATE 2") == 1);
}

TEST_CASE("gateway: a shard that would have too many guilds is closed with 4011",
          "[gateway/close-4011]")
{
    auto how = scene::quiet();
    how.guilds_per_shard_max = 2;
    scene it(how);
    CHECK(scene::texts(it.identify(1, "0", "0,1")) == list{"1 close 4011"});
    CHECK(it.breaches() == list{"gateway/close-4011"});
}

TEST_CASE("gateway: a shard has 2500 guilds at most", "[gateway/guilds-per-shard]")
{
    CHECK(settings{}.guilds_per_shard_max == 2'500);
    for (const int guilds : {4, 5}) {
        auto how = scene::quiet();
        how.guilds = guilds;
        how.guilds_per_shard_max = 2;
        scene it(how);
        int closed = 0;
        for (connection_id id = 0; id < 2; ++id)
            closed += scene::texts(it.identify(id + 1, "0", std::to_string(id) + ",2")) ==
                              list{std::to_string(id + 1) + " close 4011"}
                          ? 1
                          : 0;
        CHECK(closed == guilds - 4);
    }
}

TEST_CASE("gateway: a large bot's number of shards is a multiple of the one that it was given",
          "[gateway/large-bot-multiple]")
{
    // Discord Docs/Gateway, "Sharding for Large Bots".
    auto how = scene::quiet();
    how.shard_multiple = 4;
    scene it(how);
    CHECK(scene::texts(it.identify(1, "0", "0,6")) == list{"1 close 4010"});
    CHECK(scene::texts(it.identify(2, "0", "0,8")).front() == "identified 0/8 0 0");
    CHECK(scene::texts(it.identify(3, "0", "1,4")).front() == "identified 1/4 0 0");
}

TEST_CASE("gateway: one IDENTIFY of a bucket is taken in five seconds", "[gateway/max-concurrency]")
{
    // Discord Docs/Gateway, "Max Concurrency": the bucket is the shard's id modulo the limit.
    auto how = scene::quiet();
    how.max_concurrency = 2;
    scene it(how);
    CHECK(scene::texts(it.identify(1, "0", "0,4")).front() == "identified 0/4 0 0");
    CHECK(scene::texts(it.identify(2, "0", "1,4")).front() == "identified 1/4 0 0");
    it.now += 5s - 1ms;
    CHECK(scene::texts(it.identify(3, "0", "2,4")) == list{"3 < op 9 false"});
    CHECK(it.breaches() == list{"gateway/max-concurrency"});
    it.now += 5s;
    CHECK(scene::texts(it.op(3, 2, R"({"token":"sandbox","intents":0,"shard":[2,4]})")).front() ==
          "identified 2/4 0 0");
    CHECK(it.breaches().size() == 1);
}

TEST_CASE("gateway: a bot beyond its session starts loses all sessions and its token",
          "[gateway/session-start-limit]")
{
    // Discord Docs/Gateway, "Identifying" and "Session Start Limit Object".
    auto how = scene::quiet();
    how.session_starts = 2;
    scene it(how);
    const auto session = scene::session_of(it.identify(1, only_messages));
    const auto left = [&] {
        it.now += 5s;
        const auto got = it.feed(request{9, "GET", "/gateway/bot", "", "", "Bot sandbox"});
        return boost::json::parse(std::get<answer>(got.back()).body)
            .at_pointer("/session_start_limit/remaining")
            .to_number<int>();
    };
    CHECK(left() == 1);
    it.feed(closed{1});
    it.resume(2, session, 1);
    CHECK(left() == 1);  // A RESUME costs nothing.
    it.identify(3, only_messages);
    CHECK(left() == 0);
    CHECK(scene::texts(it.identify(4)) == list{"2 close 4004", "closed 0/1 2 4004", "3 close 4004",
                                               "closed 0/1 1 4004", "4 close 4004"});
    CHECK(it.breaches() == list{"gateway/session-start-limit"});
    CHECK(it.discord.so_far().sessions == 0);
    it.now += 24h;
    CHECK(scene::texts(it.identify(5)) == list{"5 close 4004"});
}

TEST_CASE("gateway: after a day there are new session starts", "[gateway/session-start-limit]")
{
    auto how = scene::quiet();
    how.session_starts = 1;
    scene it(how);
    for (connection_id id = 1; id <= 3; ++id) {
        CHECK(scene::texts(it.identify(id, "0")).front() == "identified 0/1 0 0");
        it.feed(closed{id, 1000});
        it.now += 24h;
    }
    CHECK(it.breaches().empty());
}

TEST_CASE("gateway: a RESUME replays what came after its sequence, then tells RESUMED",
          "[gateway/resume]")
{
    // Discord Docs/Gateway, "Resuming".
    scene it;
    const auto session = scene::session_of(it.identify(1, only_messages));
    it.post();
    it.feed(closed{1});
    it.post();
    CHECK(it.resume(2, session, 2) ==
          list{"resumed 0/1 2 0", "2 < MESSAGE_CREATE 3", "2 < RESUMED 4"});
    CHECK(it.post() == list{"3 MESSAGE_CREATE", "2 < MESSAGE_CREATE 5"});
    CHECK(it.breaches().empty());
}

TEST_CASE("gateway: a RESUME of a session that there is not is op 9 with false", "[gateway/resume]")
{
    scene it;
    CHECK(it.resume(1, "never seen", 0) == list{"1 < op 9 false"});
    it.feed(opened{2});
    CHECK(scene::texts(it.op(2, 6, R"({"token":"sandbox"})")) == list{"2 < op 9 false"});
    // The same connection may go on with an IDENTIFY.
    CHECK(scene::texts(it.op(2, 2, R"({"token":"sandbox","intents":0})")) ==
          list{"identified 0/1 0 0", "2 < READY 1"});
}

TEST_CASE("gateway: events that are not kept any more can't be resumed", "[gateway/resume-bounded]")
{
    // Discord Docs/Gateway, "Resuming": a session that can't go on is an Invalid Session.
    auto how = scene::quiet();
    how.replay_events = 3;
    scene it(how);
    const auto session = scene::session_of(it.identify(1, only_messages));
    it.feed(closed{1});
    for (int i = 0; i < 4; ++i)
        it.post();
    CHECK(it.resume(2, session, 1) == list{"2 < op 9 false"});
    CHECK(it.discord.so_far().sessions == 0);
}

TEST_CASE("gateway: READY tells where to resume", "[gateway/resume-url]")
{
    // Discord Docs/Gateway, "Preparing to Resume".
    auto how = scene::quiet();
    how.resume_url = "wss://resume";
    how.plain_resume_url = "ws://resume";
    scene it(how);
    const auto told = [&](connection_id id, bool plain) {
        it.feed(opened{id, plain});
        const auto sent = scene::payloads(it.op(
            id, 2, R"({"token":"sandbox","intents":0,"shard":[)" + std::to_string(id) + ",4]}"));
        return std::string(sent.at(0).at_pointer("/d/resume_gateway_url").as_string());
    };
    CHECK(told(1, false) == "wss://resume");
    CHECK(told(2, true) == "ws://resume");
}

TEST_CASE("gateway: a lost session waits a few minutes", "[gateway/session-timeout]")
{
    // Discord Docs/Gateway, "Initiating a Disconnect".
    for (const bool in_time : {true, false}) {
        scene it;
        const auto session = scene::session_of(it.identify(1, only_messages));
        it.feed(closed{1, 4000});
        it.run(settings{}.session_lifetime - (in_time ? 1ms : 0ms));
        CHECK(it.discord.so_far().sessions == (in_time ? 1 : 0));
        CHECK(it.resume(2, session, 1).back() == (in_time ? "2 < RESUMED 2" : "2 < op 9 false"));
    }
}

TEST_CASE("gateway: who closes with 1000 or 1001 ends the session, with any other code does not",
          "[gateway/close-ends-session]")
{
    // Discord Docs/Gateway, "Initiating a Disconnect".
    for (const int code : {1000, 1001, 1002, 1005, 1006, 3000, 4000, 4999}) {
        scene it;
        const auto session = scene::session_of(it.identify(1, only_messages));
        it.feed(closed{1, code});
        const bool ends = code == 1000 || code == 1001;
        CHECK(it.discord.so_far().sessions == (ends ? 0 : 1));
        CHECK(it.resume(2, session, 1).back() == (ends ? "2 < op 9 false" : "2 < RESUMED 2"));
    }
}
