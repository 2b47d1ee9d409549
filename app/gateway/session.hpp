#pragma once

#include "base/random.hpp"
#include "base/redacted.hpp"
#include "base/time.hpp"
#include "discord/session_record.hpp"
#include "discord/slot.hpp"
#include "gateway/backoff.hpp"
#include "gateway/heartbeat.hpp"
#include "gateway/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinfoil::gateway {

/// What stays the same over the life of a session machine.
struct session_settings {
    discord::slot slot;
    redacted token;
    std::uint64_t intents = 0;
    std::string url;  ///< Of `GET /gateway/bot`, without query: `wss://gateway.discord.gg`.
    compression transport = compression::zlib_stream;
    /// A session whose RESUMEs are not answered is given up after so long, and after so many tries.
    duration resume_patience = std::chrono::minutes(5);
    int resume_attempts = 8;
};

using discord::resume_point;

// clang-format off
// What the session can be told. A generation names the connection that it concerns; what an old
// connection still has to say is ignored.
struct start { std::optional<resume_point> from; };  ///< Once, first. With a point: RESUME, no turn needed.
struct connected { std::uint32_t generation; };      ///< The WebSocket is up.
struct received { std::uint32_t generation; std::string_view payload; };  ///< One whole inflated payload.
struct lost { std::uint32_t generation; int close_code; std::string_view why; };  ///< 1006 if no code came.
struct permitted { std::uint32_t generation; };      ///< This shard has its turn to IDENTIFY, on the connection that asked; any other has to ask anew.
struct elapsed {};                                   ///< deadline() has come; early or twice is harmless.
struct wake {};                                      ///< An operator cuts a wait before a connection short.
struct stop { bool end_session; };                   ///< Close with 4000, or with 1000 to end the session.
struct resume_turn {};                               ///< The pacer lets this shard connect and RESUME.
struct full { bool is; };                            ///< Its plugins have more than they can do; or no longer.
struct refresh { std::string why; };                 ///< A live connection is to be replaced by RESUME.
struct slept {};                                     ///< The machine was suspended: what was connected is not.
struct beat_now {};                                  ///< Somebody wants to know soon that Discord answers.
using input = std::variant<start, connected, received, lost, permitted, elapsed, wake, stop, resume_turn, full,
                           refresh, slept, beat_now>;

/// The numbers travel in link::shard_moved, so what is new comes last.
enum class state {
    idle, backoff, dialing, await_hello, queue_identify, await_ready, await_resumed, active, closing, stopped,
    queue_resume, held
};
inline constexpr state last_state = state::held;
/// There is a WebSocket.
[[nodiscard]] constexpr bool is_connected(state where)
{
    return where == state::await_hello || where == state::queue_identify ||
           where == state::await_ready || where == state::await_resumed || where == state::active;
}

// What the session can ask for. None of them answers: whatever comes of it is a later input.
struct open { std::uint32_t generation; std::string url; };  ///< Connect there; `connected` or `lost` follows.
struct send { std::string payload; };                        ///< On the current connection.
struct close { std::uint32_t generation; int code; };        ///< Send a close frame; `lost` follows.
struct drop { std::uint32_t generation; };                   ///< Cut the connection; nothing follows.
struct queue_identify { std::uint32_t generation; };         ///< Ask for a turn; `permitted` follows.
struct leave_queue {};                                       ///< The turn is not wanted any more.
struct identify_ended { bool received; };                    ///< The IDENTIFY sent is proven received, or its connection ended without proof.
struct deliver { std::int64_t sequence; std::string_view type; std::string_view data; bool replayed; };  ///< Views die with the input.
struct established { resume_point point; };                  ///< READY: a new session.
struct resumed {};                                           ///< RESUMED: replay is over.
struct forgotten { std::string why; };                       ///< The session is gone; an IDENTIFY follows.
struct moved { state to; std::string why; };                 ///< For people who watch; decides nothing.
struct stopped { int close_code; std::string why; };         ///< Final. Code 0: we were asked to stop.
struct queue_resume { instant since; };                      ///< Ask the pacer; `resume_turn` follows. The session has had no connection since then.
struct leave_resume_queue {};                                ///< The pacer's turn is not wanted any more.
struct resume_ended { bool failed; };                        ///< What became of a try that the pacer allowed, or that an operator did.
struct read { bool on; };                                    ///< Stop reading the current connection, or go on.
struct own_mistake { int close_code; };                      ///< Discord ended the connection for something that we should not have sent.
using action = std::variant<open, send, close, drop, queue_identify, leave_queue, identify_ended,
                            deliver, established, resumed, forgotten, moved, stopped, queue_resume,
                            leave_resume_queue, resume_ended, read, own_mistake>;
// clang-format on

/// One shard's life on the gateway: hello, identify or resume, heartbeats, reconnects. Total: every
/// input is answered in every state, and every state but idle and stopped has a deadline.
///
/// A connection that lived is followed by the next at once, one that did not after a growing wait.
/// With a session the pacer is asked before dialing, without one the host is asked for a turn once
/// HELLO is here: a RESUME never waits for an IDENTIFY.
///
/// Failure modes: a peer that never says HELLO, READY or RESUMED (deadlines count from its last
/// frame, any frame is life); a zombie connection; a resume URL that is dead (it and the main URL
/// take turns, with the session kept; an IDENTIFY only ever goes to the main one); a session that
/// Discord no longer knows (given up after resume_attempts *and* resume_patience, or when op 9 says
/// so); payloads that are no JSON (closed resumably); a machine that was suspended; plugins that
/// are slower than Discord (not read for `full_patience`, then closed resumably and held until they
/// have caught up, for `held_max` at most, since Discord keeps a session only for minutes).
///
/// See Discord Docs/Gateway, "Connections", and Discord Docs/Opcodes and Status Codes.
class session {
public:
    static constexpr duration full_patience = std::chrono::seconds(60);
    static constexpr duration held_max = std::chrono::minutes(2);

    /// `seed` draws the jitters; give every shard another.
    session(session_settings settings, std::uint64_t seed);

    /// Takes one input and appends what is to be done, in order. Views in the actions point into
    /// the input.
    void on(const input& what, instant now, std::vector<action>& todo);

    /// When to feed `elapsed` if nothing else comes first.
    [[nodiscard]] instant deadline() const;

    /// Of the next IDENTIFY; a session keeps what it was opened with.
    void want_intents(std::uint64_t intents) { settings_.intents = intents; }
    /// Of the last IDENTIFY; before the first one what it would have.
    [[nodiscard]] std::uint64_t intents() const { return identified_with_; }

    [[nodiscard]] state where() const { return state_; }

    /// Of the current connection; zero before HELLO.
    [[nodiscard]] duration heartbeat_interval() const
    {
        return heart_ ? heart_->interval() : duration::zero();
    }

    /// The point that a RESUME would start from; nothing when there is no session.
    [[nodiscard]] std::optional<resume_point> point() const { return point_; }

    /// From the last heartbeat that was acknowledged in time to its acknowledgement, and when that
    /// came; nothing on a connection that has none yet.
    [[nodiscard]] std::optional<heartbeat::measure> latency() const
    {
        return heart_ ? heart_->latency() : std::nullopt;
    }
    /// What comes is not read for the time being.
    [[nodiscard]] bool is_paused() const { return paused_; }

private:
    using actions = std::vector<action>;

    void forget_if_hopeless(instant now, actions& todo);
    void reconnect(instant now, actions& todo);
    void dial(instant now, actions& todo);
    void back_off(duration wait, std::string why, instant now, actions& todo);
    void move(state to, std::string why, actions& todo);
    /// `failed`: a RESUME that is open was not answered.
    void close_then(int code, std::string why, bool failed, instant now, actions& todo);
    void connection_over(bool failed, instant now, actions& todo);
    void forget(std::string why, actions& todo);
    void finish(int close_code, std::string why, actions& todo);
    void settle_identify(bool received, actions& todo);
    void settle_resume(bool failed, actions& todo);
    void beat(actions& todo);
    void alive(instant now);
    [[nodiscard]] duration next_wait();

    void on_payload(std::string_view payload, instant now, actions& todo);
    void on_hello(std::string_view data, instant now, actions& todo);
    void on_invalid_session(bool resumable, instant now, actions& todo);
    void on_dispatch(std::int64_t sequence, std::string_view type, std::string_view data,
                     instant now, actions& todo);
    void on_ready(std::int64_t sequence, std::string_view data, instant now, actions& todo);
    void on_ack(instant now, actions& todo);
    void on_lost(int close_code, std::string_view why, instant now, actions& todo);
    void on_permitted(instant now, actions& todo);
    void on_elapsed(instant now, actions& todo);
    void on_wake(instant now, actions& todo);
    void on_stop(bool end_session, instant now, actions& todo);
    void on_full(bool is, instant now, actions& todo);
    void on_slept(instant now, actions& todo);
    void handshake_step(state to, duration patience, instant now, actions& todo);

    session_settings settings_;
    std::uint64_t identified_with_;
    random_source random_;
    state state_ = state::idle;
    std::uint32_t generation_ = 0;
    instant until_ = never;  // Of the state; the heart has its own.
    instant phase_began_{};  // For the cap over a handshake that never ends.
    duration patience_{};    // Of the handshake step: from the last frame on.
    backoff backoff_;
    bool steady_ = true;  // The last connection lived: the next one need not wait.
    std::optional<heartbeat> heart_;
    std::optional<resume_point> point_;
    int failed_resumes_ = 0;   // That were sent and not answered, in a row.
    int failed_dials_ = 0;     // That ended before HELLO, in a row.
    bool mistrusted_ = false;  // Discord said once that the session was not identified.
    instant failing_since_{};  // The first of failed_resumes_.
    instant lost_at_ = instant::min();
    bool identify_open_ = false;  // IDENTIFY sent and not proven received.
    std::uint64_t proof_ = 0;     // The number of the beat that proves it.
    bool resume_open_ = false;    // Dialed with a session, and it is not answered yet.
    bool full_ = false, paused_ = false;
    instant paused_until_ = never;
    bool stop_after_close_ = false;
    duration wait_after_close_{};  // Before the next connection.
};

}  // namespace tinfoil::gateway
