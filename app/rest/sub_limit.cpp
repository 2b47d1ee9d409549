#include "rest/sub_limit.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

// `Retry-After` has whole seconds.
constexpr duration rounding = std::chrono::seconds(1);

}  // namespace

void sub_limit::passed(instant counted)
{
    passed_.push_back(counted);
    if (passed_.size() > passed_max)
        passed_.pop_front();
}

// Never more than `limit` within `window` so far.
bool sub_limit::explains(std::size_t limit, duration window) const
{
    for (std::size_t at = limit; at < passed_.size(); ++at)
        if (passed_[at] - passed_[at - limit] < window - rounding)
            return false;
    return true;
}

void sub_limit::refused(instant until, instant now)
{
    blocked_until_ = std::max(blocked_until_, until);
    limit_ = 1;
    window_ = std::max(window_, until - now);
    for (std::size_t limit = 1; limit <= passed_.size(); ++limit) {
        const duration window = until - passed_[passed_.size() - limit];
        if (!explains(limit, window))
            continue;
        limit_ = static_cast<int>(limit);
        window_ = window;
        return;
    }
}

int sub_limit::used(instant now) const
{
    const auto counts = [&](instant each) { return now - each < window_; };
    return static_cast<int>(std::count_if(passed_.begin(), passed_.end(), counts));
}

bool sub_limit::is_free(instant now) const
{
    return !limit_ || (now >= blocked_until_ && used(now) + in_flight_ < *limit_);
}

instant sub_limit::deadline() const
{
    if (!limit_)
        return instant{};
    const auto limit = static_cast<std::size_t>(*limit_);
    const auto flying = static_cast<std::size_t>(std::max(in_flight_, 0));
    if (flying >= limit)
        return never;
    const std::size_t room = limit - flying;  // Of those that passed, so many may still count.
    if (passed_.size() < room)
        return blocked_until_;
    return std::max(blocked_until_, passed_[passed_.size() - room] + window_);
}

}  // namespace tinfoil::rest
