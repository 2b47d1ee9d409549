#pragma once

#include "base/time.hpp"

#include <cstdint>

namespace tinfoil::scaling {

/// What one of many things costs the loop, where only all of them together can be measured: a byte
/// that is decrypted, inflated and scanned, say. A running mean that forgets within seconds.
class unit_price {
public:
    /// No unit costs more than `most`: what a quiet loop does beside a single small event is not
    /// that event's.
    explicit unit_price(duration most) : most_(most) {}

    /// In some span of time, `units` took `spent`.
    void add(duration spent, std::uint64_t units);
    /// Zero before anything is known.
    [[nodiscard]] duration of(std::uint64_t units) const;

private:
    duration most_;
    double spent_ = 0, units_ = 0;  // Of the past, fading.
};

}  // namespace tinfoil::scaling
