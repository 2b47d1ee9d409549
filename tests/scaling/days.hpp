#pragma once

#include "scaling/rehearsal.hpp"

#include <map>
#include <string>
#include <vector>

/// The promises of the scaler, each judged on its own: they know nothing of how it decides.
namespace tinfoil::scaling_test {

/// Which promise is broken on purpose, to see that it is noticed.
enum class sabotage {
    none,
    owner,
    second_owner,
    reserve,
    guilds,
    spread,
    flapping,
    hourly,
    overlap
};

/// What a rehearsal came to.
struct day {
    std::vector<std::string> broken;  ///< At most ten sentences.
    int moves = 0, splits = 0, merges = 0, added = 0, retired = 0, failed = 0, identifies = 0;
    int shards_least = 0, shards_most = 0, collections_least = 0, collections_most = 0;
    int refusals = 0;
    int guilds_most = 0;                ///< In one shard.
    int hourly_most = 0;                ///< Actions within an hour, after the first.
    std::int64_t uneven_longest_s = 0;  ///< Longest above 1.1 times largest first.
    double hottest = 0;                 ///< The busiest collection ever, as a part of a loop.
};

/// The least that the busiest collection can be, by largest first on true loads.
[[nodiscard]] scaling::micro largest_first(const scaling::stage& at, scaling::micro other);

/// Plays the curve to its end and looks at the stage at every step.
[[nodiscard]] day play(const scaling::curve& what, std::uint64_t seed, bool is_steady = false,
                       sabotage broken = sabotage::none);

}  // namespace tinfoil::scaling_test
