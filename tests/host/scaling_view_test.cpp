#include "host/fleet_player.hpp"
#include "host/scaling_view.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using scaling::collection_phase;

namespace {

struct view : player {
    view()
    {
        begin({{0, 2}, {1, 2}}, {known({0, 2}, 10), known({1, 2}, 11)}, 2);
        loaded(0);
        loaded(1);
        with.collections_min = with.collections_max = 5;
        for (int second = 0; second < 200; ++second)
            sample(0, {0, 2}, 300'000);
    }
    void sample(std::uint32_t number, slot which, std::uint64_t busy)
    {
        now += 1s;
        scaling::shard_sample one;
        one.slot = which;
        one.busy_us = busy;
        one.decoding_us = busy / 3;
        one.halves_us = {busy / 2, busy / 4};
        one.guilds = 12;
        one.heaviest = {{discord::snowflake{9}, busy / 4, 0}};
        book.on(number, {1'000'000, busy + 50'000, 7, {one}}, now);
    }
    [[nodiscard]] scaling::situation look(const std::string& busy = "") const
    {
        return situation_of({.shards = it,
                             .loads = book,
                             .with = with,
                             .draining = draining,
                             .shadow_passed = true,
                             .under_way = busy,
                             .is_served = [this](slot which) { return which != down; }},
                            now);
    }

    scaling::policy with;
    scaling::load_book book{with};
    std::set<std::uint32_t> draining;
    slot down{7, 8};
};

}  // namespace

TEST_CASE("scaling view: shards with their loads, in the order of their slots")
{
    view of;
    const auto at = of.look("a restart");
    CHECK(at.under_way == "a restart");
    CHECK(at.shadow_passed);
    REQUIRE(at.shards.size() == 2);
    const auto& one = at.shards[0];
    CHECK(one.slot == slot{0, 2});
    CHECK(one.collection == 0);
    CHECK(one.is_known);
    CHECK(one.load == Approx(300'000).epsilon(0.01));
    CHECK(one.decoding == Approx(100'000).epsilon(0.01));
    CHECK(one.halves[0] == Approx(150'000).epsilon(0.01));
    CHECK(one.guilds == 12);
    CHECK(one.heaviest_guild.value == 9);
    CHECK_FALSE(at.shards[1].is_known);
    REQUIRE(at.collections.size() == 2);
    CHECK(at.collections[0].other == Approx(50'000).epsilon(0.02));
    // Five are wanted, but there are no shards for them.
    CHECK(at.with.collections_min == 2);
    CHECK(at.with.collections_max == 5);
}

TEST_CASE("scaling view: what is not up, or not heard of lately, is not known")
{
    view of;
    of.down = {0, 2};
    CHECK_FALSE(of.look().shards[0].is_known);
    of.down = {7, 8};
    CHECK(of.look().shards[0].is_known);
    of.now += of.with.stale_after() + 1s;
    CHECK_FALSE(of.look().shards[0].is_known);
}

TEST_CASE("scaling view: collections by what becomes of their processes")
{
    view of;
    of.draining = {1};
    CHECK(of.look().collections[0].is == collection_phase::up);
    CHECK(of.look().collections[1].is == collection_phase::draining);
    // It begins again at once, and is not up before it has loaded.
    of.end(1, std::nullopt);
    CHECK(of.look().collections[1].is == collection_phase::starting);
    of.end(1, std::nullopt);
    CHECK(of.look().collections[1].is == collection_phase::down);
    of.feed(add_collection{});
    CHECK(of.look().collections[2].is == collection_phase::starting);
    of.loaded(2);
    CHECK(of.look().collections[2].is == collection_phase::up);
    of.feed(retire_collection{2});
    CHECK(of.look().collections.size() == 2);
}
