#pragma once

#include "base/time.hpp"
#include "sharding/algebra.hpp"
#include "sharding/identify_ledger.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinfoil::sharding {

/// What is known of a shard that would be replaced.
struct shard_facts {
    discord::slot slot;
    std::uint32_t guilds = 0;
    double load = 0;  ///< Of its collection's loop: 1 is all of one core.
    double decoding =
        0;  ///< The part of it that is inflating and scanning: a newer session costs it again.
    double heaviest_guild = 0;         ///< The part of it that its heaviest guild makes, 0 to 1.
    std::uint32_t voice_channels = 0;  ///< In which the bot is.
};

/// A change of the plan, or of sessions, that somebody thinks of.
struct wish {
    slots older, newer;        ///< The same keys. Equal where sessions are renewed.
    bool by_operator = false;  ///< May spend the reserve.
    bool forced = false;       ///< By hand, against what can be overruled.
};

/// What a wish is judged by.
struct circumstances {
    quote identifies;                 ///< identify_ledger::price() of identifies_of().
    ledger_view ledger;               ///< identify_ledger::look().
    std::vector<shard_facts> shards;  ///< Of all older ones that are known.
    /// Guilds of each newer slot, in the order of the wish, where whoever asks has counted them;
    /// otherwise they are taken to spread evenly.
    std::vector<std::uint32_t> newer_guilds;
    std::uint32_t shards_after = 0;  ///< Of the whole plan.
    /// Of a large bot: its shards are a multiple of this; 0 otherwise. Discord Docs/Gateway,
    /// "Sharding for Large Bots".
    std::uint32_t multiple = 0;
};

/// Why a change is not done.
enum class refusal : std::uint8_t {
    other_keys,       ///< Older and newer slots are not the same keys.
    no_starts,        ///< Discord allows fewer IDENTIFYs than it takes.
    reserve,          ///< It would eat the reserve, and no operator asks.
    suspended,        ///< Nobody may IDENTIFY now.
    budget_unknown,   ///< Discord has not told its numbers.
    too_many_guilds,  ///< More than 2,500 in one shard: close code 4011.
    not_a_multiple,   ///< Of a large bot: close code 4010.
    one_guild,        ///< A split can't help: one guild makes the load.
    voice,            ///< The bot's voice connections would break for a moment.
};
/// The name in JSON, as `one_guild`.
[[nodiscard]] std::string_view name(refusal why);
/// An operator can have it in spite of this.
[[nodiscard]] bool can_be_forced(refusal why);

struct objection {
    refusal why = refusal::other_keys;
    std::string text;  ///< A sentence: what, where, what to do.
};

/// What a change costs, and whether it may be done.
struct price {
    int identifies = 0;
    std::size_t handoffs = 0;       ///< One after another.
    duration usually{}, at_most{};  ///< From the first log entry to the last commit.
    double cpu = 0;  ///< More than now while both sides are live, in cores, at its highest.
    double load_before = 0, load_after = 0;  ///< Of the busiest shard of the wish.
    std::vector<objection> objections;       ///< Those that hold; empty: it may be done.
    std::vector<objection> overruled;        ///< Those that the wish's force puts aside.

    [[nodiscard]] bool may_be_done() const { return objections.empty(); }
};

/// One shard may have so many guilds. Discord Docs/Gateway, "Sharding".
inline constexpr std::uint32_t guilds_max = 2'500;
/// A guild that makes this part of a shard's load makes a split useless.
inline constexpr double heaviest_max = 0.8;

/// How many IDENTIFYs a change takes: one for each newer session.
[[nodiscard]] int identifies_of(const wish& what);

[[nodiscard]] price price_of(const wish& what, const circumstances& at);

}  // namespace tinfoil::sharding
