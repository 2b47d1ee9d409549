#include "rest/bucket.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

// Two answers of one window may place its end this far apart, since each rounds.
constexpr duration same_window = std::chrono::milliseconds(250);

}  // namespace

void bucket::turn_window(instant now)
{
    if (limit_ && now >= reset_at_)
        remaining_ = limit_;
}

bool bucket::is_free(instant now)
{
    turn_window(now);
    if (now < blocked_until_)
        return false;
    if (!known_)
        return in_flight_ == 0;
    return !remaining_ || in_flight_ < *remaining_;
}

void bucket::answered(const discord::rate_limit_headers& said, bool limited, instant now)
{
    TINFOIL_ASSERT(in_flight_ > 0);
    --in_flight_;
    known_ = true;
    if (said.limit && said.remaining && said.reset_after) {
        const instant reset_at = now + *said.reset_after;
        const bool new_window = !limit_ || reset_at > reset_at_ + same_window || now >= reset_at_;
        const int spent_here = remaining_ ? std::max(*remaining_ - 1, 0) : *said.remaining;
        remaining_ = new_window ? *said.remaining : std::min(spent_here, *said.remaining);
        // Never earlier than an answer of the same window said.
        reset_at_ = new_window ? reset_at : std::max(reset_at_, reset_at);
        limit_ = *said.limit;
    }
    if (limited)
        blocked_until_ =
            std::max(blocked_until_, now + said.retry_after.value_or(std::chrono::seconds(1)));
}

void bucket::unanswered(bool counted)
{
    TINFOIL_ASSERT(in_flight_ > 0);
    --in_flight_;
    if (counted && remaining_)
        remaining_ = std::max(*remaining_ - 1, 0);
}

instant bucket::deadline() const
{
    if (!known_ && in_flight_ != 0)
        return never;
    if (remaining_ && in_flight_ >= *remaining_)
        return std::max(reset_at_, blocked_until_);
    return blocked_until_;
}

}  // namespace tinfoil::rest
