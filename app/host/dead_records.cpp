#include "host/dead_records.hpp"

#include <algorithm>

namespace tinfoil::host {

std::vector<std::filesystem::path> dead_records::take_needless()
{
    std::vector<std::filesystem::path> needless;
    std::erase_if(files_, [&](file& each) {
        const bool is_needed =
            each.slots ? std::any_of(each.slots->begin(), each.slots->end(),
                                     [&](discord::slot slot) { return lacking_.contains(slot); })
                       : !lacking_.empty();
        if (!is_needed)
            needless.push_back(std::move(each.name));
        return !is_needed;
    });
    return needless;
}

}  // namespace tinfoil::host
