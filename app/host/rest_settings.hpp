#pragma once

#include "base/error.hpp"
#include "discord/limits.hpp"
#include "rest/owner.hpp"

#include <map>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// How much of Discord's API this bot and each of its plugins may use.
struct rest_choice {
    int requests_per_second = discord::limits::global_requests_max;  ///< Over all routes.
    int connections = 64;
    std::map<std::string, rest::budget> budgets;  ///< By plugin.
};

/// `[rest]` of `tinfoil.toml` as a JSON object; invalid_argument says what is wrong with it.
result<rest_choice> parse_rest_settings(std::string_view json);

}  // namespace tinfoil::host
