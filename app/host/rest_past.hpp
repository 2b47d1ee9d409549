#pragma once

#include "rest/view.hpp"

#include <cstdint>
#include <string>

namespace tinfoil::host {

/// Nothing counts for longer, whatever a text says.
inline constexpr std::int64_t past_ms_max = 24LL * 3600 * 1000;

/// What a host that ends in order leaves in its state, so that the next one keeps to Discord's
/// limits too: JSON, with the ends of what counts in milliseconds since 1970.
[[nodiscard]] std::string to_text(const rest::past& of, std::int64_t wall_ms);
/// What of it counts at `wall_ms`; nothing of a text that is none, or of a time to come.
[[nodiscard]] rest::past parse_past(const std::string& text, std::int64_t wall_ms);

}  // namespace tinfoil::host
