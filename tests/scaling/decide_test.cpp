#include "scaling/decide.hpp"
#include "scaling/scene.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::scaling_test;

TEST_CASE("scaler: shards are moved before anything else, and few of them")
{
    const situation at = sustained(scene(2, {{20, 0}, {20, 0}, {5, 0}, {5, 1}}));
    const decision made = decide(at);
    CHECK(made.what == aim::spread);
    CHECK(made.actions == std::vector<action>{move{{0, 4}, 0, 1}});
    CHECK(made.identifies == 0);
    CHECK(made.busiest == 45 * percent);
    CHECK(made.busiest_after == 25 * percent);
    CHECK(busiest_after(at, made) == made.busiest_after);
}

TEST_CASE("scaler: an exchange helps where no single move does")
{
    const situation at = sustained(scene(2, {{20, 0}, {18, 0}, {10, 1}, {12, 1}, {4, 0}}));
    CHECK(busiest_after(at, decide(at)) <= 33 * percent);
}

TEST_CASE("scaler: nothing is moved before it is sustained, or for a small difference")
{
    situation at = scene(2, {{20, 0}, {20, 0}, {5, 0}, {5, 1}});
    CHECK(decide(at).what == aim::none);
    at.uneven_for = 29'000;
    CHECK(decide(at).what == aim::none);
    at.uneven_for = 30'000;
    CHECK(decide(at).what == aim::spread);
    situation small = sustained(scene(2, {{2, 0}, {2, 0}, {1, 1}}));
    small.with.splits = plan_changes::no;
    small.with.collections_min = 2;
    CHECK(decide(small).what == aim::none);
    CHECK_FALSE(conditions_of(small).uneven);
}

TEST_CASE("scaler: a shard that is hot for long enough is split where it is")
{
    situation at = scene(2, {{41, 0}, {38, 1}});
    at.shards[0].hot_for = 119'000;
    CHECK(decide(at).what == aim::none);
    at.shards[0].hot_for = 120'000;
    const decision made = decide(at);
    CHECK(made.what == aim::split);
    CHECK(made.actions == std::vector<action>{replace{{{0, 2}}, {{0, 4}, {2, 4}}, 0}});
    CHECK(made.identifies == 2);
    CHECK(made.usually == 31'000);
    CHECK(made.overlap == 41 * percent / 2);
}

TEST_CASE("scaler: too many guilds are split, whatever the load")
{
    situation at = scene(1, {{5, 0}});
    at.shards[0].guilds = 1'999;
    CHECK(decide(at).what == aim::none);
    at.shards[0].guilds = 2'000;
    CHECK(decide(at).what == aim::split);
    // One giant guild is no reason against it.
    at.shards[0].heaviest = at.shards[0].load;
    CHECK(decide(at).what == aim::split);
    // Halves would have too many, too.
    at.shards[0].guilds = 5'100;
    CHECK(decide(at).actions ==
          std::vector<action>{replace{{{0, 1}}, {{0, 4}, {1, 4}, {2, 4}, {3, 4}}, 0}});
}

// Others leave first, and the split comes at the next look.
TEST_CASE("scaler: above 70 % of a loop others are moved away before a split, or it is refused")
{
    situation at = sustained(scene(2, {{42, 0}, {20, 0}, {15, 0}, {10, 1}}));
    const decision room = decide(at);
    CHECK(room.what == aim::make_room);
    CHECK(room.actions == std::vector<action>{move{{1, 4}, 0, 1}});
    for (const action& each : room.actions)
        carry_out(each, at);
    CHECK(decide(at).what == aim::split);

    const decision alone = decide(sustained(scene(1, {{42, 0}, {20, 0}, {15, 0}, {10, 0}})));
    CHECK(alone.what != aim::split);
    CHECK(refuses(alone, "no_room"));
}

TEST_CASE("scaler: one giant guild can't be split", "[thread-18]")
{
    situation at = sustained(scene(1, {{50, 0}}));
    at.shards[0].heaviest = 45 * percent;
    CHECK(refuses(decide(at), "one_guild"));
    CHECK(count<replace>(decide(at)) == 0);
    // Not nearly all of it, but no half would be much lighter.
    at.shards[0].heaviest = 30 * percent;
    at.shards[0].halves = {46 * percent, 4 * percent};
    CHECK(refuses(decide(at), "one_guild"));
    at.shards[0].halves = {38 * percent, 12 * percent};
    CHECK(decide(at).what == aim::split);
}

// Discord Docs/Gateway, "Session Start Limit Object".
TEST_CASE("scaler: a split leaves the reserve and more alone, a merge twice that", "[thread-18]")
{
    situation at = sustained(scene(1, {{45, 0}}));
    at.starts.remaining = 402;
    CHECK(decide(at).what == aim::split);
    at.starts.remaining = 401;
    CHECK(refuses(decide(at), "reserve"));
    // The ledger's own reserve, if that is more.
    at.with.reserve = 0;
    at.starts.remaining = 202;
    CHECK(decide(at).what == aim::split);
    at.starts.remaining = 201;
    CHECK(refuses(decide(at), "reserve"));
    at.starts.remaining = 1;
    CHECK(refuses(decide(at), "no_starts"));
    at.starts.is_known = false;
    CHECK(refuses(decide(at), "budget_unknown"));

    situation quiet = sustained(scene(1, {{5, 0}, {5, 0}}));
    quiet.starts.remaining = 801;
    CHECK(decide(quiet).what == aim::merge);
    quiet.starts.remaining = 800;
    CHECK(refuses(decide(quiet), "reserve"));
}

TEST_CASE("scaler: who waits to IDENTIFY goes first, and who may not keeps the plan")
{
    situation at = sustained(scene(1, {{45, 0}}));
    at.starts.waiting = 1;
    CHECK(refuses(decide(at), "waiting"));
    at.starts.waiting = 0;
    at.starts.suspended = "the token was rejected";
    CHECK(refuses(decide(at), "suspended"));
}

TEST_CASE("scaler: the plan changes by itself only after a shadow run, or when told to")
{
    situation at = sustained(scene(2, {{45, 0}, {20, 0}}));
    at.with.splits = plan_changes::after_shadow;
    const decision made = decide(at);
    CHECK(refuses(made, "plan_fixed"));
    CHECK(made.what == aim::spread);  // That goes from the start.
    at.shadow_passed = true;
    CHECK(decide(at).what == aim::split);
    at.with.splits = plan_changes::no;
    CHECK(refuses(decide(at), "plan_fixed"));
}

TEST_CASE("scaler: quiet siblings are merged where the heavier one is")
{
    situation at = sustained(scene(2, {{4, 0}, {20, 0}, {6, 1}, {20, 1}}));
    decision made = decide(at);
    CHECK(made.what == aim::merge);
    CHECK(made.actions ==
          std::vector<action>{move{{0, 4}, 0, 1}, replace{{{0, 4}, {2, 4}}, {{0, 2}}, 1}});
    CHECK(made.identifies == 1);
    at.shards[0].quiet_for = at.shards[2].quiet_for = 0;
    CHECK(decide(at).what == aim::none);
    at = sustained(at);
    at.shards[0].guilds = 701;
    CHECK(decide(at).what == aim::none);
    at.shards[0].guilds = 500;
    at.with.shards_min = 4;
    CHECK(decide(at).what == aim::none);
}

TEST_CASE("scaler: no merge or split within a cool-down")
{
    situation at = sustained(scene(1, {{4, 0}, {6, 0}}));
    at.shards[1].merge_rest = 1;
    CHECK(refuses(decide(at), "cool_down"));
    at = sustained(scene(1, {{45, 0}}));
    at.shards[0].split_rest = 60'000;
    CHECK(refuses(decide(at), "cool_down"));
}

// Discord Docs/Gateway, "Sharding for Large Bots".
TEST_CASE("scaler: a large bot's shards stay a multiple", "[thread-18]")
{
    situation at = sustained(scene(1, {{1, 0}, {1, 0}, {1, 0}, {1, 0}}));
    at.multiple = 4;
    const decision made = decide(at);
    CHECK(made.what == aim::none);
    CHECK(refuses(made, "not_a_multiple"));
}

TEST_CASE("scaler: a collection is added when even spread is too much, if it helps")
{
    situation at = sustained(scene(2, {{35, 0}, {30, 0}, {30, 1}, {35, 1}}));
    const decision made = decide(at);
    CHECK(made.what == aim::grow);
    CHECK(made.actions == std::vector<action>{add_collection{}});
    CHECK(made.busiest_after == 60 * percent);
    at.with.collections_max = 2;
    CHECK(decide(at).what == aim::none);
    at.with.collections_max = 8;
    at.collections.push_back({2, collection_phase::starting, 0, 0});
    CHECK(decide(at).what == aim::none);
    // Of many it is one in many that another one helps.
    std::vector<shard_state> many;
    for (const discord::slot each : sharding::even_plan(400))
        many.push_back(shard(each, each.id % 40, 7));
    situation large = sustained(scene(40, std::move(many)));
    large.with.collections_max = 50;
    CHECK(decide(large).what == aim::grow);
    // The busiest shard alone is too much: nothing but a split helps.
    situation giant = sustained(scene(2, {{65, 0}, {5, 1}}));
    giant.shards[0].heaviest = 64 * percent;
    CHECK(decide(giant).what == aim::none);
}

TEST_CASE("scaler: a collection is retired when the others do, and leaves nothing behind")
{
    situation at = sustained(scene(3, {{9, 0}, {9, 1}, {5, 2}, {4, 2}}));
    at.with.splits = plan_changes::no;
    const decision made = decide(at);
    CHECK(made.what == aim::shrink);
    REQUIRE(made.actions.size() == 3);
    CHECK(count<move>(made) == 2);
    CHECK(made.actions.back() == action{retire_collection{2}});
    CHECK(busiest_after(at, made) < 40 * percent);
    at.shrink_rest = 1;
    CHECK(refuses(decide(at), "cool_down"));
    at.shrink_rest = 0;
    at.collections.push_back({3, collection_phase::draining, 0, 0});
    CHECK(decide(at).actions == made.actions);  // Another one that is drained is no reason to wait.
    at.collections.pop_back();
    at.with.collections_min = 3;
    CHECK(decide(at).what == aim::none);
    at.with.collections_min = 1;
    at.shards[3].is_known = false;
    CHECK(decide(at).what == aim::none);
}

TEST_CASE("scaler: too few or too many collections are put right")
{
    situation at = scene(2, {{10, 0}, {10, 1}});
    at.with.collections_min = 3;
    CHECK(decide(at).actions == std::vector<action>{add_collection{}});
    // What rests is told, too.
    at.grow_rest = 90'000;
    CHECK(refuses(decide(at), "cool_down"));
    CHECK(decide(at).why == "there are 2 collections, the least is 3, and the last one more failed "
                            "to begin, or an operator called it off: next try in 90 s");
    at.with.collections_min = at.with.collections_max = 1;
    at.shrink_rest = 600'000;
    CHECK(refuses(decide(at), "cool_down"));
    CHECK(decide(at).why == "there are 2 collections, and the most is 1, and none is retired for "
                            "another 10 min");
    at.shrink_rest = 0;
    const decision made = decide(at);
    CHECK(made.what == aim::shrink);
    CHECK(made.actions.back() == action{retire_collection{1}});
}

TEST_CASE("scaler: shards leave a collection that is down for long, or drained")
{
    situation at = scene(3, {{10, 0}, {10, 1}, {10, 2}, {5, 1}});
    at.collections[1].is = collection_phase::down;
    at.collections[1].in_phase = 59'000;
    CHECK(decide(at).what == aim::none);
    at.collections[1].in_phase = 60'000;
    const decision made = decide(at);
    CHECK(made.what == aim::evacuate);
    CHECK(made.actions == std::vector<action>{move{{1, 4}, 1, 0}, move{{3, 4}, 1, 2}});
    at.collections[1].is = collection_phase::starting;
    CHECK(decide(at).actions == made.actions);
    // What loads many plugins is not left, however impatient the setting is.
    at.with.abandon_after = 10s;
    at.collections[1].in_phase = 29'000;
    CHECK(decide(at).what == aim::none);
    at.collections[1].in_phase = 30'000;
    CHECK(decide(at).what == aim::evacuate);
    at.collections[1] = {1, collection_phase::draining, 0, 0};
    CHECK(decide(at).what == aim::evacuate);
}

TEST_CASE("scaler: what is not known is left alone")
{
    situation at = sustained(scene(2, {{45, 0}, {45, 0}}));
    for (shard_state& each : at.shards)
        each.is_known = false;
    CHECK(decide(at).what == aim::none);
}

TEST_CASE("scaler: one operation at a time, and none when it is off or nobody is up")
{
    situation at = sustained(scene(2, {{45, 0}, {45, 0}}));
    at.under_way = "an operator splits 0/2";
    CHECK(decide(at).what == aim::none);
    CHECK(decide(at).why.find("an operator splits 0/2") != std::string::npos);
    at.under_way.clear();
    at.with.does = mode::off;
    CHECK(decide(at).what == aim::none);
    at.with.does = mode::automatic;
    for (collection_state& each : at.collections)
        each.is = collection_phase::starting;
    CHECK(decide(at).what == aim::none);
}

TEST_CASE("scaler: the same situation, the same decision; every one has a sentence")
{
    const situation at = sustained(scene(2, {{42, 0}, {20, 0}, {15, 0}, {10, 1}}));
    CHECK(decide(at) == decide(at));
    CHECK_FALSE(decide(at).why.empty());
    CHECK_FALSE(decide(scene(2, {{1, 0}})).why.empty());
}
