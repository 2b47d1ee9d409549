#include "base/random.hpp"
#include "sharding/algebra.hpp"
#include "sharding/plan.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <numeric>
#include <set>

using namespace tinfoil;
using namespace tinfoil::sharding;
using discord::slot;

namespace {

std::set<std::uint32_t> keys_of(slot which, std::uint32_t multiple)
{
    std::set<std::uint32_t> all;
    for (std::uint32_t key = which.id; key < multiple; key += which.count)
        all.insert(key);
    return all;
}

slots sorted(slots all)
{
    std::sort(all.begin(), all.end());
    return all;
}

/// A plan with slots of many sizes, made by splitting some `times` times.
slots mixed_plan(random_source& random, std::uint32_t from, int times)
{
    slots plan = even_plan(from);
    for (int i = 0; i < times; ++i) {
        const auto at = static_cast<std::ptrdiff_t>(random.below(plan.size()));
        const auto parts = split(plan[static_cast<std::size_t>(at)],
                                 2 + static_cast<std::uint32_t>(random.below(2)));
        if (!parts || parts->front().count > 3000)
            continue;
        plan.erase(plan.begin() + at);
        plan.insert(plan.end(), parts->begin(), parts->end());
    }
    return plan;
}

/// One of them, those that make a whole, or all.
slots some_of(random_source& random, const slots& live)
{
    const slot one = live[random.below(live.size())];
    switch (random.below(3)) {
    case 0:
        return {one};
    case 1:
        for (const slot other : live)
            if (other != one && merge(std::vector{one, other}))
                return sorted({one, other});
        return {one};
    default:
        return live;
    }
}

/// Other slots of the same keys: a merge where there is one, or a split, or a reshard of all.
std::optional<slots> changed(random_source& random, const slots& older)
{
    if (older.size() == 1) {
        const auto parts = split(older.front(), 2 + static_cast<std::uint32_t>(random.below(3)));
        return parts && parts->front().count < 2000 ? std::optional(*parts) : std::nullopt;
    }
    if (const auto whole = merge(older))
        return random.below(2) == 0 || older.size() == 2
                   ? slots{*whole}
                   : even_plan(1 + static_cast<std::uint32_t>(random.below(12)));
    return std::nullopt;
}

}  // namespace

TEST_CASE("slots: overlap and containment are those of their keys, for all small ones")
{
    constexpr std::uint32_t most = 12;
    for (std::uint32_t n = 1; n <= most; ++n)
        for (std::uint32_t m = 1; m <= most; ++m)
            for (std::uint32_t i = 0; i < n; ++i)
                for (std::uint32_t j = 0; j < m; ++j) {
                    const auto one = keys_of({i, n}, n * m), other = keys_of({j, m}, n * m);
                    std::vector<std::uint32_t> common;
                    std::set_intersection(one.begin(), one.end(), other.begin(), other.end(),
                                          std::back_inserter(common));
                    REQUIRE(overlap({i, n}, {j, m}) == !common.empty());
                    REQUIRE(contains({i, n}, {j, m}) == (common.size() == other.size()));
                }
}

TEST_CASE("slots: what was split by any factor merges again, and nothing less does")
{
    for (std::uint32_t n = 1; n <= 10; ++n)
        for (std::uint32_t i = 0; i < n; ++i)
            for (std::uint32_t factor = 2; factor <= 6; ++factor) {
                auto parts = *split({i, n}, factor);
                REQUIRE(parts.size() == factor);
                REQUIRE(check_same_keys(parts, slots{{i, n}}));
                REQUIRE(*merge(parts) == slot{i, n});
                // Of different sizes, in any order.
                const auto smaller = *split(parts.back(), 2);
                parts.pop_back();
                const auto less = merge(parts);
                REQUIRE((!less || *less != slot{i, n}));
                parts.insert(parts.begin(), smaller.begin(), smaller.end());
                REQUIRE(*merge(parts) == slot{i, n});
            }
    CHECK(to_string(*split({3, 16}, 2)) == "3/32 19/32");
    CHECK_FALSE(split({3, 16}, 1));
    CHECK_FALSE(split({3, 16}, 0));
    CHECK(split({0, 500'000}, 2));
    CHECK_FALSE(split({0, 500'000}, 3));
    CHECK_FALSE(merge({}));
    CHECK_FALSE(merge(slots{{0, 4}, {1, 4}}));
    CHECK_FALSE(merge(slots{{0, 4}, {0, 4}}));
    CHECK(*merge(slots{{5, 7}}) == slot{5, 7});
}

TEST_CASE("slots: a reshard of n to m falls into gcd(n, m) parts, whatever n and m")
{
    for (std::uint32_t n = 1; n <= 24; ++n)
        for (std::uint32_t m = 1; m <= 24; ++m) {
            const auto parts = *components(even_plan(n), even_plan(m));
            const std::uint32_t common = std::gcd(n, m);
            REQUIRE(parts.size() == common);
            for (const component& each : parts) {
                REQUIRE(each.before.size() == n / common);
                REQUIRE(each.after.size() == m / common);
                REQUIRE(check_same_keys(each.before, each.after));
                REQUIRE(each.is_unchanged() == (n == m));
            }
        }
}

TEST_CASE("slots: the parts of a change of mixed plans hold every slot once and share no key")
{
    random_source random(5);
    for (int round = 0; round < 40; ++round) {
        const auto base = 1 + static_cast<std::uint32_t>(random.below(4));
        const slots before = mixed_plan(random, base, 12);
        const slots after = mixed_plan(random, base, 12);
        REQUIRE(check_plan(before));
        const auto parts = components(before, after);
        if (!parts) {
            REQUIRE(parts.error().code == errc::too_large);
            continue;
        }
        slots all_before, all_after, plan = before;
        for (const component& each : *parts) {
            all_before.insert(all_before.end(), each.before.begin(), each.before.end());
            all_after.insert(all_after.end(), each.after.begin(), each.after.end());
            // One by one they lead from plan to plan.
            plan = *replaced(plan, each.before, each.after);
            REQUIRE(check_plan(plan));
            for (const component& other : *parts)
                for (const slot one : each.before)
                    for (const slot two : other.after)
                        REQUIRE((&each == &other || !overlap(one, two)));
        }
        REQUIRE(sorted(all_before) == sorted(before));
        REQUIRE(sorted(all_after) == sorted(after));
        REQUIRE(sorted(plan) == sorted(after));
    }
}

TEST_CASE("slots: every guild has one owner, also among ten thousand shards")
{
    random_source random(11);
    std::vector<slots> plans = {even_plan(1), even_plan(10'000), mixed_plan(random, 3, 200)};
    slots large = even_plan(5'000);
    for (int i = 0; i < 2'500; ++i) {
        const auto parts = *split(large.front(), 2);
        large.erase(large.begin());
        large.insert(large.end(), parts.begin(), parts.end());
    }
    REQUIRE(check_plan(large));
    plans.push_back(large);
    for (const slots& plan : plans)
        for (int i = 0; i < 200; ++i) {
            const discord::snowflake guild{random.next()};
            const auto found = owner(plan, guild);
            REQUIRE(found);
            REQUIRE(plan[*found].serves(guild));
            REQUIRE(std::count_if(plan.begin(), plan.end(),
                                  [&](slot each) { return each.serves(guild); }) == 1);
        }
    CHECK_FALSE(owner(slots{{1, 2}}, {2U << 22}));
}

// Sessions with different num_shards are live at once, and guilds move: whoever asks which of them
// has a guild by the shard's number alone, or by the last num_shards, asks wrongly.
TEST_CASE("slots: the owner of a guild is a function of the set of live (index, total), after any "
          "splits, merges and reshards",
          "[thread-17]")
{
    random_source random(17);
    std::vector<discord::snowflake> guilds;
    for (int i = 0; i < 300; ++i)
        guilds.push_back({random.next()});
    for (int life = 0; life < 40; ++life) {
        slots live = even_plan(1 + static_cast<std::uint32_t>(random.below(6)));
        for (int step = 0; step < 25; ++step) {
            const slots before = live;
            const slots older = some_of(random, live);
            const auto newer = changed(random, older);
            if (!newer)
                continue;
            const auto after = replaced(live, older, *newer);
            REQUIRE(after);
            live = *after;
            REQUIRE(check_plan(live));
            slots shuffled = live;
            for (std::size_t i = shuffled.size(); i > 1; --i)
                std::swap(shuffled[i - 1], shuffled[random.below(i)]);
            for (const discord::snowflake guild : guilds) {
                const std::size_t serving = static_cast<std::size_t>(std::count_if(
                    live.begin(), live.end(), [&](slot one) { return one.serves(guild); }));
                REQUIRE(serving == 1);
                // The same set in another order is the same function.
                const auto own = owner(live, guild), same = owner(shuffled, guild);
                REQUIRE((own && same && live[*own] == shuffled[*same]));
                // A guild changes its owner in the change of its keys, and in no other.
                const auto was = owner(before, guild);
                REQUIRE(was);
                const bool is_changed =
                    std::find(older.begin(), older.end(), before[*was]) != older.end();
                REQUIRE((is_changed || before[*was] == live[*own]));
                REQUIRE(is_changed ==
                        (std::find(newer->begin(), newer->end(), live[*own]) != newer->end()));
            }
        }
    }
}

TEST_CASE("slots: a change that is none says what is wrong")
{
    CHECK(check_same_keys(slots{{0, 2}}, slots{{1, 2}}).error().detail ==
          "keys of 0/2 are only before the change");
    CHECK(check_same_keys(slots{{0, 4}, {0, 2}}, slots{{0, 2}}).error().detail ==
          "slot 0/2 overlaps another of them");
    CHECK(check_same_keys(slots{{0, 999'983}}, slots{{0, 999'979}}).error().code ==
          errc::too_large);
    CHECK(replaced(slots{{0, 1}}, slots{{0, 2}}, slots{{0, 2}}).error().detail ==
          "0/2 is no shard of the plan");
}

TEST_CASE("slots: what is printed is read again, and nothing else is")
{
    const slots some{{3, 32}, {19, 32}, {0, 1}};
    CHECK(*parse_slots(to_string(some)) == some);
    CHECK(*parse_slots("  3/32   19/32 ") == slots{{3, 32}, {19, 32}});
    for (const char* text :
         {"", " ", "3", "16/16", "3/0", "3/32 3/32", "3/32,19/32", "-1/2", "3/32 x"})
        CHECK_FALSE(parse_slots(text));
}
