#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "discord/slot.hpp"
#include "sharding/price.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What operators, the scaler and plugins may want done with shards, and what became of it.
namespace tinfoil::host {

enum class operation_kind : std::uint8_t {
    split,    ///< One shard into several of equal size.
    merge,    ///< Several into the one that is the same keys.
    reshard,  ///< The whole plan into so many of equal size.
    renew,    ///< The same slots with new sessions: for other intents, say.
    move,     ///< Shards to another collection, by RESUME.
};
enum class operation_mode : std::uint8_t {
    perform,
    quote,   ///< `--dry-run`: only what it would cost.
    shadow,  ///< `--dry-run=shadow`: newer sessions are followed for a while and ended; nothing is
             ///< committed.
};
enum class operation_origin : std::uint8_t { by_operator, by_scaler, for_intents };

/// What is wanted.
struct operation_wish {
    operation_kind kind = operation_kind::split;
    operation_mode mode = operation_mode::perform;
    operation_origin origin = operation_origin::by_operator;
    std::vector<discord::slot> slots;  ///< Of the plan as it is; of a reshard: none.
    std::uint32_t count = 0;           ///< Of a split: parts, 2 or more; of a reshard: shards.
    std::uint32_t to = 0;              ///< Of a move: the number of a collection.
    duration observe_for = std::chrono::minutes(3);  ///< Of a shadow.
    bool forced = false;                             ///< See sharding::can_be_forced().
};

/// What it costs, or why it is not done.
struct operation_quote {
    std::vector<discord::slot> older,
        newer;                ///< Equal sets of keys; of a move both are what moves.
    std::uint32_t parts = 0;  ///< Handoffs, one after another.
    std::uint32_t moves = 0;  ///< Shards that change their collection meanwhile.
    int identifies = 0;
    duration takes{};         ///< Roughly.
    double overlap_load = 0;  ///< Of one core, while both sides are live; 0: unknown.
    std::vector<sharding::objection> objections;  ///< None: it may be done.
    std::vector<sharding::objection> overruled;   ///< By force.
    duration at_most{};                           ///< Until the last handoff gives up.
    [[nodiscard]] bool may_go() const { return objections.empty(); }
};

enum class operation_state : std::uint8_t {
    waiting,
    running,
    done,
    failed,
    cancelled,
    interrupted
};
/// Nothing more comes of it.
[[nodiscard]] bool is_over(operation_state state);
[[nodiscard]] std::string_view name(operation_kind of);
[[nodiscard]] std::string_view name(operation_state of);
[[nodiscard]] std::string_view name(operation_origin of);

/// One operation, now or of the past.
struct operation_view {
    std::uint64_t id = 0;
    operation_wish wish;
    operation_quote quote;
    operation_state state = operation_state::waiting;
    std::string why;                          ///< Of what did not go well: a sentence.
    std::int64_t asked_ms = 0, ended_ms = 0;  ///< Since 1970; 0: not ended.
    std::uint32_t parts_done = 0, moves_done = 0;
    // Of the handoff that runs now; see link::handoff_look.
    std::string phase, waits_for;
    std::uint64_t streams = 0, proven = 0, held = 0, held_bytes = 0;
    std::optional<duration> left;      ///< Roughly.
    int identifies = 0;                ///< That were spent.
    bool is_exact = false;             ///< Every handoff of it; of a move: nothing was lost.
    std::vector<std::string> reports;  ///< A JSON object for each handoff: see link::handoff_ended.
    std::optional<std::uint64_t>
        pause_us;  ///< Of a move: the longest that a shard was not connected.
};

}  // namespace tinfoil::host
