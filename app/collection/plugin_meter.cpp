#include "collection/plugin_meter.hpp"

#include <algorithm>

namespace tinfoil::collection {

// The first that is in the next one.
std::uint64_t plugin_meter::end_of(std::size_t which)
{
    if (which < 4)
        return which + 1;
    const std::size_t power = which / 4 + 1;
    return (std::uint64_t{5} + which % 4) << (power - 2);
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
