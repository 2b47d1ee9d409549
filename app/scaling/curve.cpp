#include "scaling/curve.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tinfoil::scaling {
namespace {

using namespace std::chrono_literals;
using kind = happening::kind;

constexpr std::int64_t hour = 3600;

// Ids as Discord makes them: later guilds have larger ones.
discord::snowflake guild_id(std::uint64_t index, random_source& random)
{
    return {((1'000'000'000ULL + index * 7'919'003ULL + random.below(7'000'000)) << 22U) |
            random.below(4096)};
}

// A few guilds make most of the load, as everywhere: the n-th costs about 1/n of the first.
void add_guilds(curve& to, std::size_t count, micro all, random_source& random, int swing)
{
    double weights = 0;
    for (std::size_t i = 1; i <= count; ++i)
        weights += 1 / std::pow(double(i), .7);
    std::vector<guild_life> made;
    for (std::size_t i = 1; i <= count; ++i) {
        const double share = 1 / std::pow(double(i), .7) / weights;
        // Most people of a bot live in a few time zones.
        const int peak = static_cast<int>((17 + random.below(5) + random.below(5)) % 24);
        made.push_back({{}, 0, static_cast<micro>(double(all) * share), swing, peak});
    }
    for (std::size_t i = made.size(); i > 1; --i)
        std::swap(made[i - 1], made[random.below(i)]);
    for (std::size_t i = 0; i < made.size(); ++i)
        made[i].id = guild_id(i, random);
    to.guilds.insert(to.guilds.end(), made.begin(), made.end());
}

void steady(curve& of, random_source& random)
{
    of.shards = 16;
    of.collections = 4;
    of.with.collections_max = 8;
    add_guilds(of, 4'000, whole_loop * 3 / 2, random, 0);
}

void day(curve& of, random_source& random)
{
    of.shards = 10;
    of.collections = 6;
    of.with.collections_max = 12;
    of.seconds = 48 * hour;
    add_guilds(of, 3'000, whole_loop * 2, random, 80);
}

void raid(curve& of, random_source& random)
{
    of.shards = 8;
    of.collections = 2;
    of.with.collections_max = 8;
    add_guilds(of, 3'000, whole_loop, random, 20);
    for (int i = 0; i < 6; ++i) {
        const std::int64_t at = (2 + 3 * i) * hour + std::int64_t(random.below(3000));
        const guild_life& guild = of.guilds[random.below(of.guilds.size())];
        const auto load = std::int64_t(200'000 + random.below(400'000));
        of.happenings.push_back({kind::level, at, guild.id, 0, load});
        of.happenings.push_back(
            {kind::level, at + 1200 + std::int64_t(random.below(3600)), guild.id, 0, guild.level});
    }
}

void giant(curve& of, random_source& random)
{
    of.shards = 4;
    of.collections = 2;
    of.with.collections_max = 4;
    add_guilds(of, 1'000, whole_loop / 3, random, 20);
    of.guilds.push_back({guild_id(5'000, random), 0, whole_loop * 48 / 100, 5, 20});
}

void growth(curve& of, random_source& random)
{
    of.shards = 1;
    of.collections = 1;
    of.with.collections_max = 8;
    of.seconds = 72 * hour;
    add_guilds(of, 10'000, whole_loop * 5 / 2, random, 40);
    for (std::size_t i = 100; i < of.guilds.size(); ++i)
        of.guilds[i].joins_s = std::int64_t(i) * 60 * hour / std::int64_t(of.guilds.size());
}

void deaths(curve& of, random_source& random)
{
    of.shards = 32;
    of.collections = 4;
    of.with.collections_max = 6;
    of.failures = 10;
    add_guilds(of, 6'000, whole_loop * 3 / 2, random, 20);
    for (int i = 0; i < 40; ++i) {
        const std::int64_t at = hour / 2 + i * hour / 2 + std::int64_t(random.below(600));
        const auto which = static_cast<std::uint32_t>(random.below(4));
        if (i % 4 == 3) {
            of.happenings.push_back(
                {kind::slow, at, {}, which, 150 + std::int64_t(random.below(150))});
            of.happenings.push_back({kind::slow, at + 1500, {}, which, 100});
        } else {
            const bool is_long = random.below(4) == 0;
            of.happenings.push_back(
                {kind::down, at, {}, which, is_long ? 900 : 3 + std::int64_t(random.below(40))});
        }
    }
}

void starts(curve& of, random_source& random)
{
    growth(of, random);
    of.starts = 20;
    for (int i = 0; i < 12; ++i)
        of.happenings.push_back(
            {kind::starts, i * 6 * hour + std::int64_t(random.below(6 * hour)), {}, 0, 1});
}

void many(curve& of, random_source& random)
{
    of.shards = 1'024;
    of.collections = 50;
    of.with.collections_max = 70;
    of.seconds = 4 * hour;
    of.max_concurrency = 16;
    of.starts = 5'000;
    add_guilds(of, 100'000, whole_loop * 20, random, 60);
    of.happenings.push_back({kind::down, hour, {}, 7, 600});
}

struct made_up {
    curve_name what;
    void (*make)(curve&, random_source&);
};
constexpr std::array<made_up, 8> all{{
    {{"steady", "16 shards on 4 collections with a load that only trembles"}, steady},
    {{"day", "two days from calm nights to evenings of nine times as much"}, day},
    {{"raid", "six times one guild is raided, up to 60 % of a loop by itself"}, raid},
    {{"giant", "one guild makes 48 % of a loop, all day"}, giant},
    {{"growth", "from 100 guilds on one shard to 10,000 within three days"}, growth},
    {{"starts", "the same growth with 20 session starts a day, some spent by others"}, starts},
    {{"deaths",
      "collections die, some for a quarter of an hour, or slow down; every tenth action fails"},
     deaths},
    {{"many", "1,024 shards with 100,000 guilds on 50 collections, four hours, one of which dies"},
     many},
}};

}  // namespace

const std::vector<curve_name>& curve_names()
{
    static const std::vector<curve_name> names = [] {
        std::vector<curve_name> made;
        for (const made_up& each : all)
            made.push_back(each.what);
        return made;
    }();
    return names;
}

result<curve> made_up_curve(std::string_view name, std::uint64_t seed)
{
    std::string known;
    for (const made_up& each : all) {
        if (each.what.name == name) {
            random_source random(seed);
            curve made;
            made.name = each.what.name;
            made.about = each.what.about;
            each.make(made, random);
            std::stable_sort(
                made.happenings.begin(), made.happenings.end(),
                [](const happening& one, const happening& other) { return one.at_s < other.at_s; });
            return made;
        }
        known += (known.empty() ? "" : ", ") + std::string(each.what.name);
    }
    return error{errc::invalid_argument,
                 "there is no curve \"" + std::string(name) + "\"; there are " + known};
}

}  // namespace tinfoil::scaling
