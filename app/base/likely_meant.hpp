#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil {

/// The one of `known` that somebody probably meant who typed this: the one with the fewest letters
/// to add, drop, change or swap with a neighbour, the first of those equally near. Nothing when
/// none is near: a third of the letters may be wrong, and one in any case of words of three and
/// more.
[[nodiscard]] std::optional<std::string> likely_meant(std::string_view typed,
                                                      const std::vector<std::string>& known);

/// `; did you mean X?`, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view typed,
                                       const std::vector<std::string>& known);

}  // namespace tinfoil
