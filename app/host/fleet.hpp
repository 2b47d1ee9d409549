#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "gateway/backoff.hpp"
#include "host/restart.hpp"
#include "link/message.hpp"
#include "scaling/policy.hpp"
#include "sharding/algebra.hpp"
#include "sharding/identify_ledger.hpp"
#include "sharding/plan_change.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinfoil::host {

// clang-format off
struct fleet_plan {                              ///< Once, first.
    std::vector<discord::slot> slots;
    std::vector<discord::session_record> known;  ///< Sessions of earlier runs; those of other slots are forgotten.
    std::vector<sharding::past_identify> rows;   ///< Of the identify ledger, of the last 24 hours.
    std::string gateway_url;
    std::uint64_t granted = 0;                   ///< Privileged intents that the application may use.
    int recommended = 1;                         ///< Shards, by Discord.
    std::uint32_t collections = 1;               ///< At most so many; never more than slots.
    std::uint64_t epoch = 1;                     ///< Of the first process; those of earlier runs were lower.
    bool in_process = false;                     ///< Nobody can end a collection, so nobody watches it.
    duration handler_hung = std::chrono::seconds(5);  ///< A collection that is silent for longer, and a little, is.
    std::vector<sharding::handoff_record> handoffs = {};  ///< That are not settled; those of other sessions are dropped.
};
struct heard { std::uint32_t number; std::uint64_t epoch; link::message what; };  ///< From a collection.
struct gone {                                    ///< A collection's process has ended.
    std::uint32_t number;
    std::uint64_t epoch;
    std::optional<std::vector<discord::session_record>> left;  ///< What its record file holds; nothing if it can't be trusted.
    std::string how;                             ///< For people: `killed by signal 9`.
};
struct identify_recorded { discord::slot slot; std::optional<error> failed; };  ///< Follows record_identify.
struct not_kept { std::vector<discord::slot> slots; };  ///< keep_sessions failed; it is tried again.
struct token_refused { std::string why; };       ///< REST got a 401 with the bot token.
struct token_renewed {};                         ///< Collections that start from now on have another one, or the same proven good.
struct intents_known { std::uint64_t granted; int recommended; };  ///< Discord's answer to ask_intents.
/// Replaces the sessions of these shards of one collection by those of other slots of the same keys. `handoff_over` follows.
struct begin_handoff {
    std::uint64_t id;                            ///< Never the same twice.
    std::vector<discord::slot> older, newer;
    std::uint64_t own_user;                      ///< The bot's.
    bool trust_answers;
    duration observe_for;                        ///< 0: to the commit.
    std::uint64_t wall_ms;                       ///< The time of day, in ms since 1970.
    bool may_spend_reserve;
};
struct cancel_handoff { std::uint64_t id; std::string why; };  ///< `handoff_over` follows as ever.
struct commit_written { std::uint64_t id; std::optional<error> failed; };  ///< Follows write_commit.
struct begin_move { discord::slot slot; std::uint32_t to; };  ///< `move_over` follows.
struct add_collection {};                        ///< One more, without shards. `collection_over` follows, unless the host stops.
struct retire_collection { std::uint32_t number; };  ///< One without shards; another may get its number later. `collection_over` likewise.
/// Ends each of them and begins it again as that build, one after the other; see can_restart(). `restart_changed` follows.
struct begin_restart { std::vector<std::uint32_t> order; std::uint32_t build; };  ///< A build is never used twice.
struct cancel_restart {};                        ///< Behind the collection that is under way.
struct fleet_stop { bool end_sessions; };
struct fleet_elapsed {};
using fleet_input = std::variant<fleet_plan, sharding::budget, sharding::released, heard, gone, identify_recorded, not_kept,
                                 token_refused, token_renewed, intents_known, begin_handoff, cancel_handoff, commit_written,
                                 begin_move, add_collection, retire_collection, begin_restart, cancel_restart, fleet_stop, fleet_elapsed>;

/// With these privileged intents, as that build of the executable (0: what the host runs); `heard` loaded or `gone` follows.
struct spawn { std::uint32_t number; std::uint64_t epoch; std::uint64_t granted; std::uint32_t build; };
struct end_process { std::uint32_t number; };                      ///< By force; `gone` follows.
struct tell { std::uint32_t number; link::message what; };
struct record_identify { discord::slot slot; sharding::reason why; };  ///< A row on the disk; `identify_recorded` follows.
struct keep_sessions { std::vector<discord::session_record> what; discord::cursor_use use; std::uint32_t number; };
struct forget_session { discord::slot slot; std::uint32_t generation; };
struct say { bool warning; std::string text; };                    ///< For people.
struct shard_lost { error why; };                                  ///< It will not come back without an operator.
struct ask_budget {};                                              ///< Of Discord; `budget` follows, or it is asked again.
struct ask_intents {};                                             ///< Of Discord, until it answers; `intents_known` follows.
struct check_token { duration wait; };                             ///< The gateway refused it: ask REST; `token_refused` or `token_renewed` follows.
struct start_refused { error why; };                               ///< No collection can begin.
struct write_commit { std::uint64_t id; sharding::plan_change what; };  ///< `commit_written` follows.
struct keep_handoff_record { sharding::handoff_record what; };     ///< In place of the one before.
struct drop_handoff_record { discord::slot slot; std::string session_id; };
struct handoff_over { std::uint64_t id; bool committed, exact; std::string why, report; };  ///< See link::handoff_ended.
/// A shard is where it was to go, or stays.
struct move_over {
    discord::slot slot;
    std::optional<error> failed;
    bool resumed;                                ///< Or had no session yet. Otherwise that is lost, and events with it.
    duration pause;                              ///< That it was not connected, also before the move where its collection was down.
};
/// One that was wanted is there and has loaded its plugins, or one that was not has ended.
struct collection_over {
    bool added;                                  ///< Otherwise retired.
    std::uint32_t number;                        ///< 0 where none could be added.
    std::optional<error> failed;
};
struct restart_changed {};                       ///< restart() is other than before.
struct fleet_ended { std::uint64_t unfinished; };                  ///< Final; with how many handlers cut off.
using fleet_action = std::variant<spawn, end_process, tell, record_identify, keep_sessions, forget_session,
                                  say, shard_lost, ask_budget, ask_intents, check_token, start_refused, write_commit,
                                  keep_handoff_record, drop_handoff_record, handoff_over, move_over, collection_over, restart_changed, fleet_ended>;
// clang-format on

/// `collection 3`.
[[nodiscard]] std::string collection_name(std::uint32_t number);

/// The host's decisions about its collections: which shards each serves, when one is started again,
/// whose turn it is to IDENTIFY, and what is known of every session. RESUME asks nobody: a
/// collection that begins gets its sessions and goes.
///
/// Failure modes: a collection that ends (its sessions go to its next process, which begins at
/// once, or after a growing wait when it keeps ending); one that is silent for `pulse_patience`
/// (ended by force); one that never begins; an IDENTIFY that can't be recorded (its turn is not
/// given); messages of a process that has been replaced (dropped by their epoch); a token that
/// Discord refuses (nobody identifies until there is another, then every collection starts anew
/// with it); an intent that was switched off meanwhile (its collection starts anew with what is
/// granted). At a new start in order sessions RESUME.
///
/// A *handoff* of a collection's shards has its own sessions beside those of the plan until its
/// commit is written; then they are the plan's, in one step, and whatever comes of the older ones
/// is dropped. At any crash the one or the other are known, never both. While it lives the older
/// shards don't ask for turns: equal slots may stand on both sides, and the ledger knows slots.
/// A *move* changes the owner of a shard when its collection has let go of it, or at once where no
/// process of that has it, so that a crash of either finds it with somebody. A collection that
/// answers neither in time is ended by force.
///
/// A *restart* of all collections has one of them away at a time: the next one ends when every
/// session of all others is back. At the first that is not back, or that loses a session, it ends:
/// that one begins again as the build that it was before, and the rest are left alone.
class fleet {
public:
    static constexpr duration start_patience = scaling::start_max;
    /// At least; a collection that ends itself since a plugin hangs says more of it than we can.
    static constexpr duration pulse_patience = std::chrono::seconds(7);
    static constexpr duration patience_beyond_hung = std::chrono::seconds(2);
    static constexpr duration stop_patience = std::chrono::milliseconds(950);
    /// A loss of power takes back no more than this.
    static constexpr duration flush_interval = std::chrono::seconds(1);
    /// Between two tries to record an IDENTIFY.
    static constexpr duration record_interval = std::chrono::seconds(30);
    /// So many processes may end before one begins; then the run is refused.
    static constexpr std::uint64_t starts_max = 5;
    /// One that lived for so long is started again without a wait.
    static constexpr duration steady_after = std::chrono::seconds(60);

    /// So often in an hour a collection is started anew for intents.
    static constexpr std::size_t intents_tries_max = 3;

    /// Until a handoff that was begun, without what it observes, is told to end; and until its
    /// collection has to have ended it then.
    static constexpr duration handoff_max = std::chrono::minutes(22);
    static constexpr duration handoff_patience = std::chrono::seconds(30);
    /// Until a collection has to have let go of a shard, and until its session has to be back.
    static constexpr duration leave_max = std::chrono::seconds(30);
    static constexpr duration arrive_max = std::chrono::minutes(2);
    static constexpr std::size_t collections_max = scaling::collections_limit;
    /// Of a restart: until all are up before the next one ends; and until the sessions of one that
    /// has begun are back, beside what their RESUMEs take when none fails.
    static constexpr duration restart_patience = std::chrono::minutes(2);

    explicit fleet(std::uint64_t seed, sharding::ledger_settings ledger = {})
        : random_(seed),
          ledger_(ledger)
    {
    }

    void on(const fleet_input& what, instant now, std::vector<fleet_action>& todo);
    [[nodiscard]] instant deadline() const;

    enum class phase { starting, running, waiting, stopping, ended };
    struct collection {
        phase where = phase::starting;
        std::uint64_t epoch = 0;
        std::uint64_t restarts = 0;
        std::vector<discord::slot> slots;
        std::uint64_t lag_us = 0, unfinished = 0;  ///< As of the last pulse.

        instant until = never;
        instant began{};
        std::optional<instant> unserved_since{};  ///< No process has had its shards since then.
        gateway::backoff wait{std::chrono::seconds(1), std::chrono::seconds(30)};
        bool said_stopped = false;
        bool condemned = false;  ///< end_process was asked for.
        bool returns = false;    ///< It stops to begin anew at once.
        bool stale = false;      ///< Its process began with what is no longer so.
        bool retires = false;    ///< It stops for good, or has.
        bool is_added = false;   ///< While it runs, and has not begun before.
        std::uint64_t granted = 0;
        std::uint32_t build = 0;
        sharding::loop_counter denials;  ///< Of intents.
    };
    [[nodiscard]] const std::vector<collection>& collections() const { return collections_; }
    [[nodiscard]] const std::map<discord::slot, discord::session_record>& sessions() const
    {
        return known_;
    }

    [[nodiscard]] const sharding::identify_ledger& ledger() const { return ledger_; }
    /// Of the handoff that is under way; 0: none.
    [[nodiscard]] std::uint64_t handoff() const { return handoff_ ? handoff_->id : 0; }
    /// What sessions still need that took over from others.
    [[nodiscard]] const std::map<discord::slot, sharding::handoff_record>& handoff_records() const
    {
        return records_;
    }
    [[nodiscard]] bool is_moving(discord::slot slot) const { return moves_.contains(slot); }
    /// Why a restart can't begin now: errc::invalid_argument where it never can, errc::cancelled
    /// while something else is under way.
    [[nodiscard]] result<void> can_restart() const;
    /// The one that is under way, or the last; no steps: there was none.
    [[nodiscard]] const restart_progress& restart() const { return restart_.view; }

private:
    using actions = std::vector<fleet_action>;

    void on_plan(const fleet_plan& how, instant now, actions& todo);
    void on_heard(const heard& from, instant now, actions& todo);
    void on_loaded(std::uint32_t number, const link::loaded& what, instant now, actions& todo);
    void on_pulse(std::uint32_t number, const link::pulse& what, instant now, actions& todo);
    void on_session(std::uint32_t number, const link::message& what, instant now, actions& todo);
    void on_gone(const gone& what, instant now, actions& todo);
    void on_recorded(const identify_recorded& what, instant now, actions& todo);
    void on_shard_stopped(std::uint32_t number, const link::shard_stopped& what, instant now,
                          actions& todo);
    void on_denied(std::uint32_t number, const link::shard_stopped& what, instant now,
                   actions& todo);
    void on_intents(const intents_known& what, instant now, actions& todo);
    void suspend(const std::string& why, instant now, actions& todo);
    void on_token_renewed(instant now, actions& todo);
    void renew(std::uint32_t number, instant now, actions& todo);
    void request(discord::slot slot, instant now, actions& todo);
    void was_up(discord::slot slot);
    void on_stop(bool end_sessions, instant now, actions& todo);
    void on_elapsed(instant now, actions& todo);
    void start(std::uint32_t number, instant now, actions& todo);
    void condemn(std::uint32_t number, std::string why, instant now, actions& todo);
    void take_over(const collection& own, const gone& what, actions& todo);
    void settle(std::uint32_t number, actions& todo);
    void forget(discord::slot slot, actions& todo);
    void ask_ledger(const sharding::identify_ledger_input& what, instant now, actions& todo);
    void end_if_all_ended(actions& todo);
    [[nodiscard]] std::vector<discord::session_record> records_of(const collection& own) const;

    struct newer_session {
        discord::session_record what;
        std::uint32_t asked = 0;            // Which connection asked last.
        std::optional<std::uint32_t> turn;  // For which one a row is being written.
    };
    struct handoff_run {
        std::uint64_t id = 0;
        std::uint32_t number = 0;  // The collection.
        std::vector<discord::slot> older;
        std::vector<newer_session> newer;
        bool may_spend_reserve = false;
        enum class stage : std::uint8_t { running, told_to_end, writing, committed };
        stage where = stage::running;
        bool is_orphaned = false;  // Its collection ended while the commit was written.
        instant until = never;
        std::map<discord::slot, std::uint32_t> parked;  // Older ones that want to identify.
        std::vector<sharding::handoff_record> records;
    };
    struct move_run {
        std::uint32_t from = 0, to = 0;
        bool has_left = false;
        instant began{}, until = never;  // Of its pause; of what it waits for.
        link::shard_baggage baggage;     // Until its session is back.
    };

    // fleet_handoff.cpp
    void on_begin_handoff(const begin_handoff& what, instant now, actions& todo);
    [[nodiscard]] result<std::uint32_t> handoff_place(const begin_handoff& what) const;
    void on_cancel_handoff(const cancel_handoff& what, instant now, actions& todo);
    void on_handoff(std::uint32_t number, const link::message& what, instant now, actions& todo);
    void on_turn_wanted(const link::handoff_turn_wanted& what, instant now, actions& todo);
    void on_commit(const link::handoff_commit& what, actions& todo);
    void on_commit_written(const commit_written& what, instant now, actions& todo);
    void switch_over();
    void end_handoff(handoff_over told, instant now, actions& todo);
    void orphan_handoff(const gone& of, instant now, actions& todo);
    void pass_handoff_time(instant now, actions& todo);
    void drop_record(discord::slot slot, actions& todo);
    void advance_record(const link::handoff_record& what, actions& todo);
    [[nodiscard]] newer_session* newer_of(discord::slot slot);
    [[nodiscard]] std::uint32_t place_of(const newer_session& which) const;
    [[nodiscard]] bool is_older(discord::slot slot) const;
    /// An identify message of an older shard of a handoff; true: it is dealt with.
    bool park(const link::message& what);

    // fleet_move.cpp
    void on_begin_move(const begin_move& what, instant now, actions& todo);
    void on_left(std::uint32_t number, const link::shard_left& what, instant now, actions& todo);
    void give(discord::slot slot, std::uint32_t to);
    void end_move(discord::slot slot, std::optional<error> failed, bool resumed, instant now,
                  actions& todo);
    void end_moves_from(std::uint32_t number, instant now, actions& todo);
    void pass_move_time(instant now, actions& todo);
    void serve(std::uint32_t number, std::vector<discord::session_record> records, actions& todo);
    void on_add_collection(instant now, actions& todo);
    void on_retire(std::uint32_t number, instant now, actions& todo);
    [[nodiscard]] result<void> can_retire(std::uint32_t number) const;
    /// It ended before it had begun.
    void give_up_added(const gone& what, actions& todo);
    [[nodiscard]] bool can_take(std::uint32_t number) const;
    [[nodiscard]] bool is_down(std::uint32_t number) const;

    struct restart_run {
        restart_progress view;
        std::uint32_t build = 0;
        std::size_t at = 0;              // The step.
        std::uint32_t build_before = 0;  // Of its collection.
        std::uint64_t epoch_before = 0;
        instant began{}, until = never;  // Of the step.
        bool cancelled = false;
        std::string blamed;  // Why its collection is ended by force.
    };

    // fleet_restart.cpp
    void on_begin_restart(const begin_restart& what, actions& todo);
    void on_cancel_restart(actions& todo);
    /// To call when anything has happened.
    void go_on_restart(instant now, actions& todo);
    [[nodiscard]] bool step_restart(instant now, actions& todo);
    [[nodiscard]] std::string not_up() const;
    [[nodiscard]] std::size_t away_of(std::uint32_t number) const;
    /// The collection under way, while it has not come back.
    [[nodiscard]] bool is_restarting(std::uint32_t number) const;
    void fail_restart(const std::string& why, actions& todo);
    void end_restart(restart_state how, std::string why, actions& todo);
    /// A session that its collection was to resume is gone for good.
    void lose_in_restart(discord::slot slot, const std::string& why, actions& todo);

    random_source random_;
    std::string gateway_url_;
    std::uint64_t last_epoch_ = 0;
    bool in_process_ = false;
    duration pulse_patience_ = pulse_patience;
    bool served_ = false;  // Some collection got its shards.
    bool stopping_ = false, end_sessions_ = false, told_end_ = false;
    std::uint64_t cut_off_ = 0;
    instant flush_due_{};
    std::vector<collection> collections_;
    std::map<discord::slot, std::uint32_t> owner_;
    std::map<discord::slot, discord::session_record> known_;
    std::set<discord::slot> unkept_;                // The state lacks what is known of them.
    std::map<discord::slot, instant> unrecorded_;   // Waits to ask for a turn again.
    std::map<discord::slot, std::uint32_t> asked_;  // Which connection asked last, by generation.
    std::map<discord::slot, std::uint32_t> turns_;  // For which one a row is being written.
    std::set<discord::slot> lost_;                  // Had a session in this run, and lost it.
    std::map<discord::slot, double> load_;          // Events a second, roughly.
    bool was_up_ = false;                           // Some shard, in this run.
    bool token_refused_ = false;
    gateway::backoff token_wait_{std::chrono::seconds(5), std::chrono::minutes(10)};
    bool token_checked_ = false;  // Since a shard was up.
    bool asks_intents_ = false;
    std::set<std::uint32_t> denied_;  // Collections that wait for intents_known.
    int recommended_ = 1;
    std::optional<handoff_run> handoff_;
    std::map<discord::slot, sharding::handoff_record> records_;
    std::map<discord::slot, move_run> moves_;
    restart_run restart_;
    std::uint32_t build_ = 0;       // Of collections that are added.
    std::set<discord::slot> away_;  // Sessions that a process was given and that are not back.
    sharding::identify_ledger ledger_;
};

/// `starting`, `running`, `waiting`, `stopping`, `ended`.
[[nodiscard]] std::string_view name(fleet::phase where);

}  // namespace tinfoil::host
