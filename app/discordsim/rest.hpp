#pragma once

#include "base/time.hpp"
#include "discordsim/form_errors.hpp"
#include "discordsim/operations.hpp"
#include "discordsim/rate_limits.hpp"
#include "discordsim/simulator.hpp"
#include "discordsim/world.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::discordsim {

/// An event on its way to the gateway.
struct announcement {
    std::string_view type;
    discord::snowflake id, guild;
    std::uint64_t intents;
    boost::json::value data;
};

/// What REST needs of the Discord around it.
struct surroundings {
    settings& rules;
    discordsim::world& world;
    discordsim::witness& witness;
    std::function<void(const announcement&)> announce;
    /// A message, with its content for those who may read it.
    std::function<void(std::string_view type, const written&)> announce_message;
    std::function<const std::string&(bool plain)> gateway_url;
    bool token_dead = false;
    int session_starts_left = 0;
    duration session_starts_reset_after{};
};

/// A file that came with a body.
struct upload {
    std::string name, filename, content_type;
    std::size_t bytes = 0;
};

struct rest_memory;

/// A request that is to be answered, taken apart.
struct call {
    const operation& asked;
    const std::vector<std::string>& path;
    const std::map<std::string, std::string>& query;
    const boost::json::value& body;
    const std::vector<upload>& files;
    bool plain;
    instant now;
    const surroundings& with;
    rest_memory& memory;
    answer& to;
    std::vector<action>& todo;

    [[nodiscard]] world& all() const { return with.world; }
    /// Of the path; 0 when it is no id.
    [[nodiscard]] discord::snowflake id(std::size_t at) const;
    /// The body, or an empty one.
    [[nodiscard]] const boost::json::object& object() const;
    [[nodiscard]] discord::snowflake query_id(const char* key) const;
    [[nodiscard]] bool query_flag(const char* key) const;
    /// The query's `limit`. False when it is not between 1 and `most`, and the answer says so.
    bool limit(std::int64_t usual, std::int64_t most, std::size_t& to_here) const;

    void reply(const boost::json::value& with_body, int status = 200) const;
    void done() const { to.status = 204; }
    /// Discord Docs/Opcodes and Status Codes, "JSON".
    void refuse(int status, int code, std::string_view message) const;
    void invalid(std::string_view where, std::string_view code, std::string_view message) const;

    /// With the intents that Discord's documentation gives for the type; those of direct messages
    /// when there is no guild.
    void announce(std::string_view type, discord::snowflake what, discord::snowflake guild,
                  boost::json::value data) const;

    /// Whether the bot's permissions allow it; if not, the answer says so. rest_permissions.cpp
    [[nodiscard]] bool is_allowed() const;
    /// Whether they allow all this in the guild and, unless nothing, with the channel.
    [[nodiscard]] bool is_allowed(const guild& of, const channel* in, std::uint64_t needed) const;

    // What the path names; nothing when there is none, and the answer says so.
    [[nodiscard]] guild* guild_at(std::size_t at) const;
    [[nodiscard]] channel* channel_at(std::size_t at, guild** of) const;
    [[nodiscard]] written* message_at(std::size_t at, channel& in, guild* of) const;
};

// Of bodies.
[[nodiscard]] std::string text_in(const boost::json::object& body, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> number_in(const boost::json::object& body,
                                                    std::string_view key);
[[nodiscard]] bool flag_in(const boost::json::object& body, std::string_view key);
/// An id, written as a string or a number; 0: none.
[[nodiscard]] discord::snowflake id_in(const boost::json::object& body, std::string_view key);
[[nodiscard]] discord::snowflake id_of(const boost::json::value& what);
[[nodiscard]] std::vector<discord::snowflake> ids_in(const boost::json::object& body,
                                                     std::string_view key);
[[nodiscard]] const boost::json::array* list_in(const boost::json::object& body,
                                                std::string_view key);

/// Of a path, decoded.
[[nodiscard]] std::map<std::string, std::string> query_of(std::string_view path);

/// How one operation is answered.
struct handling {
    std::string_view operation;
    void (*handler)(const call&);
};

// One for each rest_*.cpp.
[[nodiscard]] std::span<const handling> application_handlings();
[[nodiscard]] std::span<const handling> command_handlings();
[[nodiscard]] std::span<const handling> guild_handlings();
[[nodiscard]] std::span<const handling> member_handlings();
[[nodiscard]] std::span<const handling> channel_handlings();
[[nodiscard]] std::span<const handling> thread_handlings();
[[nodiscard]] std::span<const handling> message_handlings();
[[nodiscard]] std::span<const handling> reaction_handlings();
[[nodiscard]] std::span<const handling> interaction_handlings();
[[nodiscard]] std::span<const handling> webhook_handlings();

/// What bodies of guilds' and of channels' routes have in common. rest_channels.cpp
void update_channel_fields(const boost::json::object& body, channel& to);

/// Only who called the bot sees such a message. Discord Docs/Message, "Message Flags".
inline constexpr std::uint64_t flag_ephemeral = 1U << 6;

// rest_messages.cpp: what all ways to post have in common.

/// The message that the body describes; nothing when it is refused, and the answer says so. `where`
/// is the way to it, for the answer: empty for the body itself.
[[nodiscard]] std::optional<written> compose(const call& got, const boost::json::object& body,
                                             const channel& in, discord::snowflake guild,
                                             const std::string& where = "");
/// Keeps it, and tells the gateway and people of it.
/// `settles` is the command that it answers.
written& post(const call& got, channel& in, guild* of, written what,
              discord::snowflake settles = {});
/// Changes what the body names. False when that is refused, and the answer says so.
bool edit(const call& got, const boost::json::object& body, written& what,
          const std::string& where = "");
/// Lets people see what the bot, or somebody with a webhook, said. `settles` is the command that it
/// answers, if it answers one.
void show(const call& got, const guild* of, const channel& in, const written& what,
          discord::snowflake settles);
void remove_message(const call& got, channel& in, discord::snowflake which);

/// What REST remembers besides the world.
struct rest_memory {
    /// When commands were made in each guild; 0: global ones.
    std::map<discord::snowflake, std::deque<instant>> commands_made;
    std::uint64_t commands = 0;
    std::map<std::string, discord::snowflake> nonces;  ///< Of the last minutes: channel and nonce.
    std::deque<std::pair<instant, std::string>> nonces_made;
};

/// The REST side: authorisation, limits, routes and bodies by the table of operations, and what is
/// done. An operation that is not simulated is answered with 501 and named.
class rest {
public:
    void on(const request& got, instant now, const surroundings& with, std::vector<action>& todo);

    [[nodiscard]] rate_limits& limits() { return limits_; }

private:
    void answer_to(const request& got, instant now, const surroundings& with, answer& to,
                   std::vector<action>& todo);
    [[nodiscard]] rate_limits::asked facts(const request& got, const std::vector<std::string>& path,
                                           const boost::json::value& body, const surroundings& with,
                                           instant now) const;

    rate_limits limits_;
    rest_memory memory_;
};

}  // namespace tinfoil::discordsim
