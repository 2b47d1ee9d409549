#include "rest/global_limit.hpp"

#include "discord/limits.hpp"

#include <algorithm>

namespace tinfoil::rest {

void global_limit::forget_old(instant now)
{
    while (!spent_.empty() && now - spent_.front() >= discord::limits::global_requests_window)
        spent_.pop_front();
}

bool global_limit::is_free(instant now)
{
    forget_old(now);
    return now >= blocked_until_ && static_cast<int>(spent_.size()) < per_second_;
}

void global_limit::block(instant until)
{
    blocked_until_ = std::max(blocked_until_, until);
}

instant global_limit::deadline(instant now)
{
    if (is_free(now))
        return never;
    instant due = blocked_until_;
    if (static_cast<int>(spent_.size()) >= per_second_)
        due = std::max(due, spent_[spent_.size() - static_cast<std::size_t>(per_second_)] +
                                discord::limits::global_requests_window);
    return due;
}

}  // namespace tinfoil::rest
