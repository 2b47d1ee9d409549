#include "scaling/rebalance.hpp"
#include "scaling/scene.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::scaling_test;

namespace {

template <class Action>
int count_steps(const rebalancing& of)
{
    return int(std::count_if(of.steps.begin(), of.steps.end(), [](const rebalance_step& each) {
        return std::holds_alternative<Action>(each.what);
    }));
}

situation after(situation at, const rebalancing& of)
{
    for (const rebalance_step& each : of.steps)
        carry_out(each.what, at);
    return at;
}

}  // namespace

TEST_CASE("rebalance: a plan has all of it, priced, and its table is what comes out")
{
    const situation at = scene(2, {{45, 0}, {20, 0}, {5, 1}, {8, 0}});
    const rebalancing made = plan_rebalance(at, {}).value();
    CHECK(made.splits == 1);
    CHECK(made.identifies == 2);
    CHECK(made.moves > 0);
    CHECK(made.usually > 31'000);
    CHECK(made.overlap == 45 * percent / 2);
    REQUIRE(made.collections.size() == 2);
    CHECK(made.collections[0].before == 73 * percent);
    const situation then = after(at, made);
    micro most = 0;
    for (const auto& share : made.collections) {
        micro load = 0;
        std::size_t shards = 0;
        for (const shard_state& each : then.shards)
            if (each.collection == share.collection) {
                load += each.load;
                ++shards;
            }
        CHECK(share.after == load);
        CHECK(share.shards_after == shards);
        most = std::max(most, load);
    }
    CHECK(most <= made.best + made.best * 3 / 100);
}

TEST_CASE("rebalance: what is even already is left as it is")
{
    CHECK(plan_rebalance(scene(2, {{10, 0}, {10, 1}}), {}).value().is_nothing());
}

TEST_CASE("rebalance: no more moves than asked for, and it says so")
{
    situation at = scene(4, std::vector<shard_state>{});
    for (const discord::slot each : sharding::even_plan(32))
        at.shards.push_back(shard(each, 0, 2));
    rebalance_wish what;
    what.moves_max = 5;
    const rebalancing made = plan_rebalance(at, what).value();
    CHECK(made.moves == 5);
    REQUIRE(made.refusals.size() == 1);
    CHECK(made.refusals[0].reason == "moves_max");
    what.moves_max = 100;
    CHECK(plan_rebalance(at, what).value().refusals.empty());
    CHECK(plan_rebalance(at, what).value().moves == 24);
}

TEST_CASE("rebalance: to more collections and to fewer")
{
    const situation at = scene(2, {{10, 0}, {10, 1}, {12, 0}, {9, 1}});
    rebalance_wish what;
    what.collections = 4;
    const rebalancing more = plan_rebalance(at, what).value();
    CHECK(count_steps<add_collection>(more) == 2);
    CHECK(more.moves == 2);
    CHECK(more.collections.size() == 4);
    CHECK_FALSE(more.collections[3].was);
    what.collections = 1;
    const rebalancing less = plan_rebalance(at, what).value();
    CHECK(count_steps<retire_collection>(less) == 1);
    CHECK(less.moves == 2);
    CHECK_FALSE(less.collections[1].stays);
    // Whoever is retired has no shard any more.
    situation then = at;
    for (const rebalance_step& each : less.steps) {
        if (const auto* goes = std::get_if<retire_collection>(&each.what))
            CHECK(std::none_of(then.shards.begin(), then.shards.end(),
                               [&](const auto& one) { return one.collection == goes->number; }));
        carry_out(each.what, then);
    }
    what.moves_max = 1;
    const rebalancing stuck = plan_rebalance(at, what).value();
    CHECK(count_steps<retire_collection>(stuck) == 0);
    what.collections = 0;
    CHECK(plan_rebalance(at, what).error().code == errc::invalid_argument);
}

TEST_CASE("rebalance: an operator may spend the reserve, Discord's rules stand", "[thread-18]")
{
    situation at = scene(1, {{45, 0}});
    at.starts.remaining = 100;
    CHECK(plan_rebalance(at, {}).value().identifies == 2);
    at.starts.remaining = 1;
    const rebalancing refused = plan_rebalance(at, {}).value();
    CHECK(refused.is_nothing());
    REQUIRE(refused.refusals.size() == 1);
    CHECK(refused.refusals[0].reason == "no_starts");
    at.starts.remaining = 1000;
    at.shards[0].heaviest = 44 * percent;
    CHECK(plan_rebalance(at, {}).value().refusals.at(0).reason == "one_guild");
    rebalance_wish moves_only;
    moves_only.splits = false;
    CHECK(plan_rebalance(at, moves_only).value().is_nothing());
    at.under_way = "a split of 0/1";
    CHECK_FALSE(plan_rebalance(at, {}));
}

TEST_CASE("rebalance: a plan's id is that of its steps, not of the loads that it was made of")
{
    situation at = scene(2, {{30, 0}, {10, 0}, {10, 0}, {10, 1}});
    const auto plan = plan_rebalance(at, {});
    REQUIRE(plan);
    REQUIRE_FALSE(plan->is_nothing());
    at.shards[0].load += percent / 10;
    CHECK(plan_id(*plan_rebalance(at, {})) == plan_id(*plan));
    rebalancing other = *plan;
    other.steps.pop_back();
    CHECK(plan_id(other) != plan_id(*plan));
    CHECK(plan_id(rebalancing{}).size() == 16);
}

TEST_CASE("drain: every shard leaves, evenly, and costs no IDENTIFY")
{
    const situation at = scene(3, {{10, 0}, {10, 0}, {10, 1}, {10, 2}});
    const rebalancing made = plan_drain(at, 0).value();
    CHECK(made.moves == 2);
    CHECK(made.steps[0].why == "collection 0 is to be empty");
    CHECK(made.identifies == 0);
    CHECK(made.collections[0].shards_after == 0);
    CHECK(made.collections[1].after == 20 * percent);
    CHECK(made.collections[2].after == 20 * percent);
    CHECK_FALSE(plan_drain(at, 7));
    CHECK_FALSE(plan_drain(scene(1, {{10, 0}}), 0));
}

TEST_CASE("rolling restart: the least load first, every collection once, no IDENTIFY")
{
    situation at = scene(3, {{30, 0}, {10, 1}, {20, 2}, {1, 2}});
    const auto made = rolling_restart(at);
    REQUIRE(made.size() == 3);
    CHECK(made[0].collection == 1);
    CHECK(made[1].collection == 2);
    CHECK(made[1].shards == 2);
    CHECK(made[2].collection == 0);
    CHECK(resumes_take(1) == 1'000);
    CHECK(resumes_take(50) == 1'000);
    CHECK(resumes_take(51) == 2'000);
    CHECK(resumes_take(10'000) == 8'000);
}

// 1,000,000 guilds on 10,000 shards.
TEST_CASE("rebalance: 10,000 shards from 300 to 400 collections")
{
    std::vector<shard_state> all;
    for (const discord::slot each : sharding::even_plan(10'000)) {
        all.push_back(shard(each, each.id % 300, 0));
        all.back().load = 2'000 + each.id * 7919ULL % 9'000;
        all.back().guilds = 100;
    }
    situation at = scene(300, std::move(all));
    rebalance_wish what;
    what.collections = 400;
    const rebalancing made = plan_rebalance(at, what).value();
    CHECK(made.collections.size() == 400);
    CHECK(made.moves < 5'000);
    micro most = 0;
    for (const auto& each : made.collections)
        most = std::max(most, each.after);
    CHECK(most <= made.best + made.best * 3 / 100);
}

TEST_CASE("rebalance: the only collection that is up is not the one that goes")
{
    situation at = scene(2, {{0, 0}, {0, 1}});
    at.collections[0].is = collection_phase::starting;
    for (shard_state& each : at.shards)
        each.is_known = false;
    rebalance_wish wish;
    wish.collections = 1;
    const auto made = plan_rebalance(at, wish);
    REQUIRE(made);
    for (const rebalance_step& each : made->steps)
        if (const auto* gone = std::get_if<retire_collection>(&each.what))
            CHECK(gone->number == 0);
    at.collections[0].is = collection_phase::down;
    at.collections[1].is = collection_phase::draining;
    CHECK_FALSE(plan_rebalance(at, wish));
}
