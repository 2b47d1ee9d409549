#pragma once

#include "base/error.hpp"
#include "host/fleet.hpp"
#include "host/operation.hpp"
#include "scaling/scaler.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinfoil::host {

/// A row of actions that somebody wants done: a decision of the scaler, or a plan of an operator.
struct errand {
    std::uint64_t id = 0;  ///< Never the same twice in a run.
    std::string what;      ///< `rebalance`, `drain of collection 2`, `decision 12`.
    operation_origin origin = operation_origin::by_scaler;
    std::vector<scaling::action> actions;
    /// Where it came from, to compare (`decided` and `ended` of a scaler go by that).
    std::uint64_t decision = 0;
};

enum class errand_stage : std::uint8_t { waiting, running, done, failed, skipped };
enum class errand_state : std::uint8_t { none, running, done, failed, cancelled };
/// `waiting`, `running`, `done`, `failed`, `skipped`.
[[nodiscard]] std::string_view name(errand_stage of);
/// `none`, `running`, `done`, `failed`, `cancelled`.
[[nodiscard]] std::string_view name(errand_state of);

struct errand_progress {
    struct step {
        scaling::action what;
        errand_stage where = errand_stage::waiting;
        std::uint64_t operation = 0;  ///< That does it, or did; 0: none.
        std::string why;              ///< Of a failure, or of a loss: a sentence.
    };
    std::uint64_t id = 0;
    std::string what;
    operation_origin origin = operation_origin::by_scaler;
    errand_state state = errand_state::none;
    std::vector<step> steps;
    std::string why;  ///< Of what failed or was cancelled: a sentence.

    [[nodiscard]] std::size_t done() const;
};

// clang-format off
struct errand_wanted { errand what; };           ///< While none runs; another one is dropped.
struct operation_begun { result<operation_view> what; };  ///< Follows ask_operation, at once.
struct operation_told { operation_view what; };  ///< An operation is other than before.
struct errand_elapsed {};
struct errand_cancelled {};                      ///< What is under way ends as an operation that is cancelled does; nothing else begins.
using errand_input = std::variant<errand_wanted, operation_begun, operation_told, collection_over, errand_cancelled, errand_elapsed>;

struct ask_operation { operation_wish what; };   ///< `operation_begun` follows, and `operation_told` until it is over.
struct cancel_operation { std::uint64_t id; };
struct errand_changed {};                        ///< look() is other than before.
struct errand_over { errand what; std::vector<scaling::outcome> outcomes; };  ///< In the order of its actions.
using errand_action = std::variant<ask_operation, cancel_operation, add_collection, retire_collection,
                                   errand_changed, errand_over>;
// clang-format on

/// Does the actions of one errand in their order, by operations on shards and by the fleet. Moves
/// to the same collection that follow each other are one operation.
///
/// Failure modes: an action that fails or is refused (the errand ends there, and what is done
/// stays); one whose operation somebody cancels (it is cancelled, too); one that does not end in
/// `step_max`, though operations and the fleet have deadlines of their own (the same, and what it
/// still does is nobody's).
class errand_runner {
public:
    static constexpr duration step_max = std::chrono::hours(2);

    void on(const errand_input& what, instant now, std::vector<errand_action>& todo);
    [[nodiscard]] instant deadline() const { return until_; }

    [[nodiscard]] bool is_busy() const { return view_.state == errand_state::running; }
    /// The one that runs, or the last.
    [[nodiscard]] const errand_progress& look() const { return view_; }

private:
    using actions = std::vector<errand_action>;

    void begin(const errand& what, actions& todo);
    void cancel(actions& todo);
    void step(actions& todo);
    void ask(operation_wish what, actions& todo);
    void on_operation(const operation_view& of, actions& todo);
    void on_collection(const collection_over& what, actions& todo);
    /// The steps under way, one or several moves, have ended.
    void conclude(std::size_t done, std::string failed, std::string lost, actions& todo);
    void finish(errand_state how, std::string why, actions& todo);

    errand own_;
    errand_progress view_;
    std::size_t at_ = 0, behind_ = 0;  ///< The steps under way: from the one, up to the other.
    std::uint64_t operation_ = 0;      ///< That does them.
    bool is_cancelled_ = false;
    instant now_{}, until_ = never;
};

}  // namespace tinfoil::host
