#include "scaling/heavy_guilds.hpp"

#include <algorithm>

namespace tinfoil::scaling {

void heavy_guilds::add(discord::snowflake guild, std::uint64_t weight)
{
    std::size_t lightest = 0;
    for (std::size_t i = 0; i < used_; ++i) {
        if (entries_[i].guild == guild) {
            entries_[i].weight += weight;
            return;
        }
        if (entries_[i].weight < entries_[lightest].weight)
            lightest = i;
    }
    if (used_ < entries_max) {
        entries_[used_++] = {guild, weight, 0};
        return;
    }
    entry& place = entries_[lightest];
    place = {guild, place.weight + weight, place.weight};
}

std::vector<heavy_guilds::entry> heavy_guilds::heaviest(std::size_t most) const
{
    std::vector<entry> all(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(used_));
    std::sort(all.begin(), all.end(), [](const entry& one, const entry& other) {
        return one.weight != other.weight ? one.weight > other.weight : one.guild < other.guild;
    });
    all.resize(std::min(all.size(), most));
    return all;
}

}  // namespace tinfoil::scaling
