#include "base/random.hpp"
#include "scaling/load_book.hpp"
#include "scaling/scene.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <map>

using namespace tinfoil;
using namespace tinfoil::scaling_test;
using discord::slot;

namespace {

discord::snowflake guild(std::uint64_t key)
{
    return {key << 22U | 7U};
}

load_sample sample(slot which, micro busy, std::uint64_t span_s = 1)
{
    load_sample made;
    made.span_us = span_s * 1'000'000;
    made.busy_us = std::uint64_t(busy) * span_s + 10'000 * span_s;
    shard_sample one;
    one.slot = which;
    one.busy_us = std::uint64_t(busy) * span_s;
    one.decoding_us = one.busy_us / 4;
    one.halves_us = {one.busy_us * 3 / 4, one.busy_us / 4};
    one.events = 50 * span_s;
    one.bytes = 1'000 * span_s;
    one.guilds = 100;
    one.heaviest = {{guild(which.id), one.busy_us / 2, 0}};
    made.shards = {one};
    return made;
}

}  // namespace

TEST_CASE("heavy guilds: each that is more than a sixteenth of all is found, at most too heavy",
          "[simulation]")
{
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        INFO("seed " << seed);
        random_source random(seed);
        heavy_guilds of;
        std::map<discord::snowflake, std::uint64_t> truth;
        std::uint64_t all = 0;
        for (int i = 0; i < 3'000; ++i) {
            const double skewed = random.unit();
            const auto which = guild(std::uint64_t(skewed * skewed * skewed * 300));
            const std::uint64_t weight = 1 + random.below(100);
            of.add(which, weight);
            truth[which] += weight;
            all += weight;
        }
        const auto found = of.heaviest(heavy_guilds::entries_max);
        for (const auto& each : found) {
            CHECK(each.weight >= truth[each.guild]);
            CHECK(each.weight - each.above <= truth[each.guild]);
        }
        for (const auto& [which, weight] : truth)
            if (weight * heavy_guilds::entries_max > all)
                CHECK(std::any_of(found.begin(), found.end(), [&, who = which](const auto& each) {
                    return each.guild == who;
                }));
    }
}

TEST_CASE("meter: counts what a shard takes, by half and by guild, from sample to sample")
{
    meter of;
    const auto first = of.open({1, 4}), second = of.open({0, 4});
    of.count(first, {guild(1), 100, 200us, 300us, 40us});   // 1 is of 1/8.
    of.count(first, {guild(5), 200, 100us, 400us, 900us});  // 5 is of 5/8.
    of.count(first, {guild(5), 10, 0us, 250us, 0us});
    of.count(second, {{}, 10, 50us, 0us, 0us});
    of.spend(first, 25us);
    of.spend(1'000us);
    of.lagged(3ms);
    of.has(first, 12, 2);
    const load_sample made = of.take(1s);
    CHECK(made.span_us == 1'000'000);
    CHECK(made.busy_us == 2'325);
    CHECK(made.lag_us == 3'000);
    REQUIRE(made.shards.size() == 2);
    const shard_sample& one = made.shards[0];
    CHECK(one.slot == slot{1, 4});
    CHECK(one.events == 3);
    CHECK(one.bytes == 310);
    CHECK(one.busy_us == 1'275);
    CHECK(one.decoding_us == 300);
    CHECK(one.lag_us == 900);
    CHECK(one.halves_us == std::array<std::uint64_t, 2>{500, 750});
    CHECK(one.guilds == 12);
    CHECK(one.voice_channels == 2);
    REQUIRE(one.heaviest.size() == 2);
    CHECK(one.heaviest[0] == heavy_guilds::entry{guild(5), 750, 0});
    CHECK(made.shards[1].halves_us == std::array<std::uint64_t, 2>{50, 0});

    of.close(second);
    const load_sample next = of.take(1s);
    REQUIRE(next.shards.size() == 1);
    CHECK(next.shards[0].busy_us == 0);
    CHECK(next.shards[0].guilds == 12);
    CHECK(next.busy_us == 0);
    CHECK(of.open({3, 4}) == second);
}

TEST_CASE("meter: its halves are the slots of a split")
{
    for (std::uint64_t key = 3; key < 4'000; key += 16) {
        meter of;
        const auto it = of.open({3, 16});
        of.count(it, {guild(key), 1, 0us, 10us, 0us});
        const auto halves = of.take(1s).shards[0].halves_us;
        CHECK((halves[0] > 0) == slot{3, 32}.serves(guild(key)));
        CHECK((halves[1] > 0) == slot{19, 32}.serves(guild(key)));
    }
}

TEST_CASE("load book: averages without a bias at the beginning, and forgets with its time constant")
{
    load_book of(30s, 90s);
    instant now{};
    of.on(0, sample({0, 1}, 400'000), now += 1s);
    CHECK(of.shard({0, 1}, now)->load == 400'000);
    CHECK_FALSE(of.shard({0, 1}, now)->is_settled);
    for (int i = 0; i < 30; ++i)
        of.on(0, sample({0, 1}, 400'000), now += 1s);
    const shard_load settled = *of.shard({0, 1}, now);
    CHECK(settled.is_settled);
    CHECK(settled.load == 400'000);
    CHECK(settled.decoding == 100'000);
    CHECK(settled.halves == std::array<micro, 2>{300'000, 100'000});
    CHECK(settled.events_milli == 50'000);
    CHECK(settled.heaviest == 200'000);
    CHECK(settled.heaviest_guild == guild(0));
    CHECK(of.collection(0, now)->busy == 410'000);
    CHECK(of.collection(0, now)->other == 10'000);
    // After one time constant most is of the new load, whatever the samples' spans.
    for (int i = 0; i < 600; ++i)
        of.on(0, sample({0, 1}, 400'000), now += 1s);
    for (const std::uint64_t span : {10, 5, 15})
        of.on(0, sample({0, 1}, 0, span), now += std::chrono::seconds(span));
    CHECK(of.shard({0, 1}, now)->load == Approx(400'000 * std::exp(-1)).margin(2'000));
}

TEST_CASE("load book: old numbers say so, and count for nothing after a gap")
{
    load_book of(30s, 90s);
    instant now{};
    for (int i = 0; i < 40; ++i)
        of.on(0, sample({0, 1}, 400'000), now += 1s);
    CHECK(of.shard({0, 1}, now + 90s)->is_settled);
    CHECK_FALSE(of.shard({0, 1}, now + 91s)->is_settled);
    CHECK_FALSE(of.collection(0, now + 91s)->is_settled);
    CHECK(of.shard({0, 1}, now + 91s)->age == 91s);
    of.on(0, sample({0, 1}, 100'000), now += 200s);
    CHECK(of.shard({0, 1}, now)->load == 100'000);
    CHECK_FALSE(of.shard({0, 1}, now)->is_settled);
    CHECK_FALSE(of.shard({1, 2}, now).has_value());
}

TEST_CASE("load book: averages go on over a move, a split and a merge")
{
    load_book of(30s, 90s);
    instant now{};
    for (int i = 0; i < 40; ++i)
        of.on(0, sample({0, 1}, 400'000), now += 1s);
    of.on(1, sample({0, 1}, 400'000), now += 1s);
    CHECK(of.shard({0, 1}, now)->load == 400'000);
    const slot halves[] = {{0, 2}, {1, 2}}, whole[] = {{0, 1}};
    of.replaced(whole, halves);
    CHECK_FALSE(of.shard({0, 1}, now).has_value());
    CHECK(of.shard({0, 2}, now)->load == 300'000);
    CHECK(of.shard({1, 2}, now)->load == 100'000);
    CHECK(of.shard({1, 2}, now)->is_settled);
    CHECK(of.shard({0, 2}, now)->heaviest_guild == guild(0));
    CHECK_FALSE(of.shard({1, 2}, now)->heaviest_guild);
    of.replaced(halves, whole);
    CHECK(of.shard({0, 1}, now)->load == 400'000);
    CHECK(of.shard({0, 1}, now)->halves == std::array<micro, 2>{300'000, 100'000});
    const std::uint32_t kept[] = {1};
    of.keep_only(whole, kept);
    CHECK(of.shard({0, 1}, now).has_value());
    CHECK_FALSE(of.collection(0, now).has_value());
    CHECK(of.collection(1, now).has_value());
}
