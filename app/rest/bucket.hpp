#pragma once

#include "base/time.hpp"
#include "discord/rate_limit_headers.hpp"

#include <optional>

namespace tinfoil::rest {

/// One rate limit of Discord's, as far as its answers have told.
///
/// Until the first answer one request goes alone (the pioneer); afterwards as many may be in flight
/// as the window has left. Within a window the count only falls: answers overtake each other, and
/// an older one must not give back what newer requests have spent.
/// Discord Docs/Rate Limits, "Header Format".
class bucket {
public:
    [[nodiscard]] bool is_free(instant now);
    void sent() { ++in_flight_; }
    /// The answer to one request in flight. `limited`: it was a 429 of this bucket.
    void answered(const discord::rate_limit_headers& said, bool limited, instant now);
    /// One request in flight has no answer; `counted`: Discord may have counted it.
    void unanswered(bool counted);

    /// When is_free() may become true by itself; never when only an answer can tell, or it is free.
    [[nodiscard]] instant deadline() const;
    /// Nothing is known that a fresh bucket would not know soon.
    [[nodiscard]] bool is_idle(instant now) const
    {
        return in_flight_ == 0 && now >= blocked_until_ && now >= reset_at_;
    }

private:
    void turn_window(instant now);

    int in_flight_ = 0;
    bool known_ = false;
    std::optional<int> limit_,
        remaining_;  ///< Remaining excludes what is in flight as counted by the last answers.
    instant reset_at_{};
    instant blocked_until_{};
};

}  // namespace tinfoil::rest
