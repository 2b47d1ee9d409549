// Restarts of all collections in virtual time: one away at a time, and the end at the first that
// does not come back.
#include "host/fleet_player.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

const slot s0{0, 4}, s1{1, 4}, s2{2, 4}, s3{3, 4};

// Two collections of two shards each, which have resumed.
struct world : player {
    world()
    {
        begin({s0, s1, s2, s3}, {known(s0, 10), known(s1, 11), known(s2, 12), known(s3, 13)}, 2);
        for (std::uint32_t number = 0; number < 2; ++number)
            come_back(number);
    }
    [[nodiscard]] std::vector<slot> shards_of(std::uint32_t number) const
    {
        return it.collections()[number].slots;
    }
    void come_back(std::uint32_t number)
    {
        loaded(number);
        for (const slot each : shards_of(number))
            hear(number, link::session_resumed{each});
    }
    // Its process stops in order, with all that it has.
    list stop(std::uint32_t number)
    {
        hear(number, link::stopped{0});
        std::vector<session_record> left;
        for (const slot each : shards_of(number))
            left.push_back(known(each, 20 + each.id));
        return end(number, left);
    }
    list restart(std::vector<std::uint32_t> order = {1, 0}, std::uint32_t build = 1)
    {
        return feed(begin_restart{std::move(order), build});
    }
    [[nodiscard]] restart_stage stage(std::size_t step) const
    {
        return it.restart().steps.at(step).where;
    }
};

}  // namespace

TEST_CASE("fleet: a restart takes one collection after the other, in the order that it is given")
{
    world at;
    CHECK(at.it.can_restart());
    CHECK(at.restart() == list{"stop 1"});
    CHECK(at.stage(0) == restart_stage::ending);
    CHECK(at.stage(1) == restart_stage::waiting);
    CHECK(at.it.restart().steps[0].shards == 2);
    const std::uint64_t before = at.it.collections()[1].epoch;
    CHECK(at.stop(1) == list{"exact", "spawn 1 as build 1"});
    CHECK(at.it.collections()[1].epoch > before);
    CHECK(at.it.collections()[1].restarts == 0);  // It was wanted.
    CHECK(at.stage(0) == restart_stage::starting);
    at.now += 300ms;
    CHECK(at.loaded(1) == list{"begins", "serve 1: 1/4@21 3/4@23"});
    CHECK(at.stage(0) == restart_stage::resuming);
    at.now += 100ms;
    CHECK(at.hear(1, link::session_resumed{s1}) == list{});
    CHECK(at.it.restart().steps[0].resumed == 1);
    at.now += 100ms;
    // The last of it is what the next one waits for.
    CHECK(at.hear(1, link::session_resumed{s3}) == list{"stop 0"});
    CHECK(at.stage(0) == restart_stage::back);
    CHECK(at.it.restart().steps[0].took == 500ms);
    CHECK(at.it.restart().done() == 1);
    CHECK(at.stop(0) == list{"exact", "spawn 0 as build 1"});
    at.come_back(0);
    CHECK(at.it.restart().state == restart_state::done);
    CHECK(at.it.restart().done() == 2);
    CHECK(at.said == "restarted 2 of 2 collections, without an IDENTIFY");
    // What comes later is of the same build.
    CHECK(at.feed(add_collection{}) == list{"spawn 2 as build 1"});
    CHECK(at.end(1, {}) == list{"exact", "spawn 1 as build 1"});
}

TEST_CASE("fleet: shards without a session are not waited for")
{
    world at;
    at.hear(1, link::session_forgotten{s3, "it was too old"});
    CHECK(at.restart({1}) == list{"stop 1"});
    CHECK(at.it.restart().steps[0].shards == 1);
    at.stop(1);
    // As its record file has it, which knows of no session either.
    CHECK(at.loaded(1).size() == 2);
    at.hear(1, link::session_resumed{s1});
    at.hear(1, link::session_resumed{s3});
    CHECK(at.it.restart().state == restart_state::done);
}

TEST_CASE("fleet: a restart stops at a collection that can't begin, and takes that one back")
{
    world at;
    at.restart();
    at.stop(1);
    SECTION("since its process ends")
    {
        const auto did = at.end(1, std::nullopt);
        REQUIRE(did.size() >= 1);
        CHECK(did.back() == "spawn 1");  // Of the build before.
        CHECK(at.it.restart().why.find("it ended (killed by signal 9)") != std::string::npos);
    }
    SECTION("since it has no plugin that loads")
    {
        CHECK(at.hear(1, link::loaded{.plugins = {},
                                      .intents = 1,
                                      .commands = "[]",
                                      .failed = error{errc::io, "no memory"},
                                      .builds = {}}) == list{"kill 1"});
        CHECK(at.it.restart().state == restart_state::running);
        CHECK(at.end(1, std::nullopt).back() == "spawn 1");
        CHECK(at.it.restart().why.find("it can't begin: no memory") != std::string::npos);
    }
    SECTION("since it says nothing")
    {
        at.now += fleet::start_patience;
        at.hear(0, link::pulse{});
        CHECK(at.feed(fleet_elapsed{}) == list{"kill 1"});
        CHECK(at.end(1, std::nullopt).back() == "spawn 1");
        CHECK(at.it.restart().why.find("did not begin within 30 s") != std::string::npos);
    }
    CHECK(at.it.restart().state == restart_state::failed);
    CHECK(at.stage(0) == restart_stage::failed);
    CHECK(at.stage(1) == restart_stage::waiting);
    CHECK(at.it.restart().why.starts_with("collection 1 did not come back"));
    // The other one is left alone, and the first goes on with what it had.
    at.come_back(1);
    CHECK(at.it.collections()[0].epoch == 100);
    CHECK(at.it.collections()[0].where == fleet::phase::running);
    CHECK(at.it.can_restart());
}

TEST_CASE("fleet: a restart stops where sessions do not come back")
{
    world at;
    at.restart();
    at.stop(1);
    at.loaded(1);
    at.hear(1, link::session_resumed{s1});
    SECTION("in time")
    {
        for (int i = 0; i < 200 && at.it.restart().state == restart_state::running; ++i) {
            at.now += 1s;
            for (std::uint32_t each = 0; each < 2; ++each)
                at.hear(each, link::pulse{});
            at.feed(fleet_elapsed{});
        }
        CHECK(at.it.restart().why.find("1 of its 2 shards have not resumed") != std::string::npos);
        CHECK(at.it.collections()[1].where == fleet::phase::running);
    }
    SECTION("since one is lost")
    {
        at.hear(1, link::session_forgotten{s3, "it is invalid"});
        CHECK(at.it.restart().why.find("shard 3/4 could not resume (it is invalid)") !=
              std::string::npos);
    }
    SECTION("since the process ends again")
    {
        CHECK(at.end(1, {}).back() == "spawn 1");
    }
    CHECK(at.it.restart().state == restart_state::failed);
    CHECK(at.it.collections()[0].epoch == 100);
}

TEST_CASE("fleet: another collection that crashes meanwhile is waited for, and has its turn")
{
    world at;
    at.restart();
    at.stop(1);
    CHECK(at.end(0, {{known(s0, 30), known(s2, 32)}}).back() == "spawn 0");  // As it was.
    at.come_back(1);
    CHECK(at.stage(0) == restart_stage::back);
    CHECK(at.stage(1) == restart_stage::waiting);
    at.loaded(0);
    at.hear(0, link::session_resumed{s0});
    CHECK(at.stage(1) == restart_stage::waiting);
    CHECK(at.hear(0, link::session_resumed{s2}) == list{"stop 0"});
    CHECK(at.stop(0).back() == "spawn 0 as build 1");
    at.come_back(0);
    CHECK(at.it.restart().state == restart_state::done);
}

TEST_CASE("fleet: a collection that stays away ends a restart before the next is taken")
{
    world at;
    at.restart();
    at.stop(1);
    at.end(0, {{known(s0, 30), known(s2, 32)}});
    at.come_back(1);
    at.loaded(0);
    for (int i = 0; i < 200 && at.it.restart().state == restart_state::running; ++i) {
        at.now += 1s;
        for (std::uint32_t each = 0; each < 2; ++each)
            at.hear(each, link::pulse{});
        at.feed(fleet_elapsed{});
    }
    CHECK(at.it.restart().state == restart_state::failed);
    CHECK(at.it.restart().why.find("2 shards of collection 0 have not resumed") !=
          std::string::npos);
    CHECK(at.stage(1) == restart_stage::waiting);
}

TEST_CASE("fleet: a collection that does not stop in time is restarted all the same")
{
    world at;
    at.restart({1});
    at.now += fleet::stop_patience;
    CHECK(at.feed(fleet_elapsed{}) == list{"kill 1"});
    CHECK(at.end(1, {{known(s1, 21), known(s3, 23)}}).back() == "spawn 1 as build 1");
    at.come_back(1);
    CHECK(at.it.restart().state == restart_state::done);
}

TEST_CASE("fleet: a restart ends with its host, and with an operator's word")
{
    world at;
    at.restart();
    SECTION("the host")
    {
        at.feed(fleet_stop{false});
        CHECK(at.it.restart().state == restart_state::cancelled);
        CHECK(at.it.restart().why == "the host ended");
        CHECK_FALSE(at.it.can_restart());
        // Nothing begins any more.
        CHECK(at.stop(1) == list{"exact"});
        CHECK(at.stop(0) == list{"exact", "ended 0"});
    }
    SECTION("an operator")
    {
        at.feed(cancel_restart{});
        CHECK(at.it.restart().state == restart_state::running);
        at.stop(1);
        at.come_back(1);
        CHECK(at.it.restart().state == restart_state::cancelled);
        CHECK(at.stage(0) == restart_stage::back);
        CHECK(at.stage(1) == restart_stage::waiting);
        CHECK(at.it.collections()[0].where == fleet::phase::running);
        // The next one does both.
        CHECK(at.restart({0, 1}, 2) == list{"stop 0"});
        CHECK(at.stop(0).back() == "spawn 0 as build 2");
        at.come_back(0);
        CHECK(at.stop(1).back() == "spawn 1 as build 2");
    }
}

TEST_CASE("fleet: nothing else is done with shards while collections are restarted, and vice versa")
{
    world at;
    at.feed(begin_move{s0, 1});
    CHECK(at.it.can_restart().error().code == errc::cancelled);
    CHECK(at.restart() == list{});
    CHECK(at.said.starts_with("nothing is restarted: "));
    CHECK(at.it.restart().state == restart_state::none);
    at.hear(0, link::shard_left{s0, known(s0, 40), "", {}, {}});
    at.hear(1, link::session_resumed{s0});
    CHECK(at.restart() == list{"stop 1"});
    CHECK(at.feed(begin_move{s0, 0}) == list{"not moved"});
    CHECK(at.said.find("being restarted") != std::string::npos);
    CHECK(at.feed(begin_handoff{.id = 5,
                                .older = {s2},
                                .newer = {s2},
                                .own_user = 1,
                                .trust_answers = true,
                                .observe_for = {},
                                .wall_ms = 1,
                                .may_spend_reserve = false}) == list{"over: not"});
    CHECK(at.said.find("being restarted") != std::string::npos);
    CHECK(at.it.can_restart().error().code == errc::cancelled);
}

TEST_CASE("fleet: a session that a move has not brought back is waited for before a restart")
{
    const bool stays = GENERATE(false, true);
    world at;
    at.feed(begin_move{s0, 1});
    if (stays)
        at.end(1, std::vector<session_record>{});
    at.hear(0, link::shard_left{s0, known(s0, 40), "", {}, {}});
    if (stays) {
        at.come_back(1);
    } else {
        // It has two minutes to resume, and is still away then.
        at.now += fleet::arrive_max;
        for (const std::uint32_t number : {0U, 1U})
            at.hear(number, link::pulse{});
        CHECK(at.feed(fleet_elapsed{}) == list{"not moved"});
    }
    CHECK(at.restart() == list{});
    REQUIRE(at.it.restart().state == restart_state::running);
    CHECK(at.stage(0) == restart_stage::waiting);
    CHECK(at.hear(stays ? 0 : 1, link::session_resumed{s0}).size() == 1);
    CHECK(at.stage(0) == restart_stage::ending);
}

TEST_CASE("fleet: one that is gone is passed over, and a token that is renewed does no harm")
{
    world at;
    at.feed(add_collection{});
    at.loaded(2);
    at.restart({2, 7, 1});
    CHECK(at.stage(0) == restart_stage::ending);
    at.feed(retire_collection{2});
    CHECK(at.stage(0) == restart_stage::skipped);
    CHECK(at.stage(1) == restart_stage::skipped);
    CHECK(at.stage(2) == restart_stage::ending);
    at.stop(1);
    at.feed(token_renewed{});
    CHECK(at.loaded(1) == list{"stop 1"});  // It had begun with the old one.
    CHECK(at.stop(1).back() == "spawn 1 as build 1");
    CHECK(at.it.restart().state == restart_state::running);
}
