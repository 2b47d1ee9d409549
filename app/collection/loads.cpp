#include "collection/loads.hpp"

#include "discord/envelope.hpp"

#include <algorithm>

namespace tinfoil::collection {

void loads::watch(const supervision& plugins)
{
    plugins_ = &plugins;
    plugins_before_ = plugins.busy();
}

// A row of events may repeat in any rhythm, so which one is looked at is drawn (xorshift).
bool loads::is_sampled()
{
    sampling_ ^= sampling_ << 13U;
    sampling_ ^= sampling_ >> 7U;
    sampling_ ^= sampling_ << 17U;
    return (sampling_ >> 32U) % sampled_each == 0;
}

void loads::begin_event(const std::optional<place>& of, std::string_view data, duration waited)
{
    handle_ = of ? std::optional(of->handle()) : std::nullopt;
    event_ = {};
    event_.bytes = data.size();
    event_.waited = waited;
    event_.stands_for = 0;
    const bool sampled = is_sampled();
    is_timed_ = sampled || data.size() > small_bytes || own_ == duration{};
    if (is_timed_)
        since_.start();
    if (handle_ && sampled) {
        event_.guild = {discord::guild_in(data)};
        event_.stands_for = sampled_each;
    }
    plugins_before_event_ = plugins_busy();
    delivered_ = 0;
}

duration loads::end_event()
{
    const duration by_plugins = plugins_busy() - plugins_before_event_;
    const duration took = is_timed_ ? since_.elapsed() : own_ + by_plugins;
    if (is_timed_ && event_.bytes <= small_bytes) {
        // Whoever was interrupted meanwhile says nothing of the others.
        constexpr duration most = std::chrono::microseconds(10);
        const duration own = std::clamp(took - by_plugins, duration(1), most);
        own_ = own_ == duration{} ? own : own_ + (own - own_) / 8;
    }
    handled_ += took;
    in_events_ += by_plugins;
    bytes_ += event_.bytes;
    deliveries_ += delivered_;
    event_.decoding = decoding_.of(event_.bytes);
    event_.handling = took + later_.of(delivered_);
    counted_ += event_.decoding + event_.handling;
    if (handle_)
        meter_.count(*handle_, event_);
    else
        meter_.spend(event_.decoding + event_.handling);
    return took;
}

scaling::load_sample loads::take(instant now, duration cpu, duration late)
{
    const duration taken = cpu - cpu_before_;
    const duration outside = plugins_busy() - plugins_before_ - in_events_;
    decoding_.add(taken - handled_ - outside, bytes_);
    later_.add(outside, deliveries_);
    meter_.spend(std::max(taken - counted_, duration{}));
    meter_.lagged(late);
    const duration span = last_ ? now - *last_ : duration{};
    last_ = now;
    cpu_before_ = cpu;
    plugins_before_ = plugins_busy();
    handled_ = in_events_ = counted_ = {};
    bytes_ = deliveries_ = 0;
    return meter_.take(span);
}

}  // namespace tinfoil::collection
