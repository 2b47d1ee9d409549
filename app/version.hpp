#pragma once

#include <string_view>

namespace tinfoil {

/// Of the executable; the SDK has its own.
inline constexpr std::string_view version = "0.1.0";

}  // namespace tinfoil
