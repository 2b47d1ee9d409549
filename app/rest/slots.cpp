#include "rest/slots.hpp"

#include <iterator>

namespace tinfoil::rest {

void slots::release(instant from)
{
    if (const auto found = until_.find(from); found != until_.end())
        until_.erase(found);
}

void slots::prolong(instant from, instant to)
{
    release(from);
    take(to);
}

void slots::trim(std::size_t left)
{
    while (until_.size() > left)
        until_.erase(until_.begin());
}

std::size_t slots::taken(instant now)
{
    until_.erase(until_.begin(), until_.upper_bound(now));
    return until_.size();
}

instant slots::free_at(std::size_t limit) const
{
    if (until_.size() < limit || limit == 0)
        return limit == 0 ? never : instant{};
    return *std::next(until_.begin(), static_cast<std::ptrdiff_t>(until_.size() - limit));
}

}  // namespace tinfoil::rest
