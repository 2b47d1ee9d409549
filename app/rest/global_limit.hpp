#pragma once

#include "base/time.hpp"
#include "rest/slots.hpp"

#include <vector>

namespace tinfoil::rest {

/// At most so many requests in any second, wherever in it Discord counts them: of a bot over all
/// routes, or of one owner. Discord Docs/Rate Limits, "Global Rate Limit".
class global_limit {
public:
    explicit global_limit(int per_second) : per_second_(per_second) {}

    [[nodiscard]] bool is_free(instant now);
    /// One was sent; the answer is what the calls below need.
    [[nodiscard]] instant spend(instant now);
    /// The last byte of one has left; until then its place is held.
    [[nodiscard]] instant departed(instant spent, instant now);
    /// The answer to one has come, which was counted at `counted` or before.
    void answered(instant spent, instant counted);
    /// One that somebody else sent counts until then.
    void hold(instant until) { taken_.take(until); }
    /// It was never sent.
    void refund(instant spent) { taken_.release(spent); }
    /// How long each place that is taken counts still, if nothing more is sent.
    [[nodiscard]] std::vector<duration> left(instant now);
    /// Discord said no: nothing goes before `until`.
    void block(instant until);
    void change(int per_second) { per_second_ = per_second; }
    /// When is_free() may become true by itself; never when it is now.
    [[nodiscard]] instant deadline(instant now);

    [[nodiscard]] int per_second() const { return per_second_; }
    [[nodiscard]] std::size_t used(instant now) { return taken_.taken(now); }
    [[nodiscard]] instant blocked_until() const { return blocked_until_; }

private:
    int per_second_;
    instant blocked_until_{};
    slots taken_;
};

}  // namespace tinfoil::rest
