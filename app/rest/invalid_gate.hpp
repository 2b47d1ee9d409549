#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace tinfoil::rest {

/// Counts the answers for which Discord bans an address, of all or of one owner.
/// Discord Docs/Rate Limits, "Invalid Request Limit".
class invalid_gate {
public:
    explicit invalid_gate(std::size_t most) : most_(most) {}

    /// Each is later than the one before.
    void count(instant now) { seen_.push_back(now); }
    /// How long each counts still.
    [[nodiscard]] std::vector<duration> left(instant now);
    [[nodiscard]] std::size_t seen(instant now);
    /// Even if all in flight are invalid, there are no more than may be.
    [[nodiscard]] bool is_open(std::size_t in_flight, instant now)
    {
        return seen(now) + in_flight < most_;
    }
    /// When one of them no longer counts; never when there is none.
    [[nodiscard]] instant deadline() const;
    void change(std::size_t most) { most_ = most; }
    [[nodiscard]] std::size_t most() const { return most_; }

private:
    std::size_t most_;
    std::deque<instant> seen_;
};

}  // namespace tinfoil::rest
