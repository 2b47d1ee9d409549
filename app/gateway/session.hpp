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
};

using discord::resume_point;

// clang-format off
// What the session can be told. A generation names the connection that it concerns; what an old
// connection still has to say is ignored.
struct start { std::optional<resume_point> from; };  ///< Once, first. With a point: RESUME, no turn needed.
struct connected { std::uint32_t generation; };      ///< The WebSocket is up.
struct received { std::uint32_t generation; std::string_view payload; };  ///< One whole inflated payload.
struct lost { std::uint32_t generation; int close_code; std::string_view why; };  ///< 1006 if no code came.
struct permitted {};                                 ///< The identify queue gives this shard its turn.
struct elapsed {};                                   ///< deadline() has come; early or twice is harmless.
struct wake {};                                      ///< An operator cuts the back-off short.
struct stop { bool end_session; };                   ///< Close with 4000, or with 1000 to end the session.
using input = std::variant<start, connected, received, lost, permitted, elapsed, wake, stop>;

enum class state {
    idle, backoff, dialing, await_hello, queue_identify, await_ready, await_resumed, active, closing, stopped
};

// What the session can ask for. None of them answers: whatever comes of it is a later input.
struct open { std::uint32_t generation; std::string url; };  ///< Connect there; `connected` or `lost` follows.
struct send { std::string payload; };                        ///< On the current connection.
struct close { std::uint32_t generation; int code; };        ///< Send a close frame; `lost` follows.
struct drop { std::uint32_t generation; };                   ///< Cut the connection; nothing follows.
struct queue_identify {};                                    ///< Ask for a turn; `permitted` follows.
struct leave_queue {};                                       ///< The turn is not wanted any more.
struct identify_ended { bool received; };                    ///< The IDENTIFY sent is proven received, or its connection ended without proof.
struct deliver { std::int64_t sequence; std::string_view type; std::string_view data; bool replayed; };  ///< Views die with the input.
struct established { resume_point point; };                  ///< READY: a new session.
struct resumed {};                                           ///< RESUMED: replay is over.
struct forgotten { std::string why; };                       ///< The session is gone; an IDENTIFY follows.
struct moved { state to; std::string why; };                 ///< For people who watch; decides nothing.
struct stopped { int close_code; std::string why; };         ///< Final. Code 0: we were asked to stop.
using action = std::variant<open, send, close, drop, queue_identify, leave_queue, identify_ended,
                            deliver, established, resumed, forgotten, moved, stopped>;
// clang-format on

/// One shard's life on the gateway: hello, identify or resume, heartbeats, reconnects. Total: every
/// input is answered in every state, and every state but queue_identify, idle and stopped has a
/// deadline.
///
/// Failure modes: a peer that never says HELLO, READY or RESUMED (deadlines count from its last
/// frame, any frame is life); a zombie connection; a resume URL that is dead (the main URL is tried
/// with the session kept); a session that Discord no longer knows (given up after
/// resume_attempts_max *and* resume_patience, or when op 9 says so); payloads that are no JSON
/// (closed resumably).
///
/// See Discord Docs/Gateway, "Connections", and Discord Docs/Opcodes and Status Codes.
class session {
public:
    /// `seed` draws the jitters; give every shard another.
    session(session_settings settings, std::uint64_t seed);

    /// Takes one input and appends what is to be done, in order. Views in the actions point into
    /// the input.
    void on(const input& what, instant now, std::vector<action>& todo);

    /// When to feed `elapsed` if nothing else comes first.
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] state where() const { return state_; }

    /// Of the current connection; zero before HELLO.
    [[nodiscard]] duration heartbeat_interval() const
    {
        return heart_ ? heart_->interval() : duration::zero();
    }

    /// The point that a RESUME would start from; nothing when there is no session.
    [[nodiscard]] std::optional<resume_point> point() const { return point_; }

private:
    using actions = std::vector<action>;

    void dial(instant now, actions& todo);
    void back_off(duration wait, std::string why, instant now, actions& todo);
    void move(state to, std::string why, actions& todo);
    void close_then(bool stop_after, int code, std::string why, instant now, actions& todo);
    void connection_over(instant now, actions& todo);
    void forget(std::string why, actions& todo);
    void finish(int close_code, std::string why, actions& todo);
    void settle_identify(bool received, actions& todo);

    void on_payload(std::string_view payload, instant now, actions& todo);
    void on_hello(std::string_view data, instant now, actions& todo);
    void on_invalid_session(bool resumable, instant now, actions& todo);
    void on_dispatch(std::int64_t sequence, std::string_view type, std::string_view data,
                     instant now, actions& todo);
    void on_ready(std::int64_t sequence, std::string_view data, instant now, actions& todo);
    void on_lost(int close_code, std::string_view why, instant now, actions& todo);
    void on_elapsed(instant now, actions& todo);
    void on_stop(bool end_session, instant now, actions& todo);
    void handshake_step(state to, duration patience, instant now, actions& todo);
    [[nodiscard]] bool is_connected() const;

    session_settings settings_;
    random_source random_;
    state state_ = state::idle;
    std::uint32_t generation_ = 0;
    instant until_ = never;  // Of the state; the heart has its own.
    instant phase_began_{};  // For the cap over a handshake that never ends.
    duration patience_{};    // Of the handshake step: from the last frame on.
    backoff backoff_;
    std::optional<heartbeat> heart_;
    std::optional<resume_point> point_;
    int failed_resumes_ = 0;  // Connections since the session was last proven alive.
    int failed_dials_ = 0;    // Of the resume URL in a row.
    bool used_resume_url_ = false;
    instant resuming_since_{};
    bool identify_open_ = false;  // IDENTIFY sent and not proven received.
    bool stop_after_close_ = false;
    duration wait_after_close_{};  // Before the next connection.
};

}  // namespace tinfoil::gateway
