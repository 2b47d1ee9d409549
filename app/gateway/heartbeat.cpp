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
    if (owed_)
        return verdict::zombie;
    owed_ = true;
    // From now, not from due_: after a stall one beat goes out and not a burst of late ones.
    due_ = now + interval_;
    return verdict::beat;
}

}  // namespace tinfoil::gateway
