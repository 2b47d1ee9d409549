#include "rest/global_limit.hpp"

#include "discord/limits.hpp"

#include <algorithm>

namespace tinfoil::rest {
namespace {

// However long an answer takes, the request arrived within this time.
constexpr duration arrival_max = std::chrono::seconds(5);
// An answer or a failure comes sooner.
constexpr duration held_max = std::chrono::hours(24);
constexpr duration window = discord::limits::global_requests_window;

}  // namespace

bool global_limit::is_free(instant now)
{
    return now >= blocked_until_ && taken_.taken(now) < static_cast<std::size_t>(per_second_);
}

instant global_limit::spend(instant now)
{
    const instant until = now + held_max;
    taken_.take(until);
    return until;
}

instant global_limit::departed(instant spent, instant now)
{
    const instant until = now + arrival_max + window;
    taken_.prolong(spent, until);
    return until;
}

void global_limit::answered(instant spent, instant counted)
{
    if (counted + window < spent)
        taken_.prolong(spent, counted + window);
}

std::vector<duration> global_limit::left(instant now)
{
    std::vector<duration> made;
    made.reserve(taken_.taken(now));
    for (const instant until : taken_.ends())
        made.push_back(std::min<duration>(until - now, arrival_max + window));
    return made;
}

void global_limit::block(instant until)
{
    blocked_until_ = std::max(blocked_until_, until);
}

instant global_limit::deadline(instant now)
{
    if (is_free(now))
        return never;
    return std::max(blocked_until_, taken_.free_at(static_cast<std::size_t>(per_second_)));
}

}  // namespace tinfoil::rest
