// The first stage of an event's way: from its guild to a session. The second, from there to the
// client, is a connection's (gateway_out.cpp).
#include "discordsim/simulator.hpp"

namespace tinfoil::discordsim {

// Nothing overtakes on a path. Discord promises no order between interactions and other events, so
// those have a path of their own.
void simulator::carry(session& to, event_ref what, actions& todo, discord::snowflake guild)
{
    if (to.paths.empty() && faults_.none())
        return dispatch(to, std::move(what), todo, guild);
    const guild_path by{guild, what->type == "INTERACTION_CREATE"};
    const duration late =
        faults_.length(fault_kind::guild_delay, now_, world_.random, to.slot, guild);
    auto found = to.paths.find(by);
    if (found == to.paths.end()) {
        if (late == duration::zero())
            return dispatch(to, std::move(what), todo, guild);
        found = to.paths.emplace(by, std::deque<parcel>()).first;
        paths_due_.emplace(path_turn{now_ + late, to.number, by}, &to);
    }
    std::deque<parcel>& all = found->second;
    const instant due = std::max(now_ + late, all.empty() ? now_ : all.back().due);
    all.push_back({due, std::move(what)});
    if (++to.on_their_way > settings_.replay_events + held_payloads_max)
        let_through(to, found, now_, true, todo);
}

// What has arrived; with `early` the first of it in any case.
void simulator::let_through(session& to, std::map<guild_path, std::deque<parcel>>::iterator of,
                            instant now, bool early, actions& todo)
{
    const guild_path by = of->first;
    std::deque<parcel>& all = of->second;
    paths_due_.erase({all.front().due, to.number, by});
    for (; !all.empty() && (early || all.front().due <= now); early = false) {
        const event_ref arrived = std::move(all.front().what);
        all.pop_front();
        --to.on_their_way;
        dispatch(to, arrived, todo, by.guild);
    }
    if (all.empty())
        to.paths.erase(of);
    else
        paths_due_.emplace(path_turn{all.front().due, to.number, by}, &to);
}

void simulator::flush_paths(instant now, actions& todo)
{
    while (!paths_due_.empty() && paths_due_.begin()->first.due <= now) {
        const auto& [turn, to] = *paths_due_.begin();
        let_through(*to, to->paths.find(turn.by), now, false, todo);
    }
}

void simulator::forget_paths(session& of)
{
    for (const auto& [by, all] : of.paths)
        paths_due_.erase({all.front().due, of.number, by});
    of.paths.clear();
    of.on_their_way = 0;
}

// The guild answers, so what it has sent before comes before.
void simulator::answer_from(session& to, event_ref what, actions& todo, discord::snowflake guild,
                            bool overtaking)
{
    if (overtaking)
        dispatch(to, std::move(what), todo, guild);
    else
        carry(to, std::move(what), todo, guild);
}

// All parts of one answer, or none of it.
bool simulator::overtakes(const session& of, discord::snowflake guild)
{
    return faults_.strikes(fault_kind::answers_overtake, now_, world_.random, of.slot, guild) !=
           nullptr;
}

}  // namespace tinfoil::discordsim
