#include "scaling/policy.hpp"

#include "sharding/price.hpp"
#include "sharding/shards_max.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tinfoil::scaling {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> mode_names{"auto", "advise", "off"};
constexpr std::array<std::string_view, 3> change_names{"after-shadow", "yes", "no"};

template <class Kind>
std::optional<Kind> parse(const std::array<std::string_view, 3>& names, std::string_view text)
{
    const auto found = std::find(names.begin(), names.end(), text);
    return found == names.end() ? std::nullopt : std::optional(Kind(found - names.begin()));
}

struct bounded {
    std::string_view key;
    int is, least, most;
};

struct timed {
    std::string_view key;
    duration is, least, most;
};

error wrong(std::string_view key, const std::string& is, const std::string& why)
{
    return {errc::invalid_argument, "scaler." + std::string(key) + " is " + is + ", " + why};
}

std::string seconds(duration of)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms";
}

result<void> check_ranges(const policy& of)
{
    const bounded numbers[] = {
        {"split_at", of.split_at, 5, 90},
        {"merge_at", of.merge_at, 1, 90},
        {"split_guilds", of.split_guilds, 2, int(sharding::guilds_max)},
        {"merge_guilds", of.merge_guilds, 1, int(sharding::guilds_max)},
        {"room", of.room, 10, 95},
        {"grow_at", of.grow_at, 5, 95},
        {"shrink_at", of.shrink_at, 1, 90},
        {"collections_min", of.collections_min, 1, collections_limit},
        {"collections_max", of.collections_max, 1, collections_limit},
        {"shards_min", of.shards_min, 1, int(sharding::shards_max)},
        {"shards_max", of.shards_max, 1, int(sharding::shards_max)},
        {"move_at", of.move_at, 2, 100},
        {"move_to", of.move_to, 0, 90},
        {"move_floor", of.move_floor, 0, 50},
        {"moves_at_once", of.moves_at_once, 1, 100},
        {"reserve", of.reserve, 0, 100},
    };
    for (const bounded& each : numbers)
        if (each.is < each.least || each.is > each.most)
            return wrong(each.key, std::to_string(each.is),
                         "and has to be from " + std::to_string(each.least) + " to " +
                             std::to_string(each.most));
    const timed times[] = {
        {"sustain", of.sustain, 10s, 24h},
        {"merge_sustain", of.merge_sustain, 10s, 24h},
        {"move_sustain", of.move_sustain, 5s, 1h},
        {"grow_sustain", of.grow_sustain, 5s, 1h},
        {"shrink_sustain", of.shrink_sustain, 10s, 24h},
        {"cool_down", of.cool_down, 1min, 48h},
        {"abandon_after", of.abandon_after, 10s, 1h},
        {"time_constant", of.time_constant, 5s, 10min},
        {"interval", of.interval, 1s, 1min},
    };
    for (const timed& each : times)
        if (each.is < each.least || each.is > each.most)
            return wrong(each.key, seconds(each.is),
                         "and has to be from " + seconds(each.least) + " to " + seconds(each.most));
    return {};
}

}  // namespace

std::string_view name(mode which)
{
    return mode_names[static_cast<std::size_t>(which)];
}

std::optional<mode> parse_mode(std::string_view text)
{
    return parse<mode>(mode_names, text);
}

std::string_view name(plan_changes which)
{
    return change_names[static_cast<std::size_t>(which)];
}

std::optional<plan_changes> parse_plan_changes(std::string_view text)
{
    return parse<plan_changes>(change_names, text);
}

result<void> check(const policy& what)
{
    if (auto ranged = check_ranges(what); !ranged)
        return ranged;
    // Halves of a shard at split_at take as much together: they must not be merged at once.
    if (what.merge_at * 2 > what.split_at)
        return wrong("merge_at", std::to_string(what.merge_at),
                     "and has to be at most half of split_at (" + std::to_string(what.split_at) +
                         "), or what was split would be merged again");
    if (what.merge_guilds >= what.split_guilds)
        return wrong("merge_guilds", std::to_string(what.merge_guilds),
                     "and has to be below split_guilds (" + std::to_string(what.split_guilds) +
                         "), or what was merged would be split again");
    if (what.room <= what.split_at)
        return wrong("room", std::to_string(what.room),
                     "and has to be above split_at (" + std::to_string(what.split_at) +
                         "), or no shard that has to be split could be");
    if (what.shrink_at >= what.grow_at)
        return wrong("shrink_at", std::to_string(what.shrink_at),
                     "and has to be below grow_at (" + std::to_string(what.grow_at) +
                         "), or a collection that was added would be retired again");
    if (what.collections_max < what.collections_min)
        return wrong("collections_max", std::to_string(what.collections_max),
                     "and may not be below collections_min (" +
                         std::to_string(what.collections_min) + ")");
    if (what.shards_max < what.shards_min)
        return wrong("shards_max", std::to_string(what.shards_max),
                     "and may not be below shards_min (" + std::to_string(what.shards_min) + ")");
    if (what.move_to >= what.move_at)
        return wrong("move_to", std::to_string(what.move_to),
                     "and has to be below move_at (" + std::to_string(what.move_at) +
                         "), or moving would begin again as soon as it has ended");
    if (what.interval > what.time_constant)
        return wrong("interval", seconds(what.interval),
                     "and may not be above time_constant (" + seconds(what.time_constant) + ")");
    return {};
}

}  // namespace tinfoil::scaling
