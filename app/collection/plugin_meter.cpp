#include "collection/plugin_meter.hpp"

#include <algorithm>
#include <bit>

namespace tinfoil::collection {

std::size_t plugin_meter::class_of(std::uint64_t ns)
{
    if (ns < 4)
        return ns;
    const auto power = static_cast<std::size_t>(std::bit_width(ns)) - 1;
    const std::size_t quarter = ns >> (power - 2) & 3U;
    return std::min(4 * (power - 1) + quarter, classes - 1);
}

// The first that is in the next one.
std::uint64_t plugin_meter::end_of(std::size_t which)
{
    if (which < 4)
        return which + 1;
    const std::size_t power = which / 4 + 1;
    return (std::uint64_t{5} + which % 4) << (power - 2);
}

void plugin_meter::ran(duration took)
{
    const auto ns = static_cast<std::uint64_t>(std::max<duration::rep>(took.count(), 0));
    ++calls_;
    busy_ += took;
    longest_ = std::max(longest_, took);
    ++by_class_[class_of(ns)];
}

duration plugin_meter::p99() const
{
    const std::uint64_t rest = calls_ / 100;
    std::uint64_t above = 0;
    for (std::size_t which = classes; which-- > 0;) {
        above += by_class_[which];
        if (above > rest)
            return std::min(duration(static_cast<duration::rep>(end_of(which))), longest_);
    }
    return {};
}

}  // namespace tinfoil::collection
