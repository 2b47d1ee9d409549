#include "host/gateway_watch.hpp"

#include <algorithm>

namespace tinfoil::host {

void gateway_watch::on(const link::shard_noticed& what)
{
    switch (static_cast<link::notice>(what.what)) {
    case link::notice::own_mistake:
        ++own_mistakes_;
        return;
    case link::notice::silent:
        ++silences_;
        return;
    case link::notice::slept:
        ++suspensions_;
        return;
    }
}

void gateway_watch::on(std::uint64_t epoch, const link::pulse& what)
{
    pulses_[epoch] = {what.resumes_waiting, what.full, what.resumes_ms, what.dropped};
}

void gateway_watch::gone(std::uint64_t epoch)
{
    if (const auto last = pulses_.extract(epoch); !last.empty())
        dropped_before_ += last.mapped().dropped;
    std::erase_if(gauges_, [epoch](const auto& each) { return each.second.epoch == epoch; });
}

gateway_status gateway_watch::all() const
{
    gateway_status made;
    made.dropped = dropped_before_;
    for (const auto& [epoch, each] : pulses_) {
        made.waiting_to_resume += each.resumes_waiting;
        made.all_up_in_ms = std::max(made.all_up_in_ms, each.resumes_ms);
        made.full += each.full;
        made.dropped += each.dropped;
    }
    made.own_mistakes = own_mistakes_;
    made.silences = silences_;
    made.suspensions = suspensions_;
    return made;
}

link::shard_gauge gateway_watch::of(discord::slot slot, instant now) const
{
    const auto found = gauges_.find(slot);
    if (found == gauges_.end())
        return {.slot = slot};
    link::shard_gauge made = found->second.what;
    const auto older = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now - found->second.when).count());
    for (std::uint64_t* age : {&made.latency_age_ms, &made.event_age_ms, &made.rate_age_ms})
        if (*age != link::shard_gauge::no_age)
            *age += older;
    return made;
}

}  // namespace tinfoil::host
