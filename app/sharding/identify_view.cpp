// What people see of the identify ledger; decides nothing.
#include "discord/limits.hpp"
#include "sharding/identify_ledger.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::sharding {
namespace {

constexpr std::array reason_names{"operator", "handoff", "session_lost", "cold_start", "unknown"};
// From one IDENTIFY of a bucket to the next, with the way there and back.
constexpr duration usual_step =
    duration(discord::limits::identify_interval) + std::chrono::milliseconds(250);

}  // namespace

std::string_view name(reason why)
{
    return reason_names[static_cast<std::size_t>(why)];
}

reason parse_reason(std::string_view text)
{
    const auto found = std::find(reason_names.begin(), reason_names.end(), text);
    return found == reason_names.end() ? reason::unknown
                                       : static_cast<reason>(found - reason_names.begin());
}

std::string_view name(hold by)
{
    constexpr std::array names{"turn", "starts", "reserve", "breaker", "suspended", "unknown"};
    return names[static_cast<std::size_t>(by)];
}

std::string_view name(quote::verdict is)
{
    constexpr std::array names{"fits", "needs_operator", "too_many", "unknown"};
    return names[static_cast<std::size_t>(is)];
}

quote quote_of(const ledger_view& at, int identifies)
{
    quote made{.identifies = identifies};
    if (!at.is_known)
        return made;
    made.leaves = at.remaining - identifies;
    made.is = made.leaves < 0            ? quote::verdict::too_many
              : made.leaves < at.reserve ? quote::verdict::needs_operator
                                         : quote::verdict::fits;
    const int buckets = std::max(1, at.max_concurrency);
    const int rounds = (identifies + buckets - 1) / buckets;
    made.takes = discord::limits::identify_interval * std::max(rounds - 1, 0);
    return made;
}

quote identify_ledger::price(int identifies) const
{
    ledger_view at;
    at.is_known = known_;
    if (known_) {
        at.remaining = remaining();
        at.reserve = reserve_;
        at.max_concurrency = static_cast<int>(concurrency_);
    }
    return quote_of(at, identifies);
}

ledger_view identify_ledger::look(instant now) const
{
    ledger_view made;
    made.is_known = known_;
    made.suspended = suspended_;
    made.ready = ready_;
    made.failed = failed_;
    made.expired = expired_;
    made.repeated = breaker_.overall().recent(now);
    made.repeated_most = breaker_.overall_most();
    if (breaker_.overall().is_tripped(now))
        made.breaker_pause = breaker_.overall().free_at() - now;
    if (known_) {
        made.total = total_;
        made.remaining = remaining();
        made.reserve = reserve_;
        made.max_concurrency = static_cast<int>(concurrency_);
        made.remaining_at_discord = theirs_;
        made.spent_elsewhere = elsewhere_;
        made.answered_ago = now - answered_at_;
        made.reset_after = std::max(reset_at_ - now, duration::zero());
    }
    auto next = busy();
    for (const turn& each : turns_)
        next[key(each.slot)] = now + usual_step;
    int any = remaining(), unreserved = any - reserve_;
    for (const waiter& who : in_order()) {
        waiting_shard one{who.slot, who.why, hold::turn, std::nullopt};
        const instant paused = who.released ? instant{} : breaker_.free_at(who.slot);
        if (!suspended_.empty()) {
            one.by = hold::suspended;
        } else if (!known_) {
            one.by = hold::unknown;
        } else if (who.released ? any <= 0 : unreserved <= 0) {
            one.by = any <= 0 ? hold::starts : hold::reserve;
            one.in = made.reset_after;
        } else {
            instant& at = next[key(who.slot)];
            const instant start = std::max({at, now, paused});
            one.by = paused > std::max(at, now) ? hold::breaker : hold::turn;
            one.in = start - now;
            // One that is paused holds up nobody.
            if (one.by == hold::turn)
                at = start + usual_step;
            --any;
            --unreserved;
        }
        made.waiting.push_back(one);
    }
    return made;
}

}  // namespace tinfoil::sharding
