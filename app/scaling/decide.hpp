#pragma once

#include "scaling/situation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tinfoil::scaling {

/// What holds now, for the scaler to know how long it has held.
struct conditions {
    bool uneven = false;           ///< Shards could be spread better.
    bool crowded = false;          ///< Another collection is wanted, and would help.
    bool roomy = false;            ///< One collection less would do.
    std::vector<bool> hot, quiet;  ///< Of each shard, in the order of the situation.
};
[[nodiscard]] conditions conditions_of(const situation& at);

/// What is to be done now; at most one operation. A pure function: the same situation, the same
/// decision, whenever it is asked again.
///
/// In this order: shards leave collections that drain or are down for good; a collection too few or
/// too many; shards that are too heavy or have too many guilds are split, after others were moved
/// away where their loop has no room for it; a collection is added; shards are spread; quiet
/// siblings are merged; a collection is retired. What would come next and may not is among the
/// refusals, with the reason.
///
/// With mode `advise` the decision is the same; it is the caller who does not do it.
[[nodiscard]] decision decide(const situation& at);

/// Why nothing may change the plan by itself, for people; empty: it may.
[[nodiscard]] std::string plan_is_fixed(const situation& at);

/// Half of twice as many, or twice of half: the slot that makes `which` whole again; nothing for
/// one of an odd number.
[[nodiscard]] std::optional<discord::slot> sibling(discord::slot which);

/// Splits this shard in the collection where it is, at any mode; `refusal` has the first reason
/// against it that an operator can't overrule (all of them count without an operator).
struct change {
    replace what;
    int identifies = 0;
    duration usually{}, at_most{};
    micro overlap = 0;
    std::optional<refused> refusal;
};
[[nodiscard]] change split_of(const situation& at, const shard_state& which, bool by_operator);
[[nodiscard]] change merge_of(const situation& at, const shard_state& one, const shard_state& other,
                              bool by_operator);

/// A move by RESUME takes about so long.
inline constexpr milliseconds move_usually = 2'000;
/// A process needs so long to begin.
inline constexpr milliseconds start_usually = 5'000;
/// Percent of a loop that a handoff may fill for its half a minute.
inline constexpr int overlap_max = 90;

}  // namespace tinfoil::scaling
