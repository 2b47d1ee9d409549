#include "gateway_scene.hpp"

#include <set>

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
using scene = gateway_scene;

}  // namespace

TEST_CASE("simulator: the rate is kept, in few steps")
{
    scene it(scene::quiet(2'000));
    int steps = 0;
    const instant until = it.now + 1s;
    while (it.discord.deadline() <= until) {
        it.now = it.discord.deadline();
        it.feed(elapsed{});
        ++steps;
    }
    const auto made = it.discord.so_far().events_generated;
    CHECK(made >= 1'990);
    CHECK(made <= 2'010);
    CHECK(steps <= 520);
    scene slow(scene::quiet(0.5));
    CHECK(slow.run(60s) >= 15);
    CHECK(slow.discord.so_far().events_generated <= 45);
}

TEST_CASE("simulator: after a stall one second of chat is owed and no more")
{
    scene it(scene::quiet(1'000));
    it.run(1s);
    it.now += 60s;
    const auto before = it.discord.so_far().events_generated;
    it.feed(elapsed{});
    // The people who act instead of chatting make up for all they missed; they are three a second.
    CHECK(it.discord.so_far().events_generated - before < 1'000 + 70 * 3);
    CHECK(it.run(1s) <= 1'010);
}

TEST_CASE("simulator: a hush ends chat and acts")
{
    scene it(scene::quiet(2'000));
    it.run(100ms);
    it.feed(hush{});
    CHECK(it.run(1min) == 0);
    scene silent;
    CHECK(silent.run(1min) == 0);
}

TEST_CASE("simulator: an event is numbered whoever takes it, and told only when asked for")
{
    scene it;
    CHECK(it.post() == list{"1 MESSAGE_CREATE"});
    it.identify(1, without_content);
    it.now += 5s;
    it.identify(2, messages);
    CHECK(it.post() == list{"2 MESSAGE_CREATE", "1 < MESSAGE_CREATE 5", "2 < MESSAGE_CREATE 5"});
    auto untold = scene::quiet();
    untold.tells_events = false;
    scene other(untold);
    CHECK(other.post() == list{});
    CHECK(other.discord.so_far().events_generated == 1);
}

TEST_CASE("simulator: content is for those who may read it")
{
    // Discord Docs/Gateway, "Message Content Intent".
    scene it(scene::quiet(100));
    it.identify(1, without_content);
    it.now += 5s;
    it.identify(2, messages);
    std::set<std::string> empty, whole;
    for (int i = 0; i < 100; ++i) {
        it.now = it.discord.deadline();
        for (const action& each : it.feed(elapsed{}))
            if (const auto* to = std::get_if<discordsim::send>(&each);
                to != nullptr && to->text.find("MESSAGE_CREATE") != std::string::npos) {
                const auto data = boost::json::parse(to->text).at("d");
                (to->id == 1 ? empty : whole).insert(data.at("content").as_string().c_str());
            }
    }
    CHECK(empty == std::set<std::string>{""});
    CHECK(whole.size() > 5);
    CHECK(whole.count("") == 0);
}

TEST_CASE("simulator: a RESUME brings what a session missed, in order and with its numbers")
{
    // Discord Docs/Gateway, "Resuming".
    scene it;
    const auto session = scene::session_of(it.identify(1, only_messages));
    CHECK(it.post() == list{"1 MESSAGE_CREATE", "1 < MESSAGE_CREATE 2"});
    CHECK(it.told(closed{1}) == list{"closed 0/1 2 1006"});
    CHECK(it.post() == list{"2 MESSAGE_CREATE"});
    CHECK(it.post() == list{"3 MESSAGE_CREATE"});
    CHECK(it.resume(2, session, 1) == list{"resumed 0/1 1 0", "2 < MESSAGE_CREATE 2",
                                           "2 < MESSAGE_CREATE 3", "2 < MESSAGE_CREATE 4",
                                           "2 < RESUMED 5"});
    const counts seen = it.discord.so_far();
    CHECK(seen.events_replayed == 3);
    CHECK(seen.events_sent == 1 + 1 + 3 + 1);  // READY, one live, the replay, RESUMED.
    CHECK(seen.resumes == 1);
    CHECK(seen.sessions == 1);
    // Taken over: the older connection ends.
    CHECK(it.resume(3, session, 5) ==
          list{"2 close 4000", "closed 0/1 5 4000", "resumed 0/1 5 0", "3 < RESUMED 6"});
}

TEST_CASE("simulator: past the replay bound a RESUME is refused and the session gone")
{
    // Discord Docs/Gateway, "Resuming": op 9, and its d says that it is no use to try again.
    auto how = scene::quiet();
    how.replay_events = 2;
    scene it(how);
    const auto session = scene::session_of(it.identify(1, only_messages));
    it.feed(closed{1});
    for (int i = 0; i < 2; ++i)
        it.post();
    CHECK(it.resume(2, session, 1).back() == "2 < RESUMED 4");
    it.feed(closed{2});
    for (int i = 0; i < 3; ++i)
        it.post();
    CHECK(it.resume(3, session, 4) == list{"3 < op 9 false"});
    CHECK(it.resume(4, session, 7) == list{"4 < op 9 false"});
    const counts seen = it.discord.so_far();
    CHECK(seen.resumes == 1);
    CHECK(seen.resumes_refused == 2);
    CHECK(seen.sessions == 0);
}

TEST_CASE("simulator: a client that closes with 1000 or 1001 ends its session")
{
    // Discord Docs/Gateway, "Initiating a Disconnect".
    for (const int code : {1000, 1001}) {
        scene it;
        const auto session = scene::session_of(it.identify(1));
        CHECK(it.told(closed{1, code}) == list{"closed 0/1 4 " + std::to_string(code)});
        CHECK(it.discord.so_far().sessions == 0);
        CHECK(it.resume(2, session, 4) == list{"2 < op 9 false"});
    }
    for (const int code : {1005, 1006, 1002, 3000, 4000, 4999}) {
        scene it;
        const auto session = scene::session_of(it.identify(1));
        it.feed(closed{1, code});
        CHECK(it.resume(2, session, 4) == list{"resumed 0/1 4 0", "2 < RESUMED 5"});
    }
}

TEST_CASE("simulator: a client that closes after its session was taken over ends nothing")
{
    scene it;
    const auto session = scene::session_of(it.identify(1));
    it.resume(2, session, 4);
    CHECK(it.told(closed{1, 1000}) == list{});
    CHECK(it.discord.so_far().sessions == 1);
}

TEST_CASE("simulator: a lost session waits for its RESUME, and not for ever")
{
    for (const bool late : {false, true}) {
        scene it;
        const auto session = scene::session_of(it.identify(1));
        it.feed(closed{1, 4000});
        CHECK(it.discord.deadline() == it.now + settings{}.session_lifetime);
        it.now += settings{}.session_lifetime - 1ms;
        it.feed(elapsed{});
        CHECK(it.discord.so_far().sessions == 1);
        it.now += late ? 1ms : 0ms;
        CHECK(it.resume(2, session, 4).back() == (late ? "2 < op 9 false" : "2 < RESUMED 5"));
    }
}

TEST_CASE("simulator: what is accepted and what is refused counts apart")
{
    auto how = scene::quiet();
    how.max_concurrency = 1;
    scene it(how);
    CHECK(scene::texts(it.identify(1)).front() == "identified 0/1 0 0");
    // Discord Docs/Gateway, "Max Concurrency".
    CHECK(scene::texts(it.identify(2)) == list{"2 < op 9 false"});
    it.now += 5s;
    CHECK(scene::texts(it.identify(3, "4194304000")) == list{"3 close 4013"});
    CHECK(scene::texts(it.identify(4, messages, "4,4")) == list{"4 close 4010"});
    CHECK(scene::texts(it.identify(1)).back() == "closed 0/1 4 4005");
    CHECK(it.resume(6, "no such session", 1) == list{"6 < op 9 false"});
    const counts seen = it.discord.so_far();
    CHECK(seen.identifies == 1);
    CHECK(seen.identifies_refused == 4);
    CHECK(seen.resumes == 0);
    CHECK(seen.resumes_refused == 1);
    CHECK(to_json(seen).at("identifies_refused") == 4);
}

TEST_CASE("simulator: who came without TLS is sent where it can follow")
{
    auto how = scene::quiet();
    how.plain_gateway_url = "ws://plain";
    scene it(how);
    for (const bool plain : {false, true}) {
        const connection_id id = plain ? 2 : 1;
        it.feed(opened{id, plain});
        const auto sent =
            it.feed(payload{id, R"({"op":2,"d":{"token":"sandbox","intents":0,"shard":[)" +
                                    std::to_string(id) + ",4]}}"});
        const auto ready = boost::json::parse(std::get<discordsim::send>(sent.at(1)).text);
        CHECK(ready.at("d").at("resume_gateway_url") == (plain ? "ws://plain" : "wss://main"));
        const auto answers =
            it.feed(request{9, "GET", "/gateway/bot", "", "", "Bot sandbox", plain});
        CHECK(boost::json::parse(std::get<answer>(answers.at(0)).body).at("url") ==
              (plain ? "ws://plain" : "wss://main"));
    }
}

TEST_CASE("world: the same numbers make the same ids, and every shard has its share")
{
    const world one(1, {64, 5}, began_ms, {}), same(1, {64, 5}, began_ms + 99, {}),
        fewer(2, {3, 7}, began_ms, {});
    CHECK(one.application == fewer.application);
    for (std::size_t i = 0; i < one.guilds.size(); ++i) {
        CHECK(one.guilds[i].id == same.guilds[i].id);
        CHECK(one.guilds[i].channels[3].id == same.guilds[i].channels[3].id);
        CHECK(one.guilds[i].people[4].id == same.guilds[i].people[4].id);
    }
    CHECK(one.guilds[2].id == fewer.guilds[2].id);
    for (std::uint32_t count = 1; count <= 32; ++count)
        for (std::uint32_t id = 0; id < count; ++id) {
            std::size_t share = 0;
            for (const guild& each : one.guilds)
                share += discord::slot{id, count}.serves(each.id) ? 1 : 0;
            CHECK(share >= one.guilds.size() / count);
        }
}

TEST_CASE("world: ids grow with time and do not run ahead of it")
{
    world it(1, {1, 1}, began_ms, {});
    discord::snowflake last{};
    for (int i = 0; i < 5'000; ++i) {
        const auto id = it.new_id(instant{} + 1ms);
        CHECK(last < id);
        last = id;
    }
    CHECK((last.value >> 22) + discord::epoch_ms == began_ms + 1);
    CHECK((it.new_id(instant{} + 5ms).value >> 22) + discord::epoch_ms == began_ms + 5);
}
