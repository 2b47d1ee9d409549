#pragma once

#include "dispatch/charge.hpp"

#include <cstdint>
#include <string>

namespace tinfoil::host {

/// What plugin code did when its process ended, for people; empty: nothing.
[[nodiscard]] std::string doing(dispatch::charge::part what);

/// How it ended: what the process said last says more than how the system saw it end, `how`.
[[nodiscard]] std::string reason(dispatch::charge::ending ending, std::uint32_t detail,
                                 const std::string& text, const std::string& how);

}  // namespace tinfoil::host
