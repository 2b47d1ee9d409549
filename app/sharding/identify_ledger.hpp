#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"
#include "sharding/identify_breaker.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinfoil::sharding {

/// What an IDENTIFY is for, in the order in which they are given turns.
enum class reason : std::uint8_t {
    by_operator,   ///< Somebody asked for it by hand; may spend the reserve.
    handoff,       ///< A session of a handoff: guilds wait for it.
    session_lost,  ///< The shard was up.
    cold_start,
    unknown,  ///< Of rows that an older version wrote.
};
/// `operator`, `handoff`, `session_lost`, `cold_start`, `unknown`; in the state and in JSON.
[[nodiscard]] std::string_view name(reason why);
[[nodiscard]] reason parse_reason(std::string_view text);  ///< `unknown` for anything else.

struct past_identify {
    discord::slot slot;
    reason why = reason::unknown;
    duration ago{};  ///< Since its row was written; not negative.
};

// clang-format off
struct owned { std::vector<past_identify> rows; };  ///< The ledger has a new owner, as after a restart: turns given before are over, whoever had them.
struct requested { discord::slot slot; reason why = reason::cold_start; double load = 0; };  ///< `load`: events a second when it was up.
struct left { discord::slot slot; };               ///< Its process has ended, or it waits no more; harmless for a slot that is not here.
struct recorded { discord::slot slot; };           ///< The row of its permit is on the disk, and it is told: from now on it may IDENTIFY.
struct unused { discord::slot slot; };             ///< Its permit was never passed on, so nothing was sent.
struct ended { discord::slot slot; bool received = false; };  ///< IDENTIFY proven received, or its connection ended without proof.
struct established { discord::slot slot; };        ///< READY.
struct budget {                                    ///< Discord's word; at any time, also with other numbers than before.
    int total = 0, remaining = 0;
    duration reset_after{};
    int max_concurrency = 1;
    duration asked_ago{};                          ///< Since the question was sent: what was sent later may not be in it.
};
struct suspended { std::string why; };             ///< Nobody IDENTIFYs until `resumed`.
struct resumed {};
struct released { std::optional<discord::slot> slot; };  ///< An operator lets this shard, or all that wait now, spend the reserve and pass the breaker.
struct elapsed {};
using identify_ledger_input = std::variant<owned, requested, left, recorded, unused, ended, established, budget,
                                           suspended, resumed, released, elapsed>;

struct permit { discord::slot slot; reason why = reason::cold_start; };  ///< Write its row; `recorded` or `unused` follows at once, later `ended` or `left`.
struct refresh {};                                 ///< Ask Discord; `budget` follows, or it is asked again a minute later.
struct notice { bool warning = false; std::string text; };  ///< For people.
using identify_ledger_action = std::variant<permit, refresh, notice>;

/// Why a shard has no turn yet.
enum class hold : std::uint8_t { turn, starts, reserve, breaker, suspended, unknown };
// clang-format on

/// `turn` (its bucket's next), `starts` (none is left), `reserve`, `breaker`, `suspended`,
/// `unknown` (Discord has not told its numbers yet).
[[nodiscard]] std::string_view name(hold by);

/// A shard that waits, as an operator wants to see it.
struct waiting_shard {
    discord::slot slot;
    reason why = reason::cold_start;
    hold by = hold::turn;
    std::optional<duration> in;  ///< About; nothing where nobody can say.
};

/// What a number of IDENTIFYs would do.
struct quote {
    enum class verdict { fits, needs_operator, too_many, unknown };
    int identifies = 0;
    verdict is = verdict::unknown;
    int leaves = 0;  ///< Of the day's starts, the reserve among them; negative when too many.
    duration takes{};
};
/// `fits`, `needs_operator` (it would eat the reserve), `too_many`, `unknown`.
[[nodiscard]] std::string_view name(quote::verdict is);

struct ledger_settings {
    int reserve_percent = 20;  ///< Of a day's starts, that only an operator may spend; 0 to 100.
    std::size_t breaker_per_shard = identify_breaker::usual_per_shard;
};

/// All of it at one moment.
struct ledger_view {
    bool is_known = false;  ///< Discord has told its numbers; otherwise they are 0.
    int total = 0, remaining = 0, reserve = 0, max_concurrency = 0;
    int remaining_at_discord = 0;  ///< As of its last answer.
    int spent_elsewhere = 0;       ///< Of this day, by what this ledger knows nothing of.
    duration answered_ago{}, reset_after{};
    std::string suspended;                             ///< Why; empty: it is not.
    std::size_t repeated = 0, repeated_most = 0;       ///< Of the breaker for all, in an hour.
    std::optional<duration> breaker_pause;             ///< Of the one for all.
    std::uint64_t ready = 0, failed = 0, expired = 0;  ///< What became of those of this run.
    std::vector<waiting_shard> waiting;                ///< In the order of their turns.
};

/// What so many IDENTIFYs would do, by what the view says of a day's starts.
[[nodiscard]] quote quote_of(const ledger_view& at, int identifies);

/// Who may IDENTIFY, when: the one owner of a bot's session starts.
///
/// A turn is *granted*, *sent* once its row is on the disk, *received* when that is proven, and
/// *ready* or *failed*; one that nobody ends is *expired* after `turn_max`. In each bucket
/// `shard_id % max_concurrency` one turn is out at a time. The next comes 5 s after proof that the
/// last IDENTIFY was received (READY, op 9, the ACK of the heartbeat behind it): it can't arrive
/// earlier than that, however the network delays either. Without proof it comes 6 s after the
/// connection ended, since what was written last may still be on its way; so 5 s of Discord's and
/// one for the way. Nothing is drawn at random.
///
/// What is left is the smaller of two counts: Discord's last word less what was granted since or
/// can't have been in it, and the day's total less all rows. A row counts, also when a crash kept
/// its IDENTIFY from being sent.
///
/// Failure modes: too few starts (by priority, the reserve is an operator's, the rest waits for the
/// window to pass, and inputs are taken all the while); an identify loop (identify_breaker);
/// Discord does not answer at the end of a window (the next one is assumed a minute later); others
/// use the token (named); a lost `ended` (the turn expires).
///
/// Bounds: one waiting entry and one turn a slot; rows_max rows.
/// Discord Docs/Gateway, "Max Concurrency" and "Session Start Limit Object".
class identify_ledger {
public:
    /// The proof, or the end of a connection without, comes within a few heartbeats; this only
    /// keeps a lost `ended` from blocking a bucket for ever.
    static constexpr duration turn_max = std::chrono::minutes(15);
    static constexpr duration unproven_interval = std::chrono::seconds(6);
    static constexpr duration window = std::chrono::hours(24);
    /// Between two questions: usually, while starts are short, and without an answer.
    static constexpr duration refresh_usual = std::chrono::hours(1);
    static constexpr duration refresh_short = std::chrono::minutes(10);
    static constexpr duration refresh_again = std::chrono::minutes(1);
    /// Beyond it the oldest are dropped, and Discord's count alone decides.
    static constexpr std::size_t rows_max = 100'000;

    explicit identify_ledger(ledger_settings how = {});

    void on(const identify_ledger_input& what, instant now,
            std::vector<identify_ledger_action>& todo);
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] ledger_view look(instant now) const;
    [[nodiscard]] quote price(int identifies) const;

private:
    using actions = std::vector<identify_ledger_action>;
    enum class stage : std::uint8_t { granted, sent, received, ready, failed, expired };
    struct waiter {
        discord::slot slot;
        reason why = reason::cold_start;
        double load = 0;
        bool released = false;  ///< By an operator.
    };
    struct before {
        bool operator()(const waiter& one, const waiter& other) const;
    };
    struct turn {
        discord::slot slot;
        instant until;
    };
    struct cooling {
        discord::slot slot;
        instant until;
    };
    struct row {
        discord::slot slot;
        instant when;
        instant settled = never;  ///< From when on Discord's answers surely count it.
    };
    using line = std::set<waiter, before>;

    void own(const std::vector<past_identify>& rows, instant now);
    void rebuild_breaker();
    void request(const requested& what, instant now);
    void drop_waiter(discord::slot slot);
    void queue(const waiter& who);
    void end_turn(discord::slot slot, bool received, instant now);
    void take_back(discord::slot slot);
    void record(discord::slot slot, instant now, actions& todo);
    void settle(discord::slot slot, instant at);
    void on_budget(const budget& what, instant now, actions& todo);
    void recount();
    void name_strangers(int known_before, bool is_first, actions& todo);
    void release(const released& what);
    void ask(instant now, actions& todo);
    void pass_time(instant now, actions& todo);
    void give_turns(instant now, actions& todo);
    void plan_next(const std::set<discord::slot>* some, instant now);
    void grant(waiter who, instant now, actions& todo);
    void tell_shortage(instant now, actions& todo);
    [[nodiscard]] std::vector<waiter> candidates(instant now) const;
    [[nodiscard]] std::set<discord::slot> entitled(instant now) const;
    [[nodiscard]] bool is_paused(const waiter& who, instant now) const;
    [[nodiscard]] int remaining() const;
    [[nodiscard]] bool is_short() const;
    [[nodiscard]] std::uint32_t key(discord::slot slot) const { return slot.id % concurrency_; }
    /// Of each bucket that is not free: from when on; `never` while a turn is out.
    [[nodiscard]] std::map<std::uint32_t, instant> busy() const;
    [[nodiscard]] std::vector<waiter> in_order() const;

    ledger_settings how_;
    identify_breaker breaker_;
    std::string suspended_;

    bool known_ = false;
    std::uint32_t concurrency_ = 1;
    int total_ = 0, reserve_ = 0;
    int theirs_ = 0;                       // Discord's last word.
    int ours_left_ = 0, theirs_left_ = 0;  // What is left by our rows, and by Discord's word.
    int elsewhere_ = 0;
    instant asked_at_{};  // The question that was answered last.
    instant answered_at_{};
    instant reset_at_ = never;
    instant refresh_due_ = never;

    std::map<discord::slot, waiter> waiting_;
    std::map<std::uint32_t, line> lines_;  // The same by bucket, in order.
    std::vector<turn> turns_;
    std::vector<cooling> cooling_;
    std::deque<row> rows_;  // Of the last 24 hours, oldest first.
    std::map<discord::slot, stage> stages_;
    std::uint64_t ready_ = 0, failed_ = 0, expired_ = 0;
    std::optional<instant> told_short_for_;  // The end of the window that it was told of.
    instant next_turn_ = never;
    bool doubted_ = false;  // An IDENTIFY that was received failed: are the numbers right?
};

}  // namespace tinfoil::sharding
