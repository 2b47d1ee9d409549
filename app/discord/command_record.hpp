#pragma once

#include "discord/snowflake.hpp"

#include <string>

namespace tinfoil::discord {

/// An application command that tinfoil registered itself, as its state remembers it: nothing else
/// of Discord's is ever edited or deleted.
struct command_record {
    snowflake guild;  ///< Whose it is; zero: everywhere.
    int type = 1;
    std::string name;  ///< With guild and type it is unique.
    snowflake id;
    std::string plugin;   ///< That declared it last.
    std::string sent;     ///< The canonical_command() that Discord took.
    std::string version;  ///< Discord's answer to that; another one: somebody else changed it.
};

}  // namespace tinfoil::discord
