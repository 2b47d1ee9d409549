#pragma once

#include "discord/snowflake.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tinfoil::host {

/// For people: how far the commands are.
struct registry_view {
    bool development = false;
    std::size_t registered = 0;  ///< As they are declared.
    std::size_t pending = 0;     ///< To be created, edited or deleted.
    struct problem {
        std::string plugin, command;
        discord::snowflake guild;  ///< Zero: a global one.
        std::string text;
    };
    std::vector<problem> problems;  ///< Until the plugin or Discord changes.
};

}  // namespace tinfoil::host
