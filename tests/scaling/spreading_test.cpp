#include "base/random.hpp"
#include "scaling/scene.hpp"
#include "scaling/spreading.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::scaling_test;

namespace {

situation random_scene(std::uint64_t seed, std::size_t shards, int collections)
{
    random_source random(seed);
    std::vector<shard_state> all;
    for (const discord::slot each : sharding::even_plan(static_cast<std::uint32_t>(shards))) {
        all.push_back(shard(each, std::uint32_t(random.below(std::uint64_t(collections))), 0));
        const double size = random.unit();
        all.back().load = micro(size * size * size * 30 * percent) + 1;
    }
    return scene(collections, std::move(all));
}

micro sum(const layout& of)
{
    micro made = 0;
    for (const layout::bin& each : of.bins)
        made += each.load;
    return made;
}

}  // namespace

TEST_CASE("spreading: never worse than allowed above largest first, never worse than before",
          "[simulation]")
{
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        INFO("seed " << seed);
        random_source random(seed);
        const situation at = random_scene(seed, 2 + random.below(60), 2 + int(random.below(9)));
        const layout before = layout_of(at), after = spread(before, 3);
        const micro even = largest_first(before).most();
        CHECK(after.most() <= std::max(even + even * 3 / 100, micro{1}));
        CHECK(after.most() <= std::max(before.most(), even));
        CHECK(sum(after) == sum(before));
        // The moves lead there, each shard once.
        situation moved = at;
        for (const move& each : moves_between(before, after, at))
            carry_out(each, moved);
        CHECK(layout_of(moved).most() == after.most());
    }
}

TEST_CASE("spreading: a new collection takes few shards, not all anew", "[simulation]")
{
    std::size_t moves = 0, anew = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        situation at = random_scene(seed, 64, 4);
        const layout even = spread(layout_of(at), 3);
        for (const move& each : moves_between(layout_of(at), even, at))
            carry_out(each, at);
        carry_out(add_collection{}, at);
        const layout before = layout_of(at);
        moves += moves_between(before, spread(before, 3), at).size();
        anew += moves_between(before, largest_first(before), at).size();
    }
    // A fifth of 64 has to go; largest first moves nearly everything.
    CHECK(moves / 50 < 20);
    CHECK(anew / 50 > 40);
}

TEST_CASE("spreading: what may not move stays, and what is nowhere is placed")
{
    situation at = scene(3, {{30, 0}, {20, 0}, {10, 2}, {10, 2}});
    at.shards[0].is_known = false;
    at.collections[2].is = collection_phase::draining;
    const layout before = layout_of(at);
    REQUIRE(before.bins.size() == 2);
    const layout after = spread(before, 3);
    CHECK(after.items[0].at == 0);
    CHECK(after.bins[0].load == 30 * percent);
    CHECK(after.bins[1].load == 40 * percent);
}

// Discord Docs/Gateway, "Sharding": on paper a million guilds.
TEST_CASE("spreading: 10,000 shards on 400 collections are planned at once")
{
    const situation at = random_scene(7, 10'000, 400);
    const layout before = layout_of(at), after = spread(before, 3);
    const micro even = largest_first(before).most();
    CHECK(after.most() <= even + even * 3 / 100);
    CHECK(moves_between(before, after, at).size() < 10'000);
}
