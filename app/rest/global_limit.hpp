#pragma once

#include "base/time.hpp"

#include <deque>

namespace tinfoil::rest {

/// The limit over all routes of a bot: at most so many requests in any window of one second.
/// Discord Docs/Rate Limits, "Global Rate Limit".
class global_limit {
public:
    explicit global_limit(int per_second) : per_second_(per_second) {}

    [[nodiscard]] bool is_free(instant now);
    void spend(instant now) { spent_.push_back(now); }
    /// Discord said no: nothing goes before `until`.
    void block(instant until);
    void change(int per_second) { per_second_ = per_second; }
    /// When is_free() may become true; never when it is now.
    [[nodiscard]] instant deadline(instant now);

private:
    void forget_old(instant now);

    int per_second_;
    instant blocked_until_{};
    std::deque<instant> spent_;  ///< Of the last window; at most per_second_ of them matter.
};

}  // namespace tinfoil::rest
