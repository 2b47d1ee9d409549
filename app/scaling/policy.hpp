#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tinfoil::scaling {

/// Loop time, in microseconds a second: 1,000,000 is all of one loop, and so of one core. A whole
/// number, so that a decision can be stored as text and made again exactly.
using micro = std::int64_t;
inline constexpr micro whole_loop = 1'000'000;

enum class mode : std::uint8_t {
    automatic,  ///< Does it.
    advise,     ///< Says what it would do.
    off,        ///< Looks at nothing.
};
/// `auto`, `advise`, `off`: as the settings file and JSON have it.
[[nodiscard]] std::string_view name(mode which);
[[nodiscard]] std::optional<mode> parse_mode(std::string_view text);

/// Whether `auto` may change the plan, and not only where its shards are.
enum class plan_changes : std::uint8_t {
    after_shadow,  ///< Once a handoff that only observed has passed against this API.
    yes,
    no,
};
/// `after-shadow`, `yes`, `no`.
[[nodiscard]] std::string_view name(plan_changes which);
[[nodiscard]] std::optional<plan_changes> parse_plan_changes(std::string_view text);

/// So many collections a host has at most.
inline constexpr int collections_limit = 1'000;

/// The settings of the scaler, `[scaler]` of tinfoil.toml under the same names; share/doc/scaler.md
/// has the table with the reasons.
///
/// Percentages are of one loop unless they say otherwise. check() knows what has to hold between
/// them.
struct policy {
    mode does = mode::automatic;                       ///< `mode`
    plan_changes splits = plan_changes::after_shadow;  ///< `split`

    int split_at = 40;         ///< Percent a shard takes; then it is split. 5 to 90.
    int merge_at = 15;         ///< Percent two siblings take together; then they are merged.
    int split_guilds = 2'000;  ///< Guilds of a shard; then it is split too. At most 2,500.
    int merge_guilds = 1'200;  ///< Guilds that two siblings have together at most, to be merged.
    int room = 70;             ///< Percent of a loop that a handoff may bring it to.

    int grow_at = 60;         ///< Percent of the busiest loop, evenly spread; then one is added.
    int shrink_at = 40;       ///< The same with one less; then one is retired.
    int collections_min = 1;  ///< 1 to collections_limit.
    int collections_max = 1;  ///< `collections_min` or more; equal: the number stays.
    int shards_min = 1;       ///< No merge leaves fewer.
    int shards_max = 10'000;  ///< No split makes more.

    int move_at = 8;        ///< Percent above the best distribution; then shards are moved.
    int move_to = 3;        ///< Percent above it that is good enough to stop.
    int move_floor = 2;     ///< Percent of a loop; a smaller difference is not worth a move.
    int moves_at_once = 8;  ///< In one operation. 1 to 100.

    /// Percent of a day's session starts that splits leave alone, and merges leave twice of it; the
    /// ledger's own reserve counts if it is more.
    int reserve = 40;

    duration sustain = std::chrono::minutes(2);         ///< So long a shard is hot before a split.
    duration merge_sustain = std::chrono::minutes(15);  ///< So long siblings are quiet.
    duration move_sustain = std::chrono::seconds(30);
    duration grow_sustain = std::chrono::minutes(1);
    duration shrink_sustain = std::chrono::minutes(15);
    /// After a split the halves are not merged, and after a merge the shard not split, for so long;
    /// nor is a collection retired that long after one was added.
    duration cool_down = std::chrono::minutes(30);
    /// A collection that is away for longer gives its shards to others. One that has not been up
    /// for so long in between counts as away since before.
    duration abandon_after = std::chrono::minutes(1);
    /// Of the average; what is older than three times this is not acted upon.
    duration time_constant = std::chrono::seconds(30);
    duration interval = std::chrono::seconds(5);  ///< Between two looks.

    bool operator==(const policy&) const = default;

    [[nodiscard]] duration stale_after() const { return 3 * time_constant; }
};

/// Whoever starts a collection gives it so long to load its plugins, and then ends its process.
inline constexpr duration start_max = std::chrono::seconds(30);

/// Fails with invalid_argument naming the setting, its value, what is possible and why.
[[nodiscard]] result<void> check(const policy& what);

}  // namespace tinfoil::scaling
