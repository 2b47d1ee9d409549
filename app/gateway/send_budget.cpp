#include "gateway/send_budget.hpp"

#include "discord/limits.hpp"

#include <algorithm>

namespace tinfoil::gateway {
namespace {

namespace limits = discord::limits;

constexpr std::size_t all = limits::gateway_sends_max;
constexpr duration window = limits::gateway_sends_window + limits::way_margin;
// Beats that Discord may ask for by op 1 in a window without anything having to wait.
constexpr std::size_t asked_beats = 3;

}  // namespace

void send_budget::begin()
{
    log_.clear();
    heart_ = 0;
    interval_ = duration::zero();
    last_own_beat_ = never;
}

void send_budget::reserve_for(duration heartbeat_interval)
{
    interval_ = heartbeat_interval;
    heart_ = static_cast<std::size_t>(window / heartbeat_interval) + 1;
}

void send_budget::forget(instant now)
{
    while (!log_.empty() && now - log_.front() >= window)
        log_.pop_front();
}

std::size_t send_budget::room_needed(kind what, instant now) const
{
    if (what == kind::command)
        return 1 + heart_ + asked_beats;
    const bool is_asked_for =
        what == kind::beat && last_own_beat_ != never && now - last_own_beat_ < interval_;
    return is_asked_for ? 1 + heart_ : 1;
}

bool send_budget::admits(kind what, instant now)
{
    forget(now);
    return log_.size() + room_needed(what, now) <= all;
}

void send_budget::count(kind what, instant now)
{
    log_.push_back(now);
    if (what == kind::beat && (last_own_beat_ == never || now - last_own_beat_ >= interval_))
        last_own_beat_ = now;
}

instant send_budget::again_at(kind what, instant now) const
{
    const std::size_t over = log_.size() + room_needed(what, now);
    return over <= all ? now : log_[std::min(over - all, log_.size()) - 1] + window;
}

}  // namespace tinfoil::gateway
