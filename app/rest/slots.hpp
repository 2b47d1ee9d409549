#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <set>

namespace tinfoil::rest {

/// The places of a limit that are taken, each until an instant.
class slots {
public:
    void take(instant until) { until_.insert(until); }
    /// One that was taken until `from` is free again; harmless when it has run out meanwhile.
    void release(instant from);
    /// One that was taken until `from` is taken until `to`.
    void prolong(instant from, instant to);
    /// Frees those that end first, until so many are left.
    void trim(std::size_t left);

    [[nodiscard]] std::size_t taken(instant now);
    /// Until when each is.
    [[nodiscard]] const std::multiset<instant>& ends() const { return until_; }
    /// When fewer than `limit` are taken; may have passed.
    [[nodiscard]] instant free_at(std::size_t limit) const;

private:
    std::multiset<instant> until_;
};

}  // namespace tinfoil::rest
