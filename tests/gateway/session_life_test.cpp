// Heartbeats, silence and handshakes that take long.
#include "gateway/session_player.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;
using list = std::vector<std::string>;

namespace {

constexpr const char* ack = R"({"op":11})";

}  // namespace

// Discord Docs/Gateway, "Sending Heartbeats"
TEST_CASE("session: the first heartbeat comes somewhere in the first interval", "[first-heartbeat]")
{
    duration least = 1h, most{};
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        player it(seed);
        it.reach(state::queue_identify);
        const duration wait = it.shard.deadline() - it.now;
        least = std::min(least, wait);
        most = std::max(most, wait);
        CHECK(it.wait() == list{"send op 1"});
        it.get(ack);
        CHECK(it.shard.deadline() - it.now == 40s);
    }
    CHECK(least < 4s);
    CHECK(most > 36s);
    CHECK(most < 40s);
}

// Discord Docs/Gateway, "Heartbeat Interval"
TEST_CASE("session: an unanswered heartbeat is a zombie, an answered one is not",
          "[missed-ack][thread-1]")
{
    player it;
    it.reach(state::active);
    it.get(ack);
    CHECK(it.wait() == list{"send op 1"});
    CHECK(it.get(ack) == list{});
    CHECK(it.wait() == list{"send op 1"});
    CHECK(it.wait() == list{"close 4000"});
    CHECK(it.wait() == list{"drop", "open wss://resume"});
}

TEST_CASE("session: an acknowledgement behind a flood of guilds is no zombie", "[thread-12]")
{
    player it;
    it.reach(state::active);
    it.get(ack);
    std::int64_t sequence = 1;
    const auto event = [&] {
        it.get(R"({"op":0,"s":)" + std::to_string(++sequence) + R"(,"t":"GUILD_CREATE","d":{}})");
    };
    for (int i = 0; i < 3; ++i) {
        CHECK(it.wait() == list{"send op 1"});
        event();
    }
    // Frames alone are no proof that Discord hears us.
    for (int i = 0; i < 5 && it.shard.where() == state::active; ++i) {
        it.wait();
        event();
    }
    CHECK(it.shard.where() == state::closing);
}

// Discord Docs/Gateway, "Heartbeat Requests"
TEST_CASE("session: Discord's request for a heartbeat is answered at once", "[op-1]")
{
    for (const state in :
         {state::queue_identify, state::await_ready, state::await_resumed, state::active}) {
        player it;
        it.reach(in);
        const instant due = it.shard.deadline();
        CHECK(it.get(R"({"op":1,"d":null})") == list{"send op 1"});
        // The timer goes on as it was.
        CHECK(it.shard.deadline() == due);
    }
}

TEST_CASE("session: the acknowledgement of the beat behind the IDENTIFY proves it, once",
          "[identify-proof]")
{
    player it;
    it.reach(state::queue_identify);
    it.get(R"({"op":1})");  // Still to be acknowledged when the IDENTIFY goes out.
    it.feed(permitted{it.generation});
    CHECK(it.get(ack) == list{});
    CHECK(it.get(ack) == list{"identify received"});
    CHECK(it.get(ready) == list{"established", "deliver READY"});

    player lost_later;
    lost_later.reach(state::await_ready);
    CHECK(lost_later.get(ack) == list{"identify received"});
    CHECK(lost_later.feed(lost{1, 1006, ""}) == list{"open wss://main"});
}

// Discord Docs/Gateway, "Heartbeat Interval"
TEST_CASE("session: in an outage it stays and keeps its heart beating until READY comes",
          "[no-ready]")
{
    player it;
    it.reach(state::await_ready);
    it.get(ack);
    const instant began = it.now;
    while (it.now - began < 45min) {
        REQUIRE(it.wait() == list{"send op 1"});
        REQUIRE(it.get(ack) == list{});
    }
    CHECK(it.get(ready) == list{"established", "deliver READY"});
}

TEST_CASE("session: a handshake that goes silent is given up, whichever step it is",
          "[no-hello][no-resumed][no-ready][thread-6]")
{
    for (const state each : {state::await_hello, state::await_ready, state::await_resumed}) {
        player it;
        it.reach(each);
        const instant began = it.now;
        bool dropped = false;
        for (int i = 0; i < 5 && !dropped; ++i)
            for (const std::string& line : it.wait())
                dropped = dropped || line == "drop" || line == "close 4000";
        CHECK(dropped);
        CHECK(it.now - began <= 81s);
    }
}

TEST_CASE("session: a long replay is no silence", "[no-resumed]")
{
    player it;
    it.reach(state::await_resumed);
    it.get(R"({"op":11})");
    std::int64_t sequence = 5;
    for (int i = 0; i < 30; ++i) {
        it.now += 10s;
        if (it.now >= it.shard.deadline())
            it.feed(elapsed{});
        it.get(ack);
        REQUIRE(
            it.get(R"({"op":0,"s":)" + std::to_string(++sequence) + R"(,"t":"A","d":{}})").back() ==
            "deliver A replayed");
    }
    CHECK(it.shard.where() == state::await_resumed);
}

TEST_CASE("session: what is not read is no zombie, and is not left unread for ever",
          "[full-collection]")
{
    player it;
    it.reach(state::active);
    it.now += 1min;
    it.get(ack);
    it.wait();
    CHECK(it.feed(full{true}) == list{"stop reading"});
    CHECK(it.feed(full{true}) == list{});
    const instant began = it.now;
    list seen;
    while (it.shard.where() == state::active)
        for (auto& line : it.wait())
            seen.push_back(line);
    CHECK(it.now - began == session::full_patience);
    CHECK(seen == list{"send op 1", "close 4000"});
    it.feed(lost{1, 4000, ""});
    CHECK(it.shard.where() == state::held);
    CHECK(it.shard.deadline() == it.now + session::held_max);
    CHECK(it.feed(full{false}) == list{"open wss://resume"});
}

TEST_CASE("session: reading goes on where it was once the plugins have caught up",
          "[full-collection]")
{
    player it;
    it.reach(state::active);
    it.get(ack);
    it.wait();
    it.feed(full{true});
    it.now += 50s;
    it.feed(elapsed{});
    CHECK(it.feed(full{false}) == list{"read on"});
    // The acknowledgements of meanwhile come now, or a whole interval later at the latest.
    CHECK(it.wait() == list{"send op 1"});
    CHECK(it.wait() == list{"close 4000"});
}

TEST_CASE("session: plugins that never catch up do not cost the session", "[full-collection]")
{
    player it;
    it.reach(state::active);
    it.now += 1min;
    it.feed(full{true});
    const instant began = it.now;
    std::int64_t sequence = 1;
    while (it.now - began < 2h) {
        it.wait();
        if (it.shard.where() == state::closing)
            it.feed(lost{it.generation, 4000, ""});
        if (it.shard.where() != state::dialing)
            continue;
        CHECK(it.shard.point());
        it.feed(connected{it.generation});
        REQUIRE(it.get(hello) == list{"send op 6"});
        it.get(R"({"op":0,"s":)" + std::to_string(++sequence) + R"(,"t":"A","d":{}})");
        REQUIRE(it.feed(full{true}) == list{"stop reading"});
        CHECK(it.shard.deadline() <= it.now + session::full_patience);
    }
    CHECK(it.shard.point());
}
