#pragma once

#include "base/time.hpp"
#include "scaling/policy.hpp"
#include "sharding/algebra.hpp"
#include "sharding/identify_ledger.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a decision of the scaler is made of, and what it is.
namespace tinfoil::scaling {

using milliseconds = std::int64_t;  ///< Whole, and relative to the moment of the decision.

struct shard_state {
    discord::slot slot;
    std::uint32_t collection = 0;
    bool is_known =
        false;  ///< Its load is settled. What is not known is neither moved nor changed.
    micro load = 0, decoding = 0;
    std::array<micro, 2> halves{};
    discord::snowflake heaviest_guild;
    micro heaviest = 0;
    std::uint32_t guilds = 0, voice_channels = 0;

    // The scaler's memory; whoever feeds it leaves these alone.
    milliseconds hot_for = 0;     ///< Since its load is at split_at or above.
    milliseconds quiet_for = 0;   ///< Since its load with its sibling's is at merge_at or below.
    milliseconds split_rest = 0;  ///< Until it may be split: cool-down, or after a failure.
    milliseconds merge_rest = 0;
    milliseconds move_rest = 0;
    milliseconds leave_rest = 0;  ///< Until it may leave a collection that has to be left.

    bool operator==(const shard_state&) const = default;
};

enum class collection_phase : std::uint8_t {
    up,
    starting,  ///< Its process begins, or begins again: it has its shards, and gets no others.
    down,      ///< It has ended and is not back.
    draining,  ///< An operator wants it empty.
};
/// `up`, `starting`, `down`, `draining`.
[[nodiscard]] std::string_view name(collection_phase is);

struct collection_state {
    std::uint32_t number = 0;
    collection_phase is = collection_phase::up;
    micro other = 0;  ///< Loop time that is no shard's.
    /// The scaler's memory. Of one that is `down` or `starting`: how long it has been either since
    /// it was `up` for `abandon_after`.
    milliseconds in_phase = 0;

    bool operator==(const collection_state&) const = default;
};

/// The session starts that a decision may count on; identify_ledger::look() has them.
struct starts_left {
    bool is_known = false;
    int total = 0, remaining = 0, reserve = 0, max_concurrency = 1;
    int waiting = 0;        ///< Shards that want to IDENTIFY now: they go first.
    std::string suspended;  ///< Why nobody may; empty: they may.

    bool operator==(const starts_left&) const = default;
};
[[nodiscard]] starts_left starts_of(const sharding::ledger_view& from);

/// Everything that decide() looks at.
struct situation {
    policy with;
    starts_left starts;
    bool shadow_passed = false;  ///< A handoff that only observed has passed against this API.
    std::uint32_t multiple = 0;  ///< Of a large bot, or 0; see sharding::circumstances.
    std::string under_way;       ///< What is being done now, by whomever; empty: nothing.
    std::vector<collection_state> collections;  ///< By number.
    std::vector<shard_state> shards;            ///< By slot; all of the plan.

    // The scaler's memory.
    milliseconds uneven_for = 0;   ///< Since shards could be spread better, by `move_at`.
    milliseconds crowded_for = 0;  ///< Since another collection is wanted.
    milliseconds roomy_for = 0;    ///< Since one less would do.
    milliseconds grow_rest = 0, shrink_rest = 0;

    bool operator==(const situation&) const = default;
};

// clang-format off
/// What the host is to do. The actions of a decision are one operation, done in their order; moves that follow each
/// other may be done at once.
struct move { discord::slot slot; std::uint32_t from = 0, to = 0; bool operator==(const move&) const = default; };              ///< By RESUME; no IDENTIFY.
struct replace { sharding::slots older, newer; std::uint32_t collection = 0; bool operator==(const replace&) const = default; };  ///< A handoff there, where all older ones are: split or merge.
struct add_collection { bool operator==(const add_collection&) const = default; };                                              ///< It gets the lowest number that is free.
struct retire_collection { std::uint32_t number = 0; bool operator==(const retire_collection&) const = default; };              ///< It has no shard any more.
using action = std::variant<move, replace, add_collection, retire_collection>;
// clang-format on

/// What it will be like: loads are shared out as they were counted, and go where the shard goes.
/// The new collection of add_collection is up at once.
void carry_out(const action& what, situation& to);

/// `moves 3/16 from 0 to 2`, `splits 0/1 in 0`.
[[nodiscard]] std::string to_string(const action& what);

/// What a decision is for.
enum class aim : std::uint8_t { none, evacuate, make_room, spread, split, merge, grow, shrink };
/// `none`, `evacuate`, `make_room`, `spread`, `split`, `merge`, `grow`, `shrink`.
[[nodiscard]] std::string_view name(aim which);

/// Something that would have been done, and is not.
struct refused {
    aim what = aim::none;
    std::string subject;  ///< A slot; `collections`.
    std::string reason;   ///< As `reserve`, `cool_down`, `no_room`: for programs.
    std::string text;     ///< A sentence.

    bool operator==(const refused&) const = default;
};

struct decision {
    aim what = aim::none;
    std::vector<action> actions;  ///< Empty with `none`.
    std::string why;              ///< A sentence.
    int identifies = 0;
    milliseconds usually = 0;              ///< It takes.
    micro busiest = 0, busiest_after = 0;  ///< The busiest collection, without overlap.
    micro overlap = 0;                     ///< More than now while it lasts.
    std::vector<refused> refusals;

    bool operator==(const decision&) const = default;
};

/// `43 %`, of a loop.
[[nodiscard]] std::string in_percent(micro of);

}  // namespace tinfoil::scaling
