#pragma once

#include "base/time.hpp"
#include "host/fleet.hpp"
#include "host/operation.hpp"
#include "host/operations_plan.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::host {

/// What handoffs have shown of Discord; kept in the state.
struct handoff_experience {
    bool has_shadow_passed = false;  ///< One was observed to its end, and no assumption broke.
    bool trusts_answers = true;      ///< No handoff has seen answers overtake events.
};

// clang-format off
struct operations_known { std::uint64_t last_id = 0; handoff_experience learned; };  ///< First: of earlier runs.
struct operation_asked { std::uint64_t ticket; operation_wish what; };  ///< `operation_answer` follows at once.
struct operation_cancelled { std::uint64_t ticket; std::optional<std::uint64_t> id; };  ///< That one, or the one that runs. `operation_answer` follows at once.
struct identify_spent { discord::slot slot; };
struct plugins_changed {};                       ///< What they want, or what sessions have, may be other than before.
struct operations_stop {};                       ///< The host ends.
struct operations_elapsed {};
using operations_input = std::variant<operations_known, operation_asked, operation_cancelled, handoff_over, move_over,
                                      link::handoff_look, link::shard_gap, identify_spent, plugins_changed,
                                      operations_stop, operations_elapsed>;

struct operation_answer { std::uint64_t ticket; result<operation_view> what; };
struct operation_changed { operation_view what; };  ///< For whoever watches.
struct keep_operation { operation_view what; };     ///< In the state, in place of what it has of that id.
struct keep_experience { handoff_experience what; };
using operations_action = std::variant<operation_answer, operation_changed, keep_operation, keep_experience, say,
                                       begin_handoff, cancel_handoff, begin_move>;
// clang-format on

/// What operators, the scaler and plugins want done with shards, one operation after the other: an
/// operation is a row of handoffs and moves, which host::fleet does. What is done stays done: each
/// handoff leaves a plan that is whole.
///
/// Failure modes: a wish that makes no sense or costs too much (an answer says why, and nothing
/// begins); a handoff or a move that fails (the operation ends with its reason, and what was done
/// before stays); one that is cancelled (the same, before the next commit); too few session starts
/// when it is the next part's turn (it ends, saying so); a stop of the host (it is interrupted, and
/// is not taken up again).
///
/// Every wait is for the fleet, which has a deadline for each.
/// Bounds: waiting_max operations wait; an operation has as many reports as handoffs, at most
/// reports_max.
class operations {
public:
    static constexpr std::size_t waiting_max = 16;
    static constexpr std::size_t reports_max = 256;
    /// Plugins may come and go together.
    static constexpr duration intents_wait = std::chrono::seconds(5);
    /// While Discord has not said how many session starts are left.
    static constexpr duration intents_again = std::chrono::seconds(30);

    /// The ledger outlives this.
    explicit operations(const sharding::identify_ledger& ledger) : ledger_(&ledger) {}

    void on(const operations_input& what, const situation& at, instant now,
            std::vector<operations_action>& todo);
    [[nodiscard]] instant deadline() const { return intents_due_; }

    /// The one that runs, then those that wait.
    [[nodiscard]] std::vector<operation_view> look() const;
    [[nodiscard]] const operation_view* running() const { return job_ ? &job_->view : nullptr; }
    [[nodiscard]] const handoff_experience& learned() const { return learned_; }

private:
    using actions = std::vector<operations_action>;
    struct job {
        operation_view view;
        std::vector<sharding::component> parts;
        std::size_t part = 0;
        std::uint64_t handoff = 0;          // That is under way.
        std::optional<discord::slot> move;  // That is under way.
        instant part_began{};
        std::optional<std::string> cancelled;
        std::vector<std::string> losses;  // Sentences, at most a few.
        /// Its handoff writes its commit, or has.
        [[nodiscard]] bool is_past_cancel() const;
    };

    void on_asked(const operation_asked& what, const situation& at, instant now, actions& todo);
    [[nodiscard]] result<operation_view> ask(const operation_wish& what, const situation& at,
                                             actions& todo);
    [[nodiscard]] result<operation_view> cancel(const operation_cancelled& what,
                                                const situation& at, actions& todo);
    void on_handoff_over(const handoff_over& what, const situation& at, instant now, actions& todo);
    void on_move_over(const move_over& what, const situation& at, instant now, actions& todo);
    void on_look(const link::handoff_look& what, instant now, actions& todo);
    void on_gap(const link::shard_gap& what, actions& todo);
    void learn(const handoff_over& what, bool observed, actions& todo);
    void look_at_intents(const situation& at, instant now, actions& todo);
    void go_on(const situation& at, instant now, actions& todo);
    [[nodiscard]] bool begin_next(const situation& at, instant now, actions& todo);
    void step(const situation& at, instant now, actions& todo);
    void hand_over(const situation& at, instant now, actions& todo);
    void move(const shard_move& what, instant now, actions& todo);
    void finish(operation_state how, std::string why, const situation& at, actions& todo);
    void change(actions& todo) const;
    [[nodiscard]] std::optional<discord::slot> next_to_move(const situation& at) const;
    [[nodiscard]] std::string so_far() const;

    const sharding::identify_ledger* ledger_;
    std::uint64_t last_id_ = 0;
    handoff_experience learned_;
    std::optional<job> job_;
    std::deque<operation_view> waiting_;
    bool stopping_ = false;
    instant intents_due_ = never;
    std::uint64_t intents_judged_ = 0;  // That were looked at last.
};

/// The count of that name in a report of link::handoff_ended, wherever it stands; 0 where there is
/// none.
[[nodiscard]] std::uint64_t count_in_report(const std::string& report, std::string_view name);

}  // namespace tinfoil::host
