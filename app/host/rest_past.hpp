#pragma once

#include "rest/view.hpp"

#include <cstdint>
#include <string>

namespace tinfoil::host {

/// What a host that ends in order leaves in its state, so that the next one keeps to Discord's
/// limits too: JSON, with the time in milliseconds since 1970.
std::string to_text(const rest::past& of, std::int64_t wall_ms);
/// What of it counts at `wall_ms`; nothing of a text that is none, or of a time to come.
rest::past parse_past(const std::string& text, std::int64_t wall_ms);

}  // namespace tinfoil::host
