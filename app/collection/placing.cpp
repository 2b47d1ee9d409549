#include "collection/placing.hpp"

#include <algorithm>

namespace tinfoil::collection {
namespace {

bool same(const link::event_name& a, const link::event_name& b)
{
    return a.slot == b.slot && a.sequence == b.sequence && a.session_id == b.session_id;
}

}  // namespace

void placing::add(const link::plugin_terms& what)
{
    for (const link::event_name& event : what.poisons)
        if (std::none_of(poisons_.begin(), poisons_.end(), [&](const auto& each) {
                return each.first == what.plugin && same(each.second, event);
            }))
            poisons_.emplace_back(what.plugin, event);
    auto& own = terms_[{what.plugin, what.build}];
    own = what;
    own.poisons.clear();
}

link::plugin_terms placing::of(const std::string& plugin, const std::string& build) const
{
    link::plugin_terms made{plugin, build, 0, "", {}};
    for (const std::string& which : {std::string(), build}) {
        const auto found = terms_.find({plugin, which});
        if (found == terms_.end())
            continue;
        made.placement = std::max(made.placement, found->second.placement);
        if (!found->second.set_aside.empty())
            made.set_aside = found->second.set_aside;
    }
    return made;
}

bool placing::takes_poison(std::string_view plugin, const link::event_name& event)
{
    return std::erase_if(poisons_, [&](const auto& each) {
               return each.first == plugin && same(each.second, event);
           }) != 0;
}

}  // namespace tinfoil::collection
