#pragma once

#include "discordsim/form_errors.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>

namespace tinfoil::discordsim {

/// Discord Docs/Message, "Message Flags": IS_COMPONENTS_V2.
inline constexpr std::uint64_t flag_components = 1U << 15;

/// Holds a message, however it is posted or edited, to what the specification's table can't say:
/// its length, its embeds together, its nonce, its components. `flags` are the message's; `where`
/// is the way to it, empty for the body itself. Discord Docs/Message, "Create Message".
void check_message(const boost::json::object& body, std::uint64_t flags, const std::string& where,
                   form_errors& wrong);
/// Discord Docs/Receiving and Responding, "Modal".
void check_modal(const boost::json::object& data, const std::string& where, form_errors& wrong);

/// Whether anything of the body would be seen; blanks alone, and embeds without anything in them,
/// would not.
[[nodiscard]] bool shows_anything(const boost::json::object& body);

}  // namespace tinfoil::discordsim
