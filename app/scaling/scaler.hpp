#pragma once

#include "base/time.hpp"
#include "scaling/decide.hpp"
#include "scaling/situation.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::scaling {

/// What became of one action.
struct outcome {
    /// `called_off`: an operator ended it, and does not want it again soon.
    enum class kind : std::uint8_t { done, failed, not_tried, called_off } is = kind::done;
    std::string why;  ///< Of what failed or was called off: a sentence.
};

/// An action of an earlier run, so that its cool-down goes on. One that failed then means nothing:
/// a host that begins anew tries again.
struct past_action {
    aim why = aim::none;  ///< Of its decision.
    action what;
    outcome::kind how = outcome::kind::done;
    duration ago{};
};

// clang-format off
struct remembered { std::vector<past_action> actions; std::uint64_t last = 0; };  ///< Once, at the begin. Decisions are numbered from behind `last`.
struct looked { situation what; };                        ///< At deadline() or when something has changed. Its memory fields are ignored.
struct ended { std::uint64_t number = 0; std::vector<outcome> actions; };  ///< Of a `decided`; in the order of its actions, all of them.
using scaler_input = std::variant<remembered, looked, ended>;

/// A decision, with all that it was made of: to be stored (record.hpp), logged, and done.
struct decided {
    std::uint64_t number = 0;   ///< Counts up.
    situation at;
    decision what;
    bool is_to_be_done = false; ///< `ended` follows. Otherwise it is advice, or says why nothing is done.
};
using scaler_action = std::variant<decided>;
// clang-format on

/// The load balancer: looks at loads again and again, and says what to change.
///
/// How a driver feeds it. Collections feed a `meter` and send its samples; the host puts them into
/// a `load_book`. At `deadline()` the driver makes a `situation`: the policy, `starts_of()` the
/// ledger, every collection with its phase and `other`, every shard of the plan in the order of its
/// slot with the collection that has it (or is about to have it again), its load from the book
/// (`is_known` is `is_settled` there, and that its session is up), and in `under_way` what the host
/// is doing to the plan or to a placement by somebody else's wish. It feeds `looked`, and for every
/// `decided`: stores `to_line()`; if `is_to_be_done`, does its actions in their order (moves that
/// follow each other may go at once, the first failure ends it), tells the book of a committed
/// `replace`, and feeds `ended` with an outcome for each. `add_collection` is done when the new
/// process has said that it is loaded, `retire_collection` when the process has ended.
///
/// States: *looking*; *acting*, from a `decided` that is to be done to its `ended`. One operation
/// at a time, whoever wants it.
///
/// Failure modes: an action that fails (its shard, or adding, rests: five minutes for a split or
/// merge, one for the rest, doubled each time up to six hours and one, until it succeeds; up to
/// five minutes where nobody serves the shard, and then other rests of it don't count); an
/// operation that never ends (failed after `operation_max`); loads that nobody sends (not acted
/// upon); a host that begins anew (`remembered` keeps cool-downs; sustained times begin anew).
///
/// `decided` without actions comes when something is refused that was not for an hour, and for
/// advice once an hour or when it changes; so a steady state says nothing. Bounds: an entry a slot
/// of the plan and a collection, and one for each refusal of an hour.
class scaler {
public:
    /// The longest handoff takes four and a half minutes, a retired collection some moves more.
    static constexpr duration operation_max = std::chrono::minutes(15);
    static constexpr duration advice_interval = std::chrono::hours(1);

    void on(const scaler_input& what, instant now, std::vector<scaler_action>& todo);
    /// When to look again.
    [[nodiscard]] instant deadline() const { return next_look_; }

    [[nodiscard]] bool is_acting() const { return under_way_.has_value(); }

private:
    using actions = std::vector<scaler_action>;
    struct resting {
        instant split{}, merge{}, move{}, leave{};
        int split_failures = 0, merge_failures = 0, move_failures = 0, leave_failures = 0;
    };
    struct operation {
        std::uint64_t number = 0;
        decision what;
        instant until = never;
    };
    struct presence {
        collection_phase is = collection_phase::up;
        instant since{}, seen{};
        duration away{};  ///< In all since it was up for long.
    };
    using refusal_key = std::tuple<aim, std::string, std::string>;

    void recall_past();
    void look(situation at, instant now, actions& todo);
    void recall(situation& at, instant now);
    void recall_phases(situation& at, instant now);
    void recall_rests(situation& at, instant now);
    void keep_only(const situation& at);
    void tell(situation at, decision what, instant now, actions& todo);
    void end(const ended& what, instant now);
    void end_action(aim why, const action& what, const outcome& how, instant now);
    void end_move(aim why, discord::slot which, bool is_done, instant now);
    void hold_back(const action& what, instant until);
    void on_replaced(const replace& what, const outcome& how, instant now);

    policy how_;
    std::vector<std::pair<past_action, instant>>
        past_;  ///< Until the first look says how long they rest.
    std::uint64_t numbers_ = 0;
    instant next_look_{};
    std::optional<operation> under_way_;
    std::map<discord::slot, instant> hot_since_, quiet_since_;
    std::map<discord::slot, resting> rests_;
    std::map<std::uint32_t, presence> phases_;
    std::optional<instant> uneven_since_, crowded_since_, roomy_since_;
    instant grow_at_{}, shrink_at_{};
    int grow_failures_ = 0;
    std::map<refusal_key, instant> refusals_told_;  ///< And when they were seen last.
    std::vector<action> advised_;
    instant advised_at_{};
};

}  // namespace tinfoil::scaling
