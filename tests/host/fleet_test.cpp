#include "host/fleet_player.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;

TEST_CASE("fleet: shards are spread evenly, known sessions go with them, others are forgotten")
{
    player it;
    CHECK(it.begin({{0, 4}, {1, 4}, {2, 4}, {3, 4}}, {known({1, 4}, 9), known({0, 1}, 5)}, 2) ==
          list{"forget 0/1", "spawn 0", "spawn 1"});
    CHECK(it.loaded(0) == list{"serve 0: 0/4 2/4"});
    CHECK(it.loaded(1) == list{"begins", "serve 1: 1/4@9 3/4"});
    CHECK(it.served.at(0).point.session_id == "s1/4");
}

TEST_CASE("fleet: no more collections than shards")
{
    player it;
    CHECK(it.begin({{0, 1}}, {}, 3) == list{"spawn 0"});
    CHECK(it.said.find("1 of 3 collections") != std::string::npos);
}

TEST_CASE("fleet: a collection that ends goes on in a new process from what its record says")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    it.loaded();
    auto left = known({0, 1}, 40);
    left.unfinished = {{38, "ping"}};
    CHECK(it.end(0, std::vector{left}) == list{"exact", "spawn 0"});
    CHECK(it.kept.at(0).point.sequence == 40);
    CHECK(it.loaded() == list{"begins", "serve 0: 0/1@37"});
    CHECK_FALSE(it.served.at(0).doubtful);
}

TEST_CASE("fleet: a session that its process had lost is not resumed, though nobody was told")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    it.loaded();
    auto none = known({0, 1}, 0);
    none.point.session_id.clear();
    CHECK(it.end(0, std::vector{none}) == list{"forget 0/1", "spawn 0"});
    CHECK(it.loaded() == list{"serve 0: 0/1"});
}

TEST_CASE("fleet: the next process begins behind all losses that an earlier one knew of")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 5)});
    it.loaded();
    auto lost = known({0, 1}, 0);
    lost.generation = 4;
    const bool gone = GENERATE(true, false);
    if (gone)
        lost.point = {};
    it.end(0, std::vector{lost});
    it.loaded();
    CHECK(it.served.at(0).generation == (gone ? 5 : 4));
    // Also what a pulse tells.
    lost = known({0, 1}, 9);
    lost.generation = 8;
    link::pulse told;
    told.changed = {lost};
    it.hear(0, told);
    CHECK(it.it.sessions().at({0, 1}).generation == 8);
}

TEST_CASE("fleet: what the disk had no room for is kept with the next pulse")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    it.loaded();
    it.feed(not_kept{{{0, 1}}});
    CHECK(it.hear(0, link::pulse{}) == list{"flushed"});
    CHECK(it.kept.at(0).point.sequence == 9);
    CHECK(it.hear(0, link::pulse{}) == list{});
}

TEST_CASE("fleet: the cursor of a doubtful session is kept too")
{
    player it;
    auto from = known({0, 1}, 9);
    from.doubtful = true;
    it.begin({{0, 1}}, {from});
    it.loaded();
    from.point.sequence = 11;
    CHECK(it.end(0, std::vector{from}) == list{"exact", "spawn 0"});
    CHECK(it.kept.at(0).point.sequence == 11);
    CHECK(it.kept.at(0).doubtful);
}

TEST_CASE("fleet: without a record the last pulse is used, and what comes is doubtful")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    it.loaded();
    CHECK(it.hear(0, link::pulse{.lag_us = 0,
                                 .unfinished = 0,
                                 .counts = {},
                                 .changed = {known({0, 1}, 20)}}) == list{"flushed"});
    CHECK(it.end(0, std::nullopt) == list{"exact", "spawn 0"});
    CHECK(it.loaded() == list{"begins", "serve 0: 0/1@20"});
    CHECK(it.served.at(0).doubtful);
}

TEST_CASE("fleet: the first restart is at once, one that keeps ending waits longer each time")
{
    player it;
    it.begin({{0, 1}}, {});
    it.loaded();
    CHECK(it.end(0, std::vector<session_record>{}) == list{"spawn 0"});
    duration before{};
    for (int i = 0; i < 8; ++i) {
        it.loaded();
        CHECK(it.end(0, std::vector<session_record>{}) == list{});
        const duration wait = it.it.deadline() - it.now;
        CHECK(wait >= before / 2);
        CHECK(wait <= 30s);
        before = wait;
        CHECK(it.wait() == list{"spawn 0"});
    }
    CHECK(before >= 15s);
    it.loaded();
    for (int i = 0; i < 20; ++i) {
        it.now += 5s;
        it.hear(0, link::pulse{});
    }
    CHECK(it.end(0, std::vector<session_record>{}) == list{"spawn 0"});
}

TEST_CASE("fleet: one that never begins is refused after five tries")
{
    player it;
    it.begin({{0, 1}}, {});
    list seen;
    for (int i = 0; i < 5; ++i) {
        seen = it.end(0, std::nullopt);
        if (seen.empty())
            it.wait();
    }
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].find("refused: collection 0 ended 5 times") == 0);
}

TEST_CASE("fleet: a plugin folder that can't be read refuses the start")
{
    player it;
    it.begin({{0, 1}}, {});
    CHECK(it.hear(0, link::loaded{.plugins = {},
                                  .intents = 0,
                                  .commands = "",
                                  .failed = error{errc::invalid_argument, "no folder"},
                                  .builds = {}}) == list{"refused: no folder"});
}

TEST_CASE("fleet: a silent collection is ended by force, a talking one is not")
{
    player it;
    it.begin({{0, 1}}, {});
    it.loaded();
    it.now += 5s;
    it.hear(0, link::pulse{});
    CHECK(it.it.deadline() == it.now + fleet::pulse_patience);
    CHECK(it.wait() == list{"kill 0"});
    CHECK(it.said.find("has not answered") != std::string::npos);
    CHECK(it.end(0, std::vector<session_record>{}) == list{"spawn 0"});
}

// Discord Docs/Gateway, "Max Concurrency"
TEST_CASE("fleet: an IDENTIFY is recorded before its turn is given, one at a time")
{
    player it;
    it.feed(sharding::budget{1000, 1000, 24h, 1});
    it.begin({{0, 2}, {1, 2}}, {}, 2);
    it.loaded(0);
    it.loaded(1);
    CHECK(it.hear(0, link::identify_wanted{{0, 2}}) == list{"record 0/2"});
    CHECK(it.hear(1, link::identify_wanted{{1, 2}}) == list{});
    CHECK(it.feed(identify_recorded{{0, 2}, {}}) == list{"turn 0/2"});
    CHECK(it.hear(0, link::identify_ended{{0, 2}, true}) == list{});
    it.now += 5s;
    it.hear(0, link::pulse{});
    it.hear(1, link::pulse{});
    CHECK(it.feed(fleet_elapsed{}) == list{"record 1/2"});
    // Of a collection that is not its own: nobody's business.
    CHECK(it.hear(0, link::identify_wanted{{1, 2}}) == list{});
}

TEST_CASE("fleet: a turn that can't be recorded is not given; the first refuses the start, later "
          "ones wait")
{
    player it;
    it.feed(sharding::budget{1000, 1000, 24h, 16});
    it.begin({{0, 2}, {1, 2}}, {known({0, 2}, 4)});
    it.loaded();
    CHECK(it.hear(0, link::identify_wanted{{1, 2}}) == list{"record 1/2"});
    CHECK(it.feed(identify_recorded{{1, 2}, error{errc::state_unusable, "disk full"}}) == list{});
    CHECK(it.said.find("disk full") != std::string::npos);
    for (int i = 0; i < 30; ++i) {
        it.now += 1s;
        it.hear(0, link::pulse{});
    }
    CHECK(it.feed(fleet_elapsed{}) == list{"record 1/2"});
    player first;
    first.feed(sharding::budget{1000, 1000, 24h, 16});
    first.begin({{0, 1}}, {});
    first.loaded();
    first.hear(0, link::identify_wanted{{0, 1}});
    CHECK(first.feed(identify_recorded{{0, 1}, error{errc::state_unusable, "disk full"}}) ==
          list{"refused: disk full"});
}

TEST_CASE("fleet: the turn of a collection that ends is over five seconds later")
{
    player it;
    it.feed(sharding::budget{1000, 1000, 24h, 1});
    it.begin({{0, 2}, {1, 2}}, {}, 2);
    it.loaded(0);
    it.loaded(1);
    it.hear(0, link::identify_wanted{{0, 2}});
    it.feed(identify_recorded{{0, 2}, {}});
    it.hear(1, link::identify_wanted{{1, 2}});
    it.end(0, std::vector<session_record>{});
    it.now += 6s - 1ns;
    CHECK(it.feed(fleet_elapsed{}) == list{});
    it.now += 1ns;
    CHECK(it.feed(fleet_elapsed{}) == list{"record 1/2"});
}

TEST_CASE("fleet: a collection may be silent for as long as plugin code may run, and a little")
{
    player it;
    it.feed(fleet_plan{.slots = {{0, 1}},
                       .known = {},
                       .rows = {},
                       .gateway_url = "wss://main",
                       .handler_hung = 20s});
    it.loaded();
    CHECK(it.it.deadline() == it.now + 22s);
}

TEST_CASE("fleet: a new session is kept, a lost one forgotten")
{
    player it;
    it.begin({{0, 1}}, {});
    it.loaded();
    CHECK(it.hear(0, link::session_established{{0, 1}, 5, {"abc", "wss://r", 1}}) ==
          list{"flushed"});
    CHECK(it.it.sessions().at({0, 1}).point.session_id == "abc");
    CHECK(it.hear(0, link::session_forgotten{{0, 1}, "op 9"}) == list{"forget 0/1"});
    CHECK(it.it.sessions().at({0, 1}).generation == 2);
    CHECK(it.hear(0, link::session_forgotten{{0, 1}, "op 9"}) == list{});
    CHECK(it.hear(0, link::shard_stopped{{0, 1}, 4010, "bad shard"}) == list{"shard lost"});
}

TEST_CASE("fleet: what an ended process still had to say is dropped")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    it.loaded();
    const std::uint64_t old = it.epoch;
    it.end(0, std::vector{known({0, 1}, 12)});
    CHECK(it.feed(heard{0, old, link::session_forgotten{{0, 1}, ""}}) == list{});
    CHECK(it.feed(gone{0, old, std::nullopt, ""}) == list{});
    CHECK(it.feed(heard{9, old, link::pulse{}}) == list{});
}

TEST_CASE("fleet: a stop stores exact cursors; one that does not answer is ended by force")
{
    player it;
    it.begin({{0, 2}, {1, 2}}, {known({0, 2}, 9), known({1, 2}, 9)}, 2);
    it.loaded(0);
    it.loaded(1);
    CHECK(it.feed(fleet_stop{false}) == list{"stop 0", "stop 1"});
    it.hear(
        0, link::pulse{.lag_us = 0, .unfinished = 0, .counts = {}, .changed = {known({0, 2}, 30)}});
    it.hear(0, link::stopped{2});
    CHECK(it.end(0, std::nullopt) == list{"exact"});
    CHECK(it.kept.at(0).point.sequence == 30);
    CHECK(it.wait() == list{"kill 1"});
    CHECK(it.now - instant{} == fleet::stop_patience);
    CHECK(it.end(1, std::vector{known({1, 2}, 31)}) == list{"exact", "ended 2"});
}

TEST_CASE("fleet: once it stops nobody's turn comes, so nothing is recorded")
{
    player it;
    it.feed(sharding::budget{1000, 1000, 24h, 1});
    it.begin({{0, 2}, {1, 2}}, {}, 2);
    it.loaded(0);
    it.loaded(1);
    CHECK(it.hear(0, link::identify_wanted{{0, 2}}) == list{"record 0/2"});
    it.feed(identify_recorded{{0, 2}, {}});
    it.hear(1, link::identify_wanted{{1, 2}});
    it.feed(fleet_stop{false});
    it.hear(0, link::identify_ended{{0, 2}, true});
    it.now += 6s;
    for (const auto& each : it.feed(fleet_elapsed{}))
        CHECK(each.find("record") == std::string::npos);
}

TEST_CASE("fleet: pulses of a second are flushed to the disk together")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    it.loaded();
    const auto moved = [](std::int64_t to) {
        return link::pulse{
            .lag_us = 0, .unfinished = 0, .counts = {}, .changed = {known({0, 1}, to)}};
    };
    CHECK(it.hear(0, moved(10)) == list{"flushed"});
    CHECK(it.hear(0, moved(11)) == list{"running"});
    it.now += fleet::flush_interval;
    CHECK(it.hear(0, moved(12)) == list{"flushed"});
}

TEST_CASE("fleet: ended sessions are forgotten, and nothing stops twice")
{
    player it;
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    it.loaded();
    CHECK(it.feed(fleet_stop{true}) == list{"stop 0"});
    CHECK(it.feed(fleet_stop{true}) == list{});
    it.hear(0, link::stopped{0});
    CHECK(it.end(0, std::nullopt) == list{"forget 0/1", "ended 0"});
    player early;
    CHECK(early.feed(fleet_stop{false}) == list{"ended 0"});
}

// discord.md, thread 3: what can resume does, whatever is left.
TEST_CASE("fleet: without any session start sessions go on, and the first correction lets others "
          "begin",
          "[thread-3][thread-16]")
{
    player it;
    it.begin({{0, 3}, {1, 3}, {2, 3}}, {known({1, 3}, 9)});
    it.feed(sharding::budget{10, 0, 1h, 1});
    CHECK(it.loaded() == list{"begins", "serve 0: 0/3 1/3@9 2/3"});
    CHECK(it.hear(0, link::identify_wanted{{2, 3}}) == list{});
    CHECK(it.said.find("1 shard can identify in 1 h 0 min") != std::string::npos);
    CHECK(it.hear(0, link::identify_wanted{{0, 3}}) == list{});
    CHECK(it.feed(sharding::budget{10, 9, 1h, 1}) == list{"record 0/3"});
}

TEST_CASE("fleet: a session that was lost goes before a cold start", "[thread-3]")
{
    player it;
    it.begin({{0, 4}, {1, 4}, {2, 4}, {3, 4}}, {known({2, 4}, 9), known({3, 4}, 9)});
    it.loaded();
    for (std::int64_t sequence = 10; sequence < 20; ++sequence)
        it.hear(0, link::pulse{.lag_us = 0,
                               .unfinished = 0,
                               .counts = {},
                               .changed = {known({2, 4}, sequence), known({3, 4}, sequence * 9)}});
    it.hear(0, link::identify_wanted{{0, 4}});
    for (const slot each : {slot{2, 4}, slot{3, 4}}) {
        it.hear(0, link::session_forgotten{each, "op 9"});
        it.hear(0, link::identify_wanted{each});
    }
    const auto view = it.it.ledger().look(it.now);
    REQUIRE(view.waiting.size() == 3);
    CHECK(view.waiting[0].slot == slot{3, 4});  // The busiest.
    CHECK(view.waiting[0].why == sharding::reason::session_lost);
    CHECK(view.waiting[1].slot == slot{2, 4});
    CHECK(view.waiting[2].why == sharding::reason::cold_start);
}

// Discord Docs/Opcodes and Status Codes, "Gateway Close Event Codes"
TEST_CASE("fleet: a token that is refused at the start ends the run, one that was good does not",
          "[thread-4]")
{
    player early;
    early.begin({{0, 1}}, {});
    early.loaded();
    CHECK(early.hear(0, link::shard_stopped{{0, 1}, 4004, "bad token"}) == list{"shard lost"});

    player it;
    it.feed(sharding::budget{1000, 1000, 24h, 1});
    it.begin({{0, 2}, {1, 2}}, {known({1, 2}, 9)}, 2);
    it.loaded(0);
    it.loaded(1);
    it.hear(1, link::session_resumed{{1, 2}});
    CHECK(it.hear(1, link::shard_stopped{{1, 2}, 4004, "bad token"}) ==
          list{"forget 1/2", "check token"});
    CHECK(it.checked_after == duration::zero());
    CHECK(it.said.find("SIGHUP") != std::string::npos);
    CHECK(it.feed(token_refused{"REST says so too"}) == list{});
    CHECK(it.hear(0, link::identify_wanted{{0, 2}}) == list{});
    CHECK_FALSE(it.it.ledger().look(it.now).suspended.empty());
    // Its process ends: it asks anew when it is back, and nothing is spent until then.
    CHECK(it.feed(token_renewed{}) == list{"stop 0", "stop 1"});
    CHECK(it.it.ledger().look(it.now).remaining == 1000);
    it.hear(0, link::stopped{0});
    it.hear(1, link::stopped{0});
    CHECK(it.end(0, std::nullopt) == list{"spawn 0"});
    CHECK(it.end(1, std::nullopt) == list{"spawn 1"});
    CHECK(it.loaded(1) == list{"serve 1: 1/2"});
    // Again, though REST said that it is good: each look comes later.
    CHECK(it.hear(1, link::shard_stopped{{1, 2}, 4004, "bad token"}) == list{"check token"});
    CHECK(it.checked_after >= duration(2500ms));
}

TEST_CASE("fleet: a token that REST does not accept stops IDENTIFYs only", "[thread-4]")
{
    player it;
    it.feed(sharding::budget{1000, 1000, 24h, 1});
    it.begin({{0, 1}}, {known({0, 1}, 9)});
    CHECK(it.feed(token_refused{"401"}) == list{});
    CHECK(it.loaded() == list{"begins", "serve 0: 0/1@9"});
    // One that was not loaded yet has the old token.
    player starting;
    starting.begin({{0, 1}}, {});
    starting.feed(token_refused{"401"});
    CHECK(starting.feed(token_renewed{}) == list{});
    CHECK(starting.loaded() == list{"stop 0"});
    CHECK(starting.end(0, std::nullopt) == list{"spawn 0"});
    CHECK(starting.loaded() == list{"serve 0: 0/1"});
}

TEST_CASE("fleet: an intent that is switched off costs its plugins, not the bot", "[thread-4]")
{
    player it;
    it.begin({{0, 2}, {1, 2}}, {known({0, 2}, 9), known({1, 2}, 9)});
    it.loaded();
    CHECK(it.granted == 6);
    CHECK(it.hear(0, link::shard_stopped{{0, 2}, 4014, "intent"}) ==
          list{"forget 0/2", "ask intents"});
    CHECK(it.hear(0, link::shard_stopped{{1, 2}, 4014, "intent"}) == list{"forget 1/2"});
    CHECK(it.feed(intents_known{2, 8}) == list{"stop 0"});
    it.hear(0, link::stopped{0});
    CHECK(it.end(0, std::nullopt) == list{"spawn 0"});
    CHECK(it.granted == 2);
    it.loaded();
    // Discord contradicts itself: then without any privileged one.
    it.hear(0, link::shard_stopped{{0, 2}, 4014, "intent"});
    it.feed(intents_known{2, 8});
    it.end(0, std::nullopt);
    CHECK(it.granted == 0);
    it.loaded();
    it.hear(0, link::shard_stopped{{0, 2}, 4014, "intent"});
    it.feed(intents_known{2, 8});
    it.end(0, std::nullopt);
    it.loaded();
    CHECK(it.hear(0, link::shard_stopped{{0, 2}, 4014, "intent"}) == list{"shard lost"});
}

TEST_CASE(
    "fleet: only the collection with the denied intent begins anew, its other sessions resume",
    "[thread-4]")
{
    player it;
    it.begin({{0, 4}, {1, 4}, {2, 4}, {3, 4}}, {known({0, 4}, 9), known({2, 4}, 9)}, 2);
    it.loaded(0);
    it.loaded(1);
    it.hear(0, link::shard_stopped{{0, 4}, 4014, "intent"});
    CHECK(it.feed(intents_known{0, 8}) == list{"stop 0"});
    it.hear(0, link::stopped{0});
    CHECK(it.end(0, std::vector{known({2, 4}, 12)}) == list{"exact", "spawn 0"});
    CHECK(it.loaded(0) == list{"begins", "serve 0: 0/4 2/4@12"});
    // A stop in the middle of it is a stop.
    it.hear(0, link::shard_stopped{{0, 4}, 4014, "intent"});
    it.feed(intents_known{4, 8});
    it.feed(fleet_stop{false});
    CHECK(it.end(0, std::nullopt) == list{"exact"});
}

TEST_CASE("fleet: what an operator has to change is said with how", "[thread-4]")
{
    player it;
    it.begin({{0, 1}}, {});
    it.loaded();
    CHECK(it.hear(0, link::shard_stopped{{0, 1}, 4011, "more shards are needed"}) ==
          list{"shard lost"});
    CHECK(it.said.find("tinfoil run --shards 8") != std::string::npos);
    CHECK(it.hear(0, link::shard_stopped{{0, 1}, 4013, "invalid intents"}) == list{"shard lost"});
    CHECK(it.said == "shard 0/1: invalid intents");
}
