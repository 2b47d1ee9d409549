#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tinfoil::net {

/// Of the libraries that are loaded now, by name; Boost's is the one that was compiled in.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace tinfoil::net
