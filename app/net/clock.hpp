#pragma once

#include "base/time.hpp"
#include "gateway/suspension.hpp"

#include <cstdint>

namespace tinfoil::net {

/// The only place that can tell the time. Any thread.
[[nodiscard]] instant now();

/// What the calling thread has taken of a processor since it began.
[[nodiscard]] duration thread_time();

/// Milliseconds since 1970 by the wall clock: for records and people, never for deadlines.
[[nodiscard]] std::int64_t wall_clock_ms();

/// All clocks of this moment, to notice a suspension by. Any thread.
[[nodiscard]] gateway::clock_reading read_clocks();

/// Unpredictable bits of the operating system: masks, seeds. Any thread.
[[nodiscard]] std::uint64_t entropy();

}  // namespace tinfoil::net
