#pragma once

#include "base/error.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::discordsim {

/// Discord Docs/Application Commands, "Application Command Option Type".
namespace option_type {
inline constexpr std::int64_t subcommand = 1, group = 2, string = 3, integer = 4, boolean = 5;
inline constexpr std::int64_t user = 6, channel = 7, role = 8, mentionable = 9, number = 10;
inline constexpr std::int64_t attachment = 11;
}  // namespace option_type

/// Discord Docs/Application Commands, "Application Command Types".
namespace command_type {
inline constexpr std::int64_t chat = 1, user = 2, message = 3;
}  // namespace command_type

[[nodiscard]] inline bool is_subcommand(std::int64_t type)
{
    return type == option_type::subcommand || type == option_type::group;
}
/// It names something that comes along.
[[nodiscard]] inline bool is_resolved(std::int64_t type)
{
    return (type >= option_type::user && type <= option_type::mentionable) ||
           type == option_type::attachment;
}

// Of commands and their options, as bots register them; what is missing or of another type is
// empty, 0 or false.
[[nodiscard]] const boost::json::object& object_of(const boost::json::value& from);
[[nodiscard]] std::string text_of(const boost::json::object& from, std::string_view key);
[[nodiscard]] std::int64_t number_of(const boost::json::object& from, std::string_view key);
[[nodiscard]] bool flag_of(const boost::json::object& from, std::string_view key);
[[nodiscard]] const boost::json::array& list_of(const boost::json::object& from,
                                                std::string_view key);
/// Chat when it says nothing.
[[nodiscard]] std::int64_t type_of_command(const boost::json::object& command);
[[nodiscard]] bool has_option(const boost::json::array& options, std::string_view name);

/// A value as a person writes it, in the option's own type and within its choices and limits. The
/// error says what could have been written.
[[nodiscard]] result<boost::json::value> plain_value(const boost::json::object& option,
                                                     const std::string& text);
/// Of an option that is still being typed: a number when it is one already.
[[nodiscard]] result<boost::json::value> typed_so_far(const boost::json::object& option,
                                                      const std::string& text);

}  // namespace tinfoil::discordsim
