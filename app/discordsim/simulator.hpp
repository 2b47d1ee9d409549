#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"
#include "discordsim/witness.hpp"
#include "discordsim/world.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::discordsim {

struct settings {
    std::uint64_t seed = 1;
    int guilds = 3;
    int people_per_guild = 5;
    double acts_per_second = 3.0;  ///< Of all people together; 0: nobody does anything.
    int max_concurrency = 1;
    int recommended_shards = 1;
    int session_starts = 1000;  ///< Left today.
    std::uint64_t flags =
        (1U << 15) | (1U << 19);  ///< Of the application: members and message content.
    std::string token = "sandbox";
    std::string gateway_url;   ///< `wss://localhost:1234`.
    std::int64_t wall_ms = 0;  ///< Of the first instant.
};

/// Something that people watching would like to read.
struct happening {
    enum class kind { said, called, answered, joined, other };
    kind what = kind::other;
    std::string guild;    ///< Name.
    std::string channel;  ///< Name without '#'.
    std::string who;      ///< Display name; of the bot for `answered`.
    std::string text;     ///< As written; untrusted, may hold control characters.
    int after_ms = -1;    ///< `answered`: since the command that it answers.
};

using connection_id = std::uint64_t;
using request_id = std::uint64_t;

// clang-format off
struct opened { connection_id id; };                              ///< A WebSocket to the gateway.
struct payload { connection_id id; std::string text; };
struct closed { connection_id id; };                              ///< By the client, or broken.
struct request { request_id id; std::string method, path, body, content_type, authorization; };
struct hush {};                                                   ///< People begin nothing new.
struct elapsed {};
using input = std::variant<opened, payload, closed, request, hush, elapsed>;

struct send { connection_id id; std::string text; };
struct close { connection_id id; int code; std::string why; };    ///< It counts as closed from now on.
struct answer { request_id id; int status; std::vector<std::pair<std::string, std::string>> headers; std::string body; };
struct told { happening what; };
using action = std::variant<send, close, answer, told>;
// clang-format on

/// Discord's side, as one machine: accounts, guilds and people; the rules of gateway and REST. It
/// has no clock and no sockets, so sandbox/ serves it in real time and tests in virtual time.
///
/// Every rule cites the page of Discord's documentation that it comes from.
class simulator {
public:
    simulator(settings how, instant now);

    void on(const input& what, instant now, std::vector<action>& todo);
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] const counts& so_far() const { return witness_.so_far(); }
    /// Commands whose answer is neither here nor overdue.
    [[nodiscard]] std::uint64_t waiting() const { return witness_.waiting(); }
    [[nodiscard]] const world& everything() const { return world_; }

private:
    struct session {
        std::string id;
        discord::slot slot;
        std::uint64_t intents = 0;
        std::int64_t sequence = 0;
        std::deque<std::pair<std::int64_t, std::string>> sent;  ///< For replay.
        std::optional<connection_id> connection;
        instant lost_at = never;
    };
    struct connection {
        std::string session;           ///< Empty until identified.
        instant beat_until{};          ///< A heartbeat is due before.
        std::deque<instant> received;  ///< Of the last minute.
    };
    struct place {
        guild& of;
        const channel& in;
    };
    struct bucket {
        int left = 0;
        instant reset_at{};
    };
    struct called {
        discord::snowflake id, guild, channel;
        std::string token;
        bool answered = false, deferred = false;
        instant at{};
    };
    using actions = std::vector<action>;

    // gateway_side.cpp
    void on_payload(const payload& got, instant now, actions& todo);
    void on_identify(connection_id id, const boost::json::object& data, instant now, actions& todo);
    void on_resume(connection_id id, const boost::json::object& data, instant now, actions& todo);
    void end(connection_id id, int code, std::string why, instant now, actions& todo);
    void forget_connection(connection_id id, instant now);
    void invalid_session(connection_id id, bool resumable, actions& todo);
    void greet(session& to, instant now, actions& todo);
    void dispatch(session& to, std::string_view type, boost::json::value data, actions& todo);
    /// To every session that serves the guild and asked for it.
    void dispatch(discord::snowflake guild, std::uint64_t intents, std::string_view type,
                  const boost::json::value& data, actions& todo);
    void dispatch_message(const written& what, actions& todo);
    void check_heartbeats(instant now, actions& todo);
    [[nodiscard]] const session* ready_session(discord::snowflake guild) const;

    // rest_side.cpp
    void on_request(const request& got, instant now, actions& todo);
    bool within_limits(const request& got, instant now,
                       std::vector<std::pair<std::string, std::string>>& headers, answer& refused);
    /// A request taken apart. `body` is an empty object when there is none.
    struct call {
        std::string_view method;
        std::vector<std::string_view> path;
        const boost::json::value& body;

        /// "*" stands for any one part.
        [[nodiscard]] bool is(std::string_view verb,
                              std::initializer_list<std::string_view> parts) const;
        [[nodiscard]] discord::snowflake id(std::size_t at) const;
        [[nodiscard]] const boost::json::object& object() const;
    };
    void on_permitted(const request& got, instant now, answer& to, actions& todo);
    void route(const call& got, instant now, answer& to, actions& todo);
    void own_routes(const call& got, answer& to);
    void guild_routes(const call& got, instant now, answer& to);
    void channel_routes(const call& got, instant now, answer& to, actions& todo);
    void post_message(const place& at, const boost::json::object& body, instant now, answer& to,
                      actions& todo);
    void callback(const call& got, instant now, answer& to, actions& todo);
    void webhook(const call& got, instant now, answer& to, actions& todo);
    void answered(const called& what, const boost::json::object& message, instant now,
                  actions& todo);
    void register_commands(const boost::json::value& body, answer& to);

    // people.cpp
    void act(instant now, actions& todo);
    struct utterance {
        std::string text;
        bool is_command;  ///< Somebody waits for an answer.
    };
    void say(const place& at, const person& who, utterance what, instant now, actions& todo);
    void use(const place& at, const person& who, const boost::json::object& command, instant now,
             actions& todo);
    void schedule(instant now);

    settings settings_;
    world world_;
    witness witness_;
    std::map<connection_id, connection> connections_;
    std::map<std::string, session> sessions_;
    std::map<std::uint32_t, instant> last_identify_;  ///< By max_concurrency bucket.
    std::map<std::string, bucket> buckets_;
    std::deque<instant> requests_;  ///< Of the last second.
    boost::json::array commands_;
    std::map<std::string, called> interactions_;  ///< By token.
    std::uint64_t last_session_ = 0;
    bool token_dead_ = false;
    bool hushed_ = false;
    instant next_act_ = never;
};

}  // namespace tinfoil::discordsim
