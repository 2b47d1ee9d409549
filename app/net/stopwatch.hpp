#pragma once

#include "base/time.hpp"
#include "net/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tinfoil::net {

/// Measures short lengths, as of one call, at a third of the price of now(): by the processor's own
/// count where the kernel goes by that too, otherwise by now(). Any thread; one at a time.
class stopwatch {
public:
    void start() { begun_ = read(); }
    /// Since start(); exact to a thousandth.
    [[nodiscard]] duration elapsed() const { return between(begun_, read()); }
    /// The same, and start() at that very moment.
    duration lap()
    {
        const std::int64_t ended = read();
        return between(std::exchange(begun_, ended), ended);
    }

private:
    [[nodiscard]] duration between(std::int64_t begun, std::int64_t ended) const
    {
        // Another processor may be a little behind.
        const std::int64_t passed = std::max<std::int64_t>(ended - begun, 0);
        if (tick_ == 0)
            return duration(passed);
        __extension__ using wide = unsigned __int128;
        return duration(static_cast<std::int64_t>(static_cast<wide>(passed) * tick_ >> 32U));
    }
    [[nodiscard]] std::int64_t read() const
    {
#if defined(__x86_64__)
        if (tick_ != 0)
            return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
#endif
        return now().time_since_epoch().count();
    }
    /// Nanoseconds a tick, times 2^32; 0: ticks are no good here. Measured once a process.
    [[nodiscard]] static std::uint64_t tick();

    std::uint64_t tick_ = tick();
    std::int64_t begun_ = 0;
};

}  // namespace tinfoil::net
