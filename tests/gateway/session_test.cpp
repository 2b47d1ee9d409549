// What a session does, story by story.
#include "gateway/session_player.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;
using list = std::vector<std::string>;

// Discord Docs/Gateway, "Connection Lifecycle"
TEST_CASE("session: from connecting to ready")
{
    player it;
    CHECK(it.feed(start{}) == list{"open wss://main"});
    CHECK(it.feed(connected{1}) == list{});
    CHECK(it.get(hello) == list{"queue"});
    CHECK(it.feed(permitted{it.generation}) == list{"send op 2", "send op 1"});
    CHECK(it.get(ready) == list{"identify received", "established", "deliver READY"});
    CHECK(it.get(R"({"op":0,"s":2,"t":"GUILD_CREATE","d":{}})") == list{"deliver GUILD_CREATE"});
    CHECK(it.shard.point()->sequence == 2);
    CHECK(it.shard.point()->resume_url == "wss://resume");
}

// Discord Docs/Gateway, "Resuming"
TEST_CASE("session: a lost connection resumes where it was, at the resume URL",
          "[seq-on-resume][thread-16]")
{
    player it;
    it.reach(state::active);
    CHECK(it.feed(lost{1, 1006, ""}) == list{"open wss://resume"});
    it.feed(connected{2});
    CHECK(it.get(hello) == list{"send op 6"});
    CHECK(it.get(R"({"op":0,"s":2,"t":"A","d":{}})") ==
          list{"resume answered", "deliver A replayed"});
    CHECK(it.get(R"({"op":0,"s":3,"t":"RESUMED","d":{}})") == list{"resumed", "deliver RESUMED"});
    CHECK(it.get(R"({"op":0,"s":3,"t":"A","d":{}})") == list{});
}

TEST_CASE("session: RESUME names the last sequence that was received", "[seq-on-resume]")
{
    player it;
    it.reach(state::active);
    it.get(R"({"op":0,"s":41,"t":"A","d":{}})");
    it.feed(lost{1, 1006, ""});
    it.feed(connected{2});
    std::vector<action> todo;
    it.shard.on(received{2, hello}, it.now, todo);
    std::string said;
    for (const action& each : todo)
        if (const auto* text = std::get_if<gateway::send>(&each))
            said = text->payload;
    CHECK(said.find(R"("seq":41)") != std::string::npos);
    CHECK(said.find(R"("session_id":"abc")") != std::string::npos);
}

// Discord Docs/Gateway, "Preparing to Resume"
TEST_CASE("session: a dead resume URL is left for the main one, with the session kept",
          "[resume-url][thread-5]")
{
    player it;
    it.reach(state::active);
    CHECK(it.feed(lost{1, 1006, ""}) == list{"open wss://resume"});
    CHECK(it.feed(lost{2, 1006, ""}) == list{"resume failed"});
    CHECK(it.wait() == list{"open wss://resume"});
    it.feed(connected{3});
    CHECK(it.wait() == list{"drop", "resume failed"});
    CHECK(it.wait() == list{"open wss://main"});
    it.feed(lost{4, 1006, ""});
    CHECK(it.wait() == list{"open wss://main"});
    it.feed(lost{5, 1006, ""});
    // The main one may be the one that is gone.
    CHECK(it.wait() == list{"open wss://resume"});
    CHECK(it.shard.point()->session_id == "abc");
}

TEST_CASE("session: dials that fail, however often and long, do not cost the session", "[thread-9]")
{
    player it;
    it.reach(state::active);
    it.feed(lost{1, 1006, ""});
    const instant began = it.now;
    while (it.now - began < 12h) {
        it.feed(lost{it.generation, 1006, "no such host"});
        it.wait();
    }
    CHECK(it.shard.point());
    CHECK(it.shard.where() == state::dialing);
}

// Discord Docs/Gateway, "Resuming": the resume URL is for RESUME only.
TEST_CASE("session: an IDENTIFY never goes to the resume URL", "[resume-url]")
{
    player it;
    it.reach(state::active);
    it.feed(lost{1, 4009, ""});
    CHECK(it.shard.where() == state::dialing);
    CHECK_FALSE(it.shard.point());
    it.feed(lost{2, 1006, ""});
    CHECK(it.wait() == list{"open wss://main"});
}

TEST_CASE("session: RESUMEs without an answer are given up by count and by time",
          "[thread-5][thread-10]")
{
    player it;
    it.reach(state::active);
    it.feed(lost{1, 1006, ""});
    int tries = 0;
    const instant began = it.now;
    for (bool gone = false; !gone; ++tries) {
        REQUIRE(tries < 100);
        REQUIRE(it.shard.where() == state::dialing);
        it.feed(connected{it.generation});
        REQUIRE(it.get(hello) == list{"send op 6"});
        it.feed(lost{it.generation, 1006, ""});
        for (const auto& line : it.wait())
            gone = gone || line == "forgotten";
    }
    CHECK(tries >= session_settings{}.resume_attempts);
    CHECK(it.now - began >= session_settings{}.resume_patience);
    CHECK(it.now - began < session_settings{}.resume_patience + 2min);
    it.feed(connected{it.generation});
    CHECK(it.get(hello) == list{"queue"});
}

TEST_CASE("session: a patience that an operator chose is kept", "[thread-10]")
{
    session_settings settings = player::make_settings();
    settings.resume_patience = 90s;
    settings.resume_attempts = 3;
    player it;
    it.shard = session(settings, 1);
    it.reach(state::active);
    it.feed(lost{1, 1006, ""});
    const instant began = it.now;
    while (it.shard.point()) {
        it.feed(connected{it.generation});
        it.get(hello);
        it.feed(lost{it.generation, 1006, ""});
        it.wait();
    }
    CHECK(it.now - began >= 90s);
    CHECK(it.now - began < 3min);
}

// Discord Docs/Gateway Events, "Invalid Session"
TEST_CASE("session: op 9 false forgets the session, op 9 true keeps it",
          "[op-9-resume][op-9-delay]")
{
    for (const bool resumable : {false, true}) {
        player it;
        it.reach(state::await_resumed);
        const auto seen = it.get(resumable ? R"({"op":9,"d":true})" : R"({"op":9,"d":false})");
        CHECK(seen == (resumable ? list{"resume answered", "close 4000"}
                                 : list{"resume answered", "forgotten", "close 4000"}));
        it.feed(lost{it.generation, 4000, ""});
        CHECK(it.shard.where() == state::backoff);
        CHECK(it.shard.deadline() >= it.now + 1s);
        CHECK(it.shard.deadline() <= it.now + 5s);
        CHECK(it.shard.point().has_value() == resumable);
    }
}

TEST_CASE("session: op 9 on a live session leaves no ghost", "[op-9-live][thread-8]")
{
    for (const bool resumable : {false, true}) {
        player it;
        it.reach(state::active);
        it.now += 1h;
        it.get(resumable ? R"({"op":9,"d":true})" : R"({"op":9,"d":false})");
        it.feed(lost{it.generation, 4000, ""});
        CHECK(it.wait() == list{resumable ? "open wss://resume" : "open wss://main"});
        it.feed(connected{it.generation});
        CHECK(it.get(hello) == list{resumable ? "send op 6" : "queue"});
    }
}

TEST_CASE("session: op 9 after IDENTIFY proves that it was received, and the next one waits",
          "[op-9-identify]")
{
    player it;
    it.reach(state::await_ready);
    CHECK(it.get(R"({"op":9,"d":false})") == list{"identify received", "close 4000"});
    it.feed(lost{it.generation, 4000, ""});
    CHECK(it.shard.deadline() >= it.now + 1s);
    CHECK(it.wait() == list{"open wss://main"});
}

// Discord Docs/Gateway Events, "Reconnect"
TEST_CASE("session: op 7 closes resumably and resumes at once, also in place of HELLO", "[op-7]")
{
    for (const state in : {state::active, state::await_hello, state::await_resumed}) {
        player it;
        it.reach(in);
        const bool has_session = in != state::await_hello;
        it.now += 1min;
        CHECK(it.get(R"({"op":7,"d":null})").back() == "close 4000");
        const instant asked = it.now;
        auto seen = it.feed(lost{1, 4000, ""});
        if (it.shard.where() == state::backoff)
            seen = it.wait();
        CHECK(seen == list{has_session ? "open wss://resume" : "open wss://main"});
        CHECK(it.now - asked <= 1s);
    }
}

TEST_CASE("session: an end that comes again and again is followed by growing waits", "[thread-1]")
{
    player it;
    it.reach(state::active);
    it.now += 1h;
    std::vector<duration> waits;
    for (int i = 0; i < 6; ++i) {
        it.get(R"({"op":7,"d":null})");
        const instant asked = it.now;
        it.feed(lost{it.generation, 4000, ""});
        if (it.shard.where() == state::backoff)
            it.wait();
        waits.push_back(it.now - asked);
        it.feed(connected{it.generation});
        it.get(hello);
        it.get(R"({"op":0,"s":3,"t":"RESUMED","d":{}})");
    }
    CHECK(waits.front() == 0s);
    CHECK(waits.back() >= 8s);
    // One that lives sets it back.
    it.now += 31s;
    it.get(R"({"op":7,"d":null})");
    CHECK(it.feed(lost{it.generation, 4000, ""}) == list{"open wss://resume"});
}

TEST_CASE("session: what an old connection says is ignored", "[thread-7]")
{
    player it;
    it.reach(state::active);
    it.feed(lost{1, 1006, ""});
    CHECK(it.feed(received{1, hello}) == list{});
    CHECK(it.feed(connected{1}) == list{});
    CHECK(it.feed(lost{1, 4004, ""}) == list{});
    CHECK(it.shard.where() == state::dialing);
}

// Discord Docs/Opcodes and Status Codes, "Gateway Opcodes": numbers were added and will be.
TEST_CASE("session: unknown opcodes and events are no reason to lose a connection",
          "[unknown-opcode]")
{
    player it;
    it.reach(state::active);
    CHECK(it.get(R"({"op":43,"d":{}})") == list{});
    CHECK(it.get(R"({"op":0,"s":7,"t":"SOMETHING_NEW","d":{}})") == list{"deliver SOMETHING_NEW"});
    CHECK(it.shard.where() == state::active);
}

// Discord Docs/Gateway Events, "Guild Create" and "Guild Delete": what each means is the plugin's
// to see, so none is swallowed.
TEST_CASE("session: a guild's coming, going and outage reach the plugins as they are",
          "[guild-create][guild-delete]")
{
    player it;
    it.reach(state::active);
    for (const char* type : {"GUILD_CREATE", "GUILD_DELETE", "GUILD_CREATE"}) {
        const auto sequence = std::to_string(it.shard.point()->sequence + 1);
        CHECK(it.get(R"({"op":0,"s":)" + sequence + R"(,"t":")" + type +
                     R"(","d":{"id":"1","unavailable":true}})") ==
              list{"deliver " + std::string(type)});
    }
}

TEST_CASE("session: an operator's wake cuts every wait short", "[wake][thread-5]")
{
    for (const state in : {state::backoff, state::queue_resume, state::held}) {
        INFO("while " << name(in));
        player it;
        it.reach(in);
        REQUIRE(it.shard.where() == in);
        it.feed(wake{});
        CHECK(it.shard.where() == state::dialing);
    }
    player it;
    it.reach(state::queue_resume);
    CHECK(it.feed(wake{}) == list{"leave resume queue", "open wss://resume"});
}

TEST_CASE("session: a lost turn of the pacer is asked for again", "[thread-6]")
{
    player it;
    it.reach(state::queue_resume);
    CHECK(it.wait() == list{"queue resume"});
    CHECK(it.feed(resume_turn{}) == list{"open wss://resume"});
}

TEST_CASE("session: after a suspension nobody waits for heartbeats to fail", "[thread-9][suspend]")
{
    for (const state in : {state::await_hello, state::queue_identify, state::await_ready,
                           state::await_resumed, state::active}) {
        INFO("while " << name(in));
        player it;
        it.reach(in);
        const auto seen = it.feed(slept{});
        CHECK(seen.front() == "drop");
        CHECK(it.shard.where() == state::dialing);
    }
    player it;
    it.reach(state::active);
    it.now += 1min;
    CHECK(it.feed(slept{}) == list{"drop", "open wss://resume"});
}

TEST_CASE("session: a refresh is a RESUME and never an IDENTIFY", "[thread-13]")
{
    player it;
    it.reach(state::active);
    it.now += 1h;
    CHECK(it.feed(refresh{"silence"}) == list{"close 4000"});
    CHECK(it.feed(lost{1, 4000, ""}) == list{"open wss://resume"});
    for (const state in : {state::queue_identify, state::await_ready, state::await_resumed}) {
        player other;
        other.reach(in);
        CHECK(other.feed(refresh{"silence"}) == list{});
    }
}

TEST_CASE("session: a turn that an earlier connection asked for is not used", "[op-9-live]")
{
    player it;
    it.reach(state::queue_identify);
    const std::uint32_t before = it.generation;
    it.feed(lost{before, 1006, ""});
    if (it.shard.where() == state::backoff)
        it.wait();
    it.feed(connected{it.generation});
    it.get(hello);
    REQUIRE(it.generation != before);
    CHECK(it.feed(permitted{before}) == list{});
    CHECK(it.shard.where() == state::queue_identify);
    CHECK(it.feed(permitted{it.generation}) == list{"send op 2", "send op 1"});
}

TEST_CASE("session: RESUMEs that Discord answers with a resumable op 9 are given up in the end "
          "[thread-10]",
          "[thread-10]")
{
    player it;
    it.reach(state::await_resumed);
    const instant begun = it.now;
    while (it.shard.point() && it.now - begun < 1h) {
        it.get(R"({"op":9,"d":true})");
        it.feed(lost{it.generation, 4000, ""});
        if (it.shard.where() == state::backoff)
            it.wait();
        it.feed(connected{it.generation});
        it.get(hello);
    }
    CHECK_FALSE(it.shard.point().has_value());
    CHECK(it.now - begun >= 5min);
}

TEST_CASE(
    "session: a RESUME that nobody answers is a failure to the pacer, however it ends [thread-11]",
    "[thread-11]")
{
    player zombie;
    zombie.reach(state::await_resumed);
    list seen;
    while (zombie.shard.where() == state::await_resumed)
        seen = zombie.wait();
    CHECK(std::find(seen.begin(), seen.end(), "resume failed") != seen.end());

    player bad;
    bad.reach(state::await_resumed);
    CHECK(bad.get("garbage") == list{"resume failed", "close 4000"});
}

TEST_CASE("session: intents that are wanted meanwhile go with the next IDENTIFY, and only then")
{
    player it;
    it.reach(state::queue_identify);
    const auto before = it.shard.intents();
    it.shard.want_intents(before | 2);
    CHECK(it.shard.intents() == before);
    std::vector<action> todo;
    it.shard.on(permitted{it.generation}, it.now, todo);
    CHECK(std::get<gateway::send>(todo.at(1))
              .payload.find("\"intents\":" + std::to_string(before | 2)) != std::string::npos);
    CHECK(it.shard.intents() == (before | 2));
    it.shard.want_intents(before);
    it.get(ready);
    CHECK(it.shard.intents() == (before | 2));
}
