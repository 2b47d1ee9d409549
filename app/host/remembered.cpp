#include "host/remembered.hpp"

#include "sharding/plan.hpp"
#include "state/store.hpp"

#include <map>
#include <utility>

namespace tinfoil::host {

result<remembered> remember(const std::filesystem::path& state)
{
    const auto seen = state::store::look(state);
    if (!seen)
        return seen.error();
    remembered made{seen->application, seen->api, {}};
    if (seen->plan.empty())
        return made;
    const auto plan = sharding::parse_plan(seen->plan);
    if (!plan)
        return error{errc::state_unusable, (state / "state.db").string() +
                                               " holds a plan that is none (" +
                                               plan.error().detail + "); restore it from a backup"};
    std::map<discord::slot, const discord::session_record*> sessions;
    for (const auto& each : seen->sessions) {
        const auto*& newest = sessions[each.which];
        if (newest == nullptr || newest->generation < each.generation)
            newest = &each;
    }
    for (const discord::slot slot : *plan) {
        shard_status one;
        one.slot = slot;
        if (const auto own = sessions.find(slot); own != sessions.end()) {
            one.generation = own->second->generation;
            one.has_session = !own->second->point.session_id.empty();
            one.sequence = own->second->point.sequence;
            one.unfinished = own->second->unfinished.size();
        }
        made.shards.push_back(std::move(one));
    }
    return made;
}

}  // namespace tinfoil::host
