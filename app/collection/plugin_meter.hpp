#pragma once

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tinfoil::collection {

/// Counts how long the calls of one plugin's code took.
class plugin_meter {
public:
    void ran(duration took);

    [[nodiscard]] std::uint64_t calls() const { return calls_; }
    [[nodiscard]] duration busy() const { return busy_; }
    [[nodiscard]] duration longest() const { return longest_; }
    /// 99 of 100 calls were not longer; at most a quarter too much.
    [[nodiscard]] duration p99() const;

    std::uint64_t events = 0, errors = 0, slow = 0;

private:
    // Four classes for each power of two of nanoseconds.
    static constexpr std::size_t classes = std::size_t{4} * 48;
    [[nodiscard]] static std::size_t class_of(std::uint64_t ns);
    [[nodiscard]] static std::uint64_t end_of(std::size_t which);

    std::uint64_t calls_ = 0;
    duration busy_{}, longest_{};
    std::array<std::uint64_t, classes> by_class_{};
};

}  // namespace tinfoil::collection
