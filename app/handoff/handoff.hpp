#pragma once

#include "handoff/asking.hpp"
#include "handoff/input.hpp"
#include "handoff/lane.hpp"
#include "handoff/settings.hpp"
#include "handoff/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::handoff {

/// How far it is, for people.
struct progress {
    std::string_view phase;
    std::size_t streams = 0, proven = 0, held = 0, held_bytes = 0;
    std::optional<duration> age;         ///< Since the last READY.
    std::optional<stream_id> waits_for;  ///< The first stream that is not ready.
};

/// Replaces the sessions of some slots by others that cover the same guilds, so that plugins get
/// the events of each guild in order, each once. share/doc/handoff.md is the description.
///
/// Until one commit for all guilds the older sessions are the only source: what the newer ones
/// bring is followed in the shadow, so each of their failures is answered by forgetting them. Of
/// each guild one number is sought, the shift between the two sides' events; it is proven by an
/// event that occurs once, or by counting between answers of the guild over both sides, and guessed
/// only where nothing can be told apart. At the commit the older side is no longer read, the record
/// goes to the disk, and each guild goes on behind where it was.
///
/// Phases: *logging* (the older side, before IDENTIFY), *opening* (no READY yet of some newer
/// session), *following*, *freezing* (the older side ends being read), *journalling*, *committed*,
/// *over*.
///
/// Whoever drives it, in one collection: feeds every event of both sides by read() of an
/// event_reader, in the order in which each session brought them; passes on `deliver` at once;
/// keeps the payloads of `hold` by session and sequence number (bounded: parameters::held_*_max),
/// and drops whatever the actions after an event of the newer side do not name. Between `journal`
/// and `journalled` it reads neither side; what it has read already of the newer one is held. The
/// newer sessions have no place in the flight recorder before `journalled`; then their cursor is
/// commit_record::newer_session::resume_after, what `deliver` names is begun there, and what is
/// dropped is finished there. Until `settled` a RESUME after a crash begins at resume_after of the
/// last record, not at a later cursor, with a machine made of that record: the recorder filters
/// what was handled. record_now() keeps that way short. A crash before the record is on the disk:
/// the older sessions RESUME, the newer ones are closed.
///
/// In two collections the machine lives with the newer side, where payloads are held. The
/// collection of the older side delivers its events itself, at once, as it always did, and sends
/// their `arrived` (no payload, about 80 bytes) over the link by way of the host; the machine's
/// `deliver` of older events is ignored there. `freeze` and `thaw` go back the same way, and
/// `frozen` comes after the last `arrived`, so by then the machine knows all that plugins got. The
/// host writes the record between `journal` and `journalled`, then has the older side closed. A
/// collection of the older side that dies before `frozen` is `cancel`; its sessions RESUME
/// elsewhere.
///
/// Failure modes: share/doc/handoff.md, "What may fail". Bounds: parameters. Every phase has a
/// deadline.
///
/// See Discord Docs/Gateway, "Sharding", on sessions with different num_shards side by side.
class handoff {
public:
    explicit handoff(settings how);
    /// Goes on from the record of an earlier process: committed, waiting for what its newer
    /// sessions' RESUMEs replay. `begin` is not needed.
    handoff(settings how, const commit_record& from, instant now);
    ~handoff() = default;
    handoff(const handoff&) = delete;
    handoff(handoff&&) = delete;
    handoff& operator=(const handoff&) = delete;
    handoff& operator=(handoff&&) = delete;

    void on(const input& what, instant now, std::vector<action>& todo);
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] progress look(instant now) const;
    [[nodiscard]] bool is_over() const { return phase_ == phase::over; }
    /// Plugins get the newer side's events.
    [[nodiscard]] bool is_committed() const { return phase_ == phase::committed; }
    /// Where that newer session is by now, as a record with it alone: it may take the place of the
    /// last one once all events up to its resume_after are done. Nothing before the commit, after
    /// `settled`, and while a RESUME still replays what the last record wanted.
    [[nodiscard]] std::optional<commit_record> record_now(std::uint32_t newer) const;
    [[nodiscard]] const counters& count() const { return all_.count; }

private:
    using actions = std::vector<action>;
    enum class phase : std::uint8_t {
        idle,
        logging,
        opening,
        following,
        freezing,
        journalling,
        committed,
        over
    };
    struct session_state {
        bool is_up = false, is_lost = false;
        instant resumed_at = long_ago, acknowledged_at = long_ago;
        asking asks;
    };
    struct newer_session : session_state {
        std::optional<instant> ready_at;
        std::size_t round = 0;  ///< Rounds asked since READY.
        int tries = 0;
        std::int64_t seen = 0;  ///< The newest sequence number that it brought here.
        std::int64_t done = 0;  ///< At the commit: up to here what belongs to no lane is done.
    };

    void tell_gaps(actions& todo) const;
    void take(const input& what, instant now, actions& todo);
    void on_begin(const begin& what, instant now);
    void on_arrived(const arrived& what, instant now, actions& todo);
    void on_older(const arrived& what, instant now, actions& todo);
    void on_newer(const arrived& what, instant now);
    [[nodiscard]] bool passes(const arrived& what);
    [[nodiscard]] bool on_answer(const arrived& what, instant now);
    void on_ready(std::uint32_t index, instant now);
    void on_resumed(session which, instant now);
    void on_lost(const lost& what, instant now, actions& todo);
    void on_newer_lost(const lost& what, instant now, actions& todo);
    void forget_newer(std::uint32_t index, actions& todo);
    void on_cancel(const std::string& why, instant now, actions& todo);
    void on_frozen(instant now, actions& todo);
    void on_journalled(const journalled& what, instant now, actions& todo);
    void release(instant now, actions& todo);
    void rejoin_voices(actions& todo);

    void on_time(instant now, actions& todo);
    void open_all(instant now, actions& todo);
    void follow(instant now, actions& todo);
    void ask(instant now, actions& todo);
    void begin_rounds(instant now);
    void consider(instant now, actions& todo);
    void consider_without_older(instant now, actions& todo);
    void start_commit(instant now, actions& todo);
    void settle(instant now, actions& todo);
    void thaw_again(instant now, actions& todo);
    void give_up(const std::string& why, instant now, actions& todo);
    [[nodiscard]] report made_report(instant now) const;

    [[nodiscard]] bool are_sessions_healthy(instant now) const;
    [[nodiscard]] bool is_stream_ready(const stream& which, instant now) const;
    [[nodiscard]] bool is_all_ready(instant now) const;
    [[nodiscard]] bool is_all_level() const;
    [[nodiscard]] instant last_ready() const;
    [[nodiscard]] instant quiet_since(const stream& which) const;
    stream& stream_of(stream_id id);
    void clear_distrust();
    session_state& state_of(session which);
    void ask_over(session which, instant now, actions& todo);

    settings how_;
    common all_;
    phase phase_ = phase::idle;
    std::vector<session_state> older_;
    std::vector<newer_session> newer_;
    std::map<stream_id, stream> streams_;
    std::map<discord::snowflake, discord::snowflake> voices_;  // The bot's channels, by guild.

    std::uint64_t wall_ms_ = 0;
    bool are_all_known_ = true;
    instant begun_at_{}, opened_at_{}, next_tick_ = never;
    instant all_ready_at_ = never;  // Since when everything but the moment is right.
    instant frozen_by_ = never, older_lost_at_ = never, committed_at_{}, voices_at_ = never;
    std::size_t commands_ = 0;
    std::uint64_t last_nonce_ = 0;
    bool gaps_untold_ = false;        // By an earlier process, perhaps.
    std::map<stream_id, bool> gaps_;  // Of the commit: which streams have one.
    // What is delivered once the record is on the disk: by newer session, in its order.
    std::vector<std::vector<std::int64_t>> due_;
    report result_;
};

}  // namespace tinfoil::handoff
