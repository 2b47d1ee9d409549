#include "host/tally.hpp"

#include "discord/route.hpp"

namespace tinfoil::host {

void tally::answered(const discord::rest_request& request, int status)
{
    ++rest_[status];
    if (!request.answers_command || status < 200 || status > 299)
        return;
    const auto id = discord::answered_interaction(request.method, request.path);
    if (!answered_.insert(id.value).second)
        return;
    ++commands_answered_;
    if (answered_.size() > answered_max)
        answered_.erase(answered_.begin());
}

tally::totals tally::total() const
{
    totals sum;
    for (const auto& [epoch, counts] : of_) {
        for (const auto& [type, count] : counts.by_type) {
            sum.events[type] += count;
            sum.all_events += count;
        }
        sum.redelivered += counts.redelivered;
        sum.commands_seen += counts.commands_seen;
        sum.given_up += counts.given_up;
    }
    return sum;
}

}  // namespace tinfoil::host
