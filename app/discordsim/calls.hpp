#pragma once

#include "base/error.hpp"
#include "base/random.hpp"
#include "discordsim/world.hpp"

#include <boost/json.hpp>

#include <string>

namespace tinfoil::discordsim {

/// Who calls a command, and where.
struct call_place {
    world& all;
    guild& of;
    channel& in;
    const person& by;
    instant now;
};

/// What they type or click.
struct wanted_call {
    std::string command;  ///< `greet`, `config set` with its subcommands, or a menu's entry.
    boost::json::object options;  ///< As written, by name.
    std::string target;           ///< Who or which message a menu's entry is used on.
    std::string completes;        ///< The option that is still being typed; empty: none.
};

/// The same as Discord tells it.
struct filled_call {
    boost::json::object
        data;                ///< Discord Docs/Receiving and Responding, "Application Command Data".
    std::string shown;       ///< `/greet user:anna`.
    bool completes = false;  ///< It asks for choices. "Autocomplete".
};

/// The command of all these that is meant; nothing when there is none. A name of a chat command is
/// the first word, a menu's entry may have several.
[[nodiscard]] const boost::json::object* find_command(const boost::json::array& all,
                                                      const wanted_call& wanted);

/// Checks what Discord's client checks, and resolves users, channels, roles, messages and
/// attachments. An errc::invalid_argument says what the command takes.
/// Discord Docs/Application Commands, "Application Command Option Structure".
[[nodiscard]] result<filled_call> fill_in(const call_place& at, const boost::json::object& command,
                                          const wanted_call& wanted);

/// What somebody who has not read the description would type.
[[nodiscard]] wanted_call make_up_call(const call_place& at, const boost::json::object& command,
                                       random_source& random);

}  // namespace tinfoil::discordsim
