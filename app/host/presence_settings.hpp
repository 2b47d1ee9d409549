#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tinfoil::host {

/// `[presence]`, as JSON, made the `d` of an op 3. What Discord takes of a bot and nothing else: a
/// key that it does not know it would drop without a word. Errors are sentences that name the key.
/// Discord Docs/Gateway Events, "Update Presence", "Activity Object".
result<std::string> parse_presence_settings(std::string_view text);

}  // namespace tinfoil::host
