#pragma once

#include "discord/http.hpp"

#include <string_view>

namespace tinfoil::discord {

/// Makes the creation of a message safe to repeat: with `nonce` and `enforce_nonce` Discord answers
/// a second one with the message of the first. A body that has a nonce keeps it, and whether it is
/// enforced. True when the request can be repeated afterwards. `nonce`: 1 to 25 letters or digits,
/// never used before. Discord Docs/Message, "Create Message".
bool make_repeatable(rest_request& request, std::string_view nonce);

}  // namespace tinfoil::discord
