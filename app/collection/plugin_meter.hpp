#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tinfoil::collection {

/// Counts how long the calls of one plugin's code took.
class plugin_meter {
public:
    void ran(duration took)
    {
        const auto ns = static_cast<std::uint64_t>(std::max<duration::rep>(took.count(), 0));
        ++calls_;
        busy_ += took;
        longest_ = std::max(longest_, took);
        ++by_class_[class_of(ns)];
    }

    [[nodiscard]] std::uint64_t calls() const { return calls_; }
    [[nodiscard]] duration busy() const { return busy_; }
    [[nodiscard]] duration longest() const { return longest_; }
    /// 99 of 100 calls were not longer; at most a quarter too much.
    [[nodiscard]] duration p99() const;

    std::uint64_t events = 0, errors = 0, slow = 0;

private:
    // Four classes for each power of two of nanoseconds.
    static constexpr std::size_t classes = std::size_t{4} * 48;
    [[nodiscard]] static std::size_t class_of(std::uint64_t ns)
    {
        if (ns < 4)
            return ns;
        const auto power = static_cast<std::size_t>(std::bit_width(ns)) - 1;
        const std::size_t quarter = ns >> (power - 2) & 3U;
        return std::min(4 * (power - 1) + quarter, classes - 1);
    }
    [[nodiscard]] static std::uint64_t end_of(std::size_t which);

    std::uint64_t calls_ = 0;
    duration busy_{}, longest_{};
    std::array<std::uint64_t, classes> by_class_{};
};

}  // namespace tinfoil::collection
