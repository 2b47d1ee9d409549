#include "gateway/wanted_presence.hpp"

#include "discord/limits.hpp"

namespace tinfoil::gateway {
namespace {

namespace limits = discord::limits;

constexpr duration window = limits::presences_window + limits::way_margin;

}  // namespace

void wanted_presence::want(std::string data)
{
    if (data == data_)
        return;
    data_ = std::move(data);
    is_due_ = true;
}

bool wanted_presence::may_go(instant now)
{
    while (!log_.empty() && now - log_.front() >= window)
        log_.pop_front();
    return log_.size() < limits::presences_max;
}

instant wanted_presence::free_at() const
{
    return log_.size() < limits::presences_max ? instant{} : log_.front() + window;
}

void wanted_presence::sent(instant now)
{
    is_due_ = false;
    log_.push_back(now);
}

void wanted_presence::doubt(instant since)
{
    if (!log_.empty() && log_.back() >= since)
        is_due_ = true;
}

}  // namespace tinfoil::gateway
