#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "gateway/backoff.hpp"
#include "link/message.hpp"
#include "sharding/identify_ledger.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
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
struct fleet_stop { bool end_sessions; };
struct fleet_elapsed {};
using fleet_input = std::variant<fleet_plan, sharding::budget, sharding::released, heard, gone, identify_recorded, not_kept,
                                 token_refused, token_renewed, intents_known, fleet_stop, fleet_elapsed>;

struct spawn { std::uint32_t number; std::uint64_t epoch; std::uint64_t granted; };  ///< With these privileged intents; `heard` loaded or `gone` follows.
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
struct fleet_ended { std::uint64_t unfinished; };                  ///< Final; with how many handlers cut off.
using fleet_action = std::variant<spawn, end_process, tell, record_identify, keep_sessions, forget_session,
                                  say, shard_lost, ask_budget, ask_intents, check_token, start_refused, fleet_ended>;
// clang-format on

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
class fleet {
public:
    static constexpr duration start_patience = std::chrono::seconds(30);
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
        gateway::backoff wait{std::chrono::seconds(1), std::chrono::seconds(30)};
        bool said_stopped = false;
        bool condemned = false;  ///< end_process was asked for.
        bool returns = false;    ///< It stops to begin anew at once.
        bool stale = false;      ///< Its process began with what is no longer so.
        std::uint64_t granted = 0;
        sharding::loop_counter denials;  ///< Of intents.
    };
    [[nodiscard]] const std::vector<collection>& collections() const { return collections_; }
    [[nodiscard]] const std::map<discord::slot, discord::session_record>& sessions() const
    {
        return known_;
    }

    [[nodiscard]] const sharding::identify_ledger& ledger() const { return ledger_; }

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
    sharding::identify_ledger ledger_;
};

}  // namespace tinfoil::host
