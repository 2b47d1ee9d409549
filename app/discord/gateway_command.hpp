#pragma once

#include "discord/snowflake.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// How a command that a bot gave ended. The numbers are those of <tinfoil/ext/gateway.h> and of the
/// link: they never change.
enum class command_outcome : std::uint8_t {
    done = 0,
    invalid = 1,         ///< It breaks a rule of Discord's, or is no command.
    too_large = 2,       ///< Its payload or its answer.
    queue_full = 3,      ///< As many as may wait are waiting.
    unknown_guild = 4,   ///< No shard of this bot serves that guild.
    missing_intent = 5,  ///< Discord would not answer it with the intents of this session.
    timed_out = 6,
    shard_stopped = 7,  ///< The shard ended for good, or its collection did while it was under way.
    cancelled = 8,
};
inline constexpr std::uint8_t command_outcomes = 9;

/// The text is the answer's JSON after `done`, otherwise a sentence.
struct command_answer {
    command_outcome how = command_outcome::done;
    std::string text;
};

/// A command that was found to be one. Discord Docs/Gateway Events, "Send Events".
struct gateway_command {
    int op = 0;
    snowflake guild;    ///< Zero of a presence, which concerns every shard.
    snowflake channel;  ///< Of a voice state; zero leaves the channel.
    bool all_members = false;
    std::uint64_t needs = 0;  ///< Intents.
    std::string data;         ///< The JSON text of `d`; without nonce.
};

[[noreturn]] void throw_exception_from_error(const command_answer& what,
                                             const boost::source_location& where);
using checked_command = boost::system::result<gateway_command, command_answer>;

/// Reads op 3, 4, 8, 31 (of one guild) or 43 with its `d`. Fails with `invalid` or `too_large`;
/// whether the intents are there is for whoever knows the session.
[[nodiscard]] checked_command read_command(int op, std::string_view data);

/// What goes to the socket: at most 4,096 bytes of any command that read_command() took, with a
/// nonce of at most 32 bytes. An empty nonce is left out.
[[nodiscard]] std::string command_payload(const gateway_command& what, std::string_view nonce);

}  // namespace tinfoil::discord
