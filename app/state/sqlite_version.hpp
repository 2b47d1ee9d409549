#pragma once

#include <string>

namespace tinfoil::state {

/// Of the library that is loaded now.
[[nodiscard]] std::string sqlite_version();

}  // namespace tinfoil::state
