// What strikes at once; what lasts is asked for where it matters.
#include "discord/intents.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

}  // namespace

bool simulator::strikes_connections(fault_kind what)
{
    switch (what) {
    case fault_kind::reconnect:
    case fault_kind::invalid_session:
    case fault_kind::close:
    case fault_kind::cut:
    case fault_kind::request_heartbeat:
    case fault_kind::stall:
    case fault_kind::cut_mid_frame:
    case fault_kind::corrupt:
    case fault_kind::truncate:
        return true;
    default:
        return false;
    }
}

void simulator::strike(const fault& what, instant now, actions& todo)
{
    if (strikes_connections(what.what)) {
        std::vector<connection_id> struck;
        for (const auto& [id, each] : connections_) {
            const auto own = sessions_.find(each.session);
            if (!what.shard || (own != sessions_.end() && own->second.slot == *what.shard))
                struck.push_back(id);
        }
        for (const connection_id id : struck)
            strike_connection(what, id, now, todo);
        return;
    }
    switch (what.what) {
    case fault_kind::guild_outage:
    case fault_kind::guild_joined:
    case fault_kind::guild_left:
        return strike_guild(what, now, todo);
    case fault_kind::clock_step:
        return world_.step_clock(what.by);
    case fault_kind::burst:
        return begin_burst(what, now);
    default:
        return faults_.add(what, now);
    }
}

void simulator::strike_planned(instant now, actions& todo)
{
    while (planned_ < settings_.plan.size() && start_ + settings_.plan[planned_].first <= now)
        strike(settings_.plan[planned_++].second, now, todo);
}

void simulator::strike_connection(const fault& what, connection_id id, instant now, actions& todo)
{
    switch (what.what) {
    case fault_kind::reconnect:
        return emit(id, R"({"op":7,"s":null,"t":null,"d":null})", duration::zero(), now, todo);
    case fault_kind::invalid_session:
        if (!what.resumable)
            sessions_.erase(connections_.at(id).session);
        else
            leave_session(connections_.at(id), now);
        return invalid_session(id, what.resumable, now, todo);
    case fault_kind::close: {
        const std::string own = connections_.at(id).session;
        end(id, what.code, "Asked for.", now, todo);
        // Discord Docs/Opcodes and Status Codes: after these a new session is needed.
        if (what.code == 4007 || what.code == 4009)
            sessions_.erase(own);
        return;
    }
    case fault_kind::cut:
        todo.emplace_back(drop{id});
        return forget_connection(id, 1006, now, todo);
    case fault_kind::request_heartbeat: {
        instant& asked = connections_.at(id).beat_asked;
        asked = std::min(asked, now);
        return emit(id, R"({"op":1,"s":null,"t":null,"d":null})", duration::zero(), now, todo);
    }
    default:
        return todo.emplace_back(disturb{id, what}), void();
    }
}

void simulator::leave_session(connection& of, instant now)
{
    if (const auto own = sessions_.find(of.session); own != sessions_.end()) {
        own->second.connection.reset();
        own->second.lost_at = now;
    }
    of.session.clear();
}

// Discord Docs/Gateway Events, "Guild Create" and "Guild Delete".
void simulator::strike_guild(const fault& what, instant now, actions& todo)
{
    const std::string time = world_.time_text(now);
    if (what.what == fault_kind::guild_joined) {
        const guild& made = world_.found_guild(now);
        return announce({"GUILD_CREATE", made.id, made.id}, discord::intent_guilds,
                        guild_json(made, world_.bot, true, time), todo);
    }
    if (world_.guilds.empty())
        return;
    const guild* struck = world_.find_guild(what.guild);
    if (struck == nullptr)
        struck = &world_.guilds[world_.random.below(world_.guilds.size())];
    const discord::snowflake id = struck->id;
    json::object gone{{"id", to_string(id)}};
    if (what.what == fault_kind::guild_outage) {
        outages_[id] = now + what.lasts;
        gone["unavailable"] = true;
    }
    announce({"GUILD_DELETE", id, id}, discord::intent_guilds, gone, todo);
    if (what.what == fault_kind::guild_left) {
        outages_.erase(id);
        world_.remove_guild(id);
    }
}

void simulator::end_outages(instant now, actions& todo)
{
    for (auto each = outages_.begin(); each != outages_.end();) {
        if (now < each->second) {
            ++each;
            continue;
        }
        const guild* back = world_.find_guild(each->first);
        each = outages_.erase(each);
        if (back != nullptr)
            announce({"GUILD_CREATE", back->id, back->id}, discord::intent_guilds,
                     guild_json(*back, world_.bot, true, world_.time_text(now)), todo);
    }
}

}  // namespace tinfoil::discordsim
