#include "sharding/placement.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace tinfoil::sharding {

std::vector<std::vector<discord::slot>> place(std::span<const discord::slot> plan,
                                              std::size_t collections)
{
    TINFOIL_ASSERT(collections >= 1);
    std::vector<discord::slot> slots(plan.begin(), plan.end());
    // The large shares first, each to whoever has least: what is left at the end is small.
    std::sort(slots.begin(), slots.end(), [](discord::slot one, discord::slot other) {
        return one.count != other.count ? one.count < other.count : one.id < other.id;
    });
    std::vector<std::vector<discord::slot>> placed(collections);
    std::vector<double> share(collections);
    for (const discord::slot each : slots) {
        const auto least = std::min_element(share.begin(), share.end());
        *least += 1.0 / each.count;
        placed[static_cast<std::size_t>(least - share.begin())].push_back(each);
    }
    return placed;
}

}  // namespace tinfoil::sharding
