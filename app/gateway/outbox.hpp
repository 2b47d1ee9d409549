#pragma once

#include "base/time.hpp"
#include "discord/gateway_command.hpp"
#include "discord/slot.hpp"
#include "gateway/member_gathering.hpp"
#include "gateway/send_budget.hpp"
#include "gateway/session.hpp"
#include "gateway/voice_states.hpp"
#include "gateway/wanted_presence.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinfoil::gateway {

// clang-format off
// What the outbox can be told. From the session, by outbox_input_of():
struct connection_began {};                           ///< Nothing was sent on it yet.
struct greeted { duration heartbeat_interval; };      ///< HELLO.
struct urgent { std::string payload; };               ///< The session's own: HEARTBEAT, IDENTIFY, RESUME.
struct session_active { bool is_new; };               ///< READY or RESUMED: commands may go.
struct connection_ended {};
struct dispatched { std::string_view type, data; };   ///< An event; what answers a command is among them.
struct session_over { std::string why; };             ///< Final: the shard has stopped.
// From whoever gives commands:
struct submit { std::uint64_t id; discord::gateway_command what; duration patience; };  ///< `answered` follows; id 0: nobody waits.
struct cancel { std::uint64_t id; };                  ///< `answered` does not follow any more.
struct probe { std::string payload; };                ///< Once, when nothing else waits for room; forgotten with the connection.
struct outbox_elapsed {};                             ///< deadline() has come.
using outbox_input = std::variant<connection_began, greeted, urgent, session_active, connection_ended, dispatched,
                                  session_over, submit, cancel, probe, outbox_elapsed>;

struct transmit { std::string payload; };             ///< On the current connection, at once.
struct answered { std::uint64_t id; discord::command_answer what; };  ///< Once for each command with an id.
using outbox_action = std::variant<transmit, answered>;
// clang-format on

/// What an action of the session means to the outbox; nothing for most. `heartbeat_interval` is the
/// session's. Views point into the action.
[[nodiscard]] std::optional<outbox_input> outbox_input_of(const action& from,
                                                          duration heartbeat_interval);

/// All that one shard sends, in the order of its weight: the heart, IDENTIFY and RESUME, voice
/// states, the presence, requests. What the session itself sends goes at once; commands go while
/// the session is active and the connection has room, and wait otherwise, over connections and
/// sessions. A command is sent again only when the first may not have arrived, or when the session
/// that would have brought its answer is gone.
///
/// Failure modes: more commands than Discord takes (they wait, then queue_full); a guild asked too
/// often for all its members (waits its 30 s); RATE_LIMITED (waits as long as it says, then again);
/// a connection lost between command and answer (after RESUMED without a sign of the answer, and
/// after each new session, it is sent again); chunks that stop coming (asked for again); no answer
/// at all, as of a guild that the bot is not in (timed_out).
///
/// See Discord Docs/Gateway, "Rate Limiting"; Discord Docs/Gateway Events, "Send Events" and "Rate
/// Limited".
class outbox {
public:
    static constexpr std::size_t requests_max = 1000;
    /// Those that come while so many wait are forgotten.
    static constexpr std::size_t probes_max = 64;
    static constexpr duration default_patience = std::chrono::seconds(60);
    static constexpr duration patience_max = std::chrono::minutes(10);
    /// Between two chunks; then the request is made again.
    static constexpr duration chunk_patience = std::chrono::seconds(15);
    /// Of one answer, and of all that are being gathered.
    static constexpr std::size_t answer_bytes_max = 32U << 20, gathered_bytes_max = 64U << 20;

    /// `seed` makes the nonces; give every shard of every process another.
    outbox(discord::slot slot, std::uint64_t intents, std::uint64_t seed);
    /// Of the session that begins.
    void set_intents(std::uint64_t intents) { intents_ = intents; }

    void on(const outbox_input& what, instant now, std::vector<outbox_action>& todo);
    [[nodiscard]] instant deadline() const { return due_; }

private:
    using actions = std::vector<outbox_action>;
    struct request {
        std::uint64_t id = 0;
        discord::gateway_command what;
        instant until = never;
        instant not_before{};
        bool is_sent = false;
        bool in_doubt = false;  // Its connection ended.
        instant progress_at{};
        std::string nonce;
        member_gathering gathering;
    };

    void on_urgent(const std::string& payload, instant now, actions& todo);
    void on_active(bool is_new, instant now);
    void on_ended(instant now);
    void on_submit(const submit& command, instant now, actions& todo);
    void on_dispatched(const dispatched& what, instant now, actions& todo);
    void on_chunk(std::string_view data, instant now, actions& todo);
    void on_answer(int op, std::string_view data, actions& todo);
    void on_rate_limited(std::string_view data, instant now);
    void on_voice_state(std::string_view data);
    void on_over(const std::string& why, actions& todo);
    void expire(instant now, actions& todo);
    void flush(instant now, actions& todo);
    void send_request(request& which, instant now, actions& todo);
    void schedule(instant now);

    [[nodiscard]] bool concerns(const dispatched& what) const;
    [[nodiscard]] std::optional<discord::command_answer>
    refusal_of(const discord::gateway_command& what) const;
    [[nodiscard]] instant earliest(const request& which) const;
    [[nodiscard]] instant blocked_until(int op) const;
    [[nodiscard]] bool is_asked(int op, discord::snowflake guild) const;
    [[nodiscard]] bool is_gathering() const;
    [[nodiscard]] std::size_t gathered_bytes() const;
    static void wait_again(request& which, instant not_before);
    static void answer(std::uint64_t id, discord::command_outcome how, std::string text,
                       actions& todo);

    discord::slot slot_;
    std::uint64_t intents_;
    std::string nonce_begin_;
    std::uint64_t last_nonce_ = 0;
    discord::snowflake own_user_;  // From READY.

    send_budget budget_;
    duration interval_ = std::chrono::seconds(41);
    bool is_active_ = false, was_active_ = false;
    // Those that Discord asked for beyond all measure: the session counts on the ACK of each, and
    // the newest says all that an older one does.
    std::size_t held_beats_ = 0;
    std::string held_beat_;
    std::optional<std::string> over_;  // Why, once the shard has stopped.

    std::deque<std::string> probes_;

    wanted_presence presence_;
    voice_states voice_;
    std::vector<request> requests_;                    // In the order in which they came.
    std::map<discord::snowflake, instant> all_again_;  // When a guild may be asked for all again.
    instant all_from_{};                               // The same of every guild.
    std::map<int, instant> blocked_;                   // By opcode, as RATE_LIMITED said.
    instant due_ = never;
};

}  // namespace tinfoil::gateway
