#include "host/event_rates.hpp"

#include <algorithm>
#include <cmath>

namespace tinfoil::host {
namespace {

double seconds(duration length)
{
    return std::chrono::duration<double>(length).count();
}

double faded(double rate, duration since)
{
    return rate *
           std::exp(-seconds(std::max(since, duration::zero())) / seconds(event_rates::memory));
}

}  // namespace

void event_rates::note(discord::slot slot, std::int64_t sequence, instant now)
{
    const auto [at, fresh] = rates_.try_emplace(slot, rate{sequence, 0, now});
    if (fresh)
        return;  // What came before this host looked says nothing of now.
    rate& own = at->second;
    const std::int64_t came = sequence < own.sequence ? sequence : sequence - own.sequence;
    own.per_second = faded(own.per_second, now - own.at) +
                     static_cast<double>(std::max<std::int64_t>(came, 0)) / seconds(memory);
    own.sequence = sequence;
    own.at = now;
}

double event_rates::per_second(discord::slot slot, instant now) const
{
    const auto found = rates_.find(slot);
    return found == rates_.end() ? 0 : faded(found->second.per_second, now - found->second.at);
}

}  // namespace tinfoil::host
