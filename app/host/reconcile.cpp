#include "host/reconcile.hpp"

#include <algorithm>

namespace tinfoil::host {

reconciled reconcile(std::vector<discord::session_record> stored,
                     std::map<discord::slot, discord::session_record> left)
{
    reconciled made;
    std::map<discord::slot, discord::session_record> known;
    for (auto& each : stored)
        known[each.which] = std::move(each);
    for (auto& [slot, each] : left) {
        const auto own = known.find(slot);
        if (own != known.end())
            each.generation = std::max(each.generation, own->second.generation);
        if (!each.point.session_id.empty()) {
            made.newer.push_back(each);
            known[slot] = std::move(each);
        } else if (own != known.end()) {
            made.gone.push_back(std::move(own->second));
            known.erase(own);
        }
    }
    for (auto& [slot, each] : known)
        made.all.push_back(std::move(each));
    return made;
}

}  // namespace tinfoil::host
