#pragma once

#include "base/time.hpp"

#include <cstdint>

namespace tinfoil::net {

/// The only place that can tell the time. Any thread.
[[nodiscard]] instant now();

/// Milliseconds since 1970 by the wall clock: for records and people, never for deadlines.
[[nodiscard]] std::int64_t wall_clock_ms();

/// Unpredictable bits of the operating system: masks, seeds. Any thread.
[[nodiscard]] std::uint64_t entropy();

}  // namespace tinfoil::net
