#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <string>

namespace tinfoil::net {

/// How many addresses a host name has; an address has one. Blocks its thread for `patience` at
/// most: the system's resolver, which can't be told to hurry, is left behind on a thread of its
/// own. Errors: errc::unreachable, errc::timed_out.
[[nodiscard]] result<std::size_t> look_up(const std::string& host, duration patience);

}  // namespace tinfoil::net
