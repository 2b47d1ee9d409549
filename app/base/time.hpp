#pragma once

#include <chrono>
#include <cstdint>

namespace tinfoil {

/// The clock of every deadline. It cannot tell the time: only net/clock.hpp can, so whoever needs
/// an instant is handed one, and a test can hand over any.
struct monotonic_clock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<monotonic_clock>;
    static constexpr bool is_steady = true;
};

using instant = monotonic_clock::time_point;
using duration = monotonic_clock::duration;

/// "Nothing is due": what deadline() answers when only an input can change anything.
inline constexpr instant never = instant::max();

}  // namespace tinfoil
