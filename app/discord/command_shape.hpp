#pragma once

#include <boost/json.hpp>

#include <string_view>

/// Application commands as plugins declare them and as Discord answers them, made comparable.
/// Discord Docs/Application Commands, "Application Command Object".
namespace tinfoil::discord {

/// Of a command; 1, a slash command, when it says nothing.
[[nodiscard]] int command_type(const boost::json::object& command);

/// Without what says nothing: nulls, empty lists, defaults, and what Discord adds to each. Lists
/// whose order means nothing are sorted; that of options and choices stays, since people see it.
/// Of a guild's command also what only global ones have goes: contexts, integration types and
/// dm_permission.
[[nodiscard]] boost::json::object canonical_command(const boost::json::object& command,
                                                    bool is_global);

/// Whether Discord has what was declared; both are canonical. What the declaration leaves to
/// Discord (contexts and whatever this version does not know) may be anything there.
[[nodiscard]] bool is_as_declared(const boost::json::object& declared,
                                  const boost::json::object& at_discord);

/// The body that makes of a command what is declared, where `sent` is what was declared before:
/// what is not declared any more goes back to its default. Without its type, which can't change.
[[nodiscard]] boost::json::object command_edit(const boost::json::object& declared,
                                               const boost::json::object& sent);

}  // namespace tinfoil::discord
