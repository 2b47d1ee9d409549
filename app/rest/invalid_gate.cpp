#include "rest/invalid_gate.hpp"

#include "discord/limits.hpp"

namespace tinfoil::rest {
namespace {

constexpr duration window = discord::limits::invalid_requests_window;

}  // namespace

std::size_t invalid_gate::seen(instant now)
{
    while (!seen_.empty() && now - seen_.front() >= window)
        seen_.pop_front();
    return seen_.size();
}

std::vector<duration> invalid_gate::left(instant now)
{
    std::vector<duration> made;
    made.reserve(seen(now));
    for (const instant each : seen_)
        made.push_back(each + window - now);
    return made;
}

instant invalid_gate::deadline() const
{
    return seen_.empty() ? never : seen_.front() + window;
}

}  // namespace tinfoil::rest
