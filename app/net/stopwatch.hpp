#pragma once

#include "base/time.hpp"

#include <cstdint>

namespace tinfoil::net {

/// Measures short lengths, as of one call, at a third of the price of now(): by the processor's own
/// count where the kernel goes by that too, otherwise by now(). Any thread; one at a time.
class stopwatch {
public:
    void start() { begun_ = read(); }
    /// Since start(); exact to a thousandth.
    [[nodiscard]] duration elapsed() const;

private:
    [[nodiscard]] static std::uint64_t read();

    std::uint64_t begun_ = 0;
};

}  // namespace tinfoil::net
