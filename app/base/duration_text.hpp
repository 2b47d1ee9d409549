#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace tinfoil {

/// `500ms`, `30s`, `2m`, `1h`: a whole number above 0 and its unit, a year at most.
[[nodiscard]] std::optional<duration> parse_duration(std::string_view text);

}  // namespace tinfoil
