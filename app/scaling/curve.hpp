#pragma once

#include "base/error.hpp"
#include "discord/slot.hpp"
#include "scaling/policy.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What a bot's load does over a day, for rehearsals: recorded, or made up.
namespace tinfoil::scaling {

/// A guild's life: loop time it costs, and when in the day that is more or less.
struct guild_life {
    discord::snowflake id;
    std::int64_t joins_s = 0;
    micro level = 0;  ///< On average over a day.
    int swing = 0;    ///< Percent of the level that the day adds at its peak and takes at its low.
    int peak_hour = 0;  ///< 0 to 23.
};

struct happening {
    enum class kind : std::uint8_t {
        level,   ///< `guild` costs `value` from now on.
        down,    ///< The process of `collection` dies and is away for `value` seconds.
        slow,    ///< All that `collection` does takes `value` percent of its usual time.
        starts,  ///< `value` IDENTIFYs were spent by others: lost sessions, another tool.
    } what = kind::level;
    std::int64_t at_s = 0;
    discord::snowflake guild;
    std::uint32_t collection = 0;
    std::int64_t value = 0;
};

struct curve {
    std::string name, about;
    std::int64_t seconds = 24 * 3600;
    std::uint32_t shards = 1, collections = 1;
    policy with;
    bool shadow_passed = true;
    int starts = 1000, max_concurrency = 1;
    int noise = 20;                  ///< Percent that a second's load differs from the level.
    int failures = 0;                ///< Percent of all actions.
    micro other = whole_loop / 100;  ///< Of each collection, that is no shard's.
    std::vector<guild_life> guilds;
    std::vector<happening> happenings;  ///< In the order of their time.
};

/// The curves that are known by name, with what each is about.
struct curve_name {
    std::string_view name, about;
};
[[nodiscard]] const std::vector<curve_name>& curve_names();
/// One of them; the same for the same seed. Fails with invalid_argument naming those that there
/// are.
[[nodiscard]] result<curve> made_up_curve(std::string_view name, std::uint64_t seed);

/// Reads a curve as share/doc/scaler.md describes it. Fails with malformed naming the line and what
/// is possible there, and with too_large beyond 100,000 guilds or a million lines.
[[nodiscard]] result<curve> parse_curve(std::string_view text);

}  // namespace tinfoil::scaling
