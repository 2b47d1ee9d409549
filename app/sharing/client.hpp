#pragma once

#include <compare>
#include <cstdint>

namespace tinfoil::sharing {

/// A process that asks.
struct client {
    std::uint32_t number = 0;  ///< Its collection.
    std::uint64_t epoch = 0;   ///< Its own.
    auto operator<=>(const client&) const = default;
};

}  // namespace tinfoil::sharing
