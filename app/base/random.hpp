#pragma once

#include <cstdint>

namespace tinfoil {

/// A small generator (splitmix64) that gives the same numbers everywhere for the same seed, which
/// the distributions of the standard library do not. Not for secrets.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t next()
    {
        std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15ULL);
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31);
    }

    /// In [0, bound); bound > 0. The bias is below bound / 2^64.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }

    /// In [0, 1).
    [[nodiscard]] double unit() { return double(next() >> 11) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

}  // namespace tinfoil
