#include "host/reconcile.hpp"

#include <algorithm>
#include <tuple>

namespace tinfoil::host {

bool is_newer(const discord::session_record& one, const discord::session_record& other)
{
    const std::string& id = one.point.session_id;
    if (!id.empty() && id == other.point.session_id) {
        // What is unfinished only becomes less, until something else comes.
        const auto progress = [](const discord::session_record& of) {
            return std::tuple(of.point.sequence, of.resume_from(), -std::ssize(of.unfinished));
        };
        return progress(one) > progress(other);
    }
    if (one.generation != other.generation)
        return one.generation > other.generation;
    return !id.empty() && other.point.session_id.empty();
}

void take_in(std::vector<discord::session_record> file,
             std::map<discord::slot, discord::session_record>& left)
{
    for (discord::session_record& each : file)
        if (const auto known = left.find(each.which);
            known == left.end() || !is_newer(known->second, each))
            left[each.which] = std::move(each);
}

reconciled reconcile(std::vector<discord::session_record> stored,
                     std::map<discord::slot, discord::session_record> left)
{
    reconciled made;
    std::map<discord::slot, discord::session_record> known;
    for (auto& each : stored)
        known[each.which] = std::move(each);
    for (auto& [slot, each] : left) {
        const auto own = known.find(slot);
        if (own != known.end() && is_newer(own->second, each))
            continue;
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
