#include "gateway/heartbeat.hpp"

#include "base/assert.hpp"

namespace tinfoil::gateway {

heartbeat::heartbeat(duration interval, double jitter, instant now)
    : interval_(interval),
      due_(now +
           duration(static_cast<duration::rep>(static_cast<double>(interval.count()) * jitter)))
{
    TINFOIL_ASSERT(interval > duration::zero() && jitter >= 0.0 && jitter < 1.0);
}

heartbeat::verdict heartbeat::on_time(instant now)
{
    if (now < due_)
        return verdict::wait;
    const std::uint64_t owed = sent_ - acknowledged_;
    if ((owed != 0 && !heard_) || owed >= owed_max)
        return verdict::zombie;
    heard_ = false;
    on_extra(now);
    // From now, not from due_: after a stall one beat goes out and not a burst of late ones.
    due_ = now + interval_;
    return verdict::beat;
}

std::uint64_t heartbeat::on_extra(instant now)
{
    last_sent_ = now;
    return ++sent_;
}

void heartbeat::on_ack(instant now)
{
    if (acknowledged_ == sent_)
        return;
    if (++acknowledged_ == sent_)
        latency_ = {now - last_sent_, now};
}

void heartbeat::excuse()
{
    acknowledged_ = sent_;
    heard_ = true;
}

}  // namespace tinfoil::gateway
