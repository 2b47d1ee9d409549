// What strikes at once; what lasts is asked for where it matters.
#include "discord/intents.hpp"
#include "discordsim/permissions.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// All that waited arrives at once when a stall is over, and is dealt with.
constexpr duration stall_aftermath = std::chrono::seconds(10);

// Whoever is late afterwards may be so because of it.
bool delays_answers(fault_kind what)
{
    switch (what) {
    case fault_kind::request_heartbeat:
    case fault_kind::guild_outage:
    case fault_kind::guild_joined:
    case fault_kind::guild_left:
    case fault_kind::clock_step:
    case fault_kind::burst:
    case fault_kind::repeats:
    case fault_kind::second_snapshot:
    case fault_kind::permission_lost:
    case fault_kind::answers_overtake:
    case fault_kind::shuffle_keys:
    case fault_kind::twins:
        return false;
    default:
        return true;
    }
}

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

// Those that it would strike now.
std::vector<connection_id> simulator::struck_by(const fault& what) const
{
    const bool needs_compression =
        what.what == fault_kind::corrupt || what.what == fault_kind::truncate;
    std::vector<connection_id> struck;
    for (const auto& [id, each] : connections_)
        if ((!what.shard || slot_of(each) == what.shard) &&
            (!needs_compression || each.compressed || each.compresses))
            struck.push_back(id);
    return struck;
}

void simulator::strike(const fault& what, instant now, actions& todo)
{
    if (delays_answers(what.what))
        witness_.excuse();
    if (strikes_connections(what.what)) {
        for (const connection_id id : struck_by(what))
            strike_connection(what, id, now, todo);
        return;
    }
    switch (what.what) {
    case fault_kind::guild_outage:
    case fault_kind::guild_joined:
    case fault_kind::guild_left:
    case fault_kind::second_snapshot:
        return strike_guild(what, now, todo);
    case fault_kind::clock_step:
        return world_.step_clock(what.by);
    case fault_kind::burst:
    case fault_kind::repeats:
        return begin_burst(what, now);
    case fault_kind::permission_lost:
        return lose_permission(what, now, todo);
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
        return emit(id, "RECONNECT", R"({"op":7,"s":null,"t":null,"d":null})", todo);
    case fault_kind::invalid_session:
        if (!what.resumable)
            end_session(connections_.at(id).session);
        else
            leave_session(connections_.at(id), now);
        return invalid_session(id, what.resumable, todo);
    case fault_kind::close: {
        const std::string own = connections_.at(id).session;
        end(id, what.code, "Asked for.", now, todo);
        // Discord Docs/Opcodes and Status Codes: after these a new session is needed.
        if (what.code == 4007 || what.code == 4009)
            end_session(own);
        return;
    }
    case fault_kind::cut:
        todo.emplace_back(drop{id});
        return forget_connection(id, 1006, now, todo);
    case fault_kind::request_heartbeat: {
        emit(id, "HEARTBEAT", R"({"op":1,"s":null,"t":null,"d":null})", todo);
        connection& to = connections_.at(id);
        to.beat_asked = std::min(to.beat_asked, to.held.empty() ? now : to.held.back().due);
        return expect_beat(id, to);
    }
    case fault_kind::stall: {
        instant& until = connections_.at(id).excused_until;
        until = std::max(until, now + what.lasts + stall_aftermath);
        return todo.emplace_back(disturb{id, what}), void();
    }
    default:
        return todo.emplace_back(disturb{id, what}), void();
    }
}

void simulator::leave_session(connection& of, instant now)
{
    if (const auto own = sessions_.find(of.session); own != sessions_.end()) {
        lose_session(own->second, now);
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
        struck = some_guild(what.shard);
    if (struck == nullptr)
        return;
    if (what.what == fault_kind::second_snapshot)
        return send_second_snapshot(what, *struck, now, todo);
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

// By chance; nothing when the shard has none.
const guild* simulator::some_guild(std::optional<discord::slot> of)
{
    if (!of)
        return &world_.guilds[world_.random.below(world_.guilds.size())];
    const auto& own = guilds_of(*of);
    return own.empty() ? nullptr : world_.find_guild(own[world_.random.below(own.size())]);
}

bool simulator::takes_snapshot(const session& of, const fault& what)
{
    return (of.intents & discord::intent_guilds) != 0 && (!what.shard || of.slot == *what.shard) &&
           (!what.guild || of.slot.serves(what.guild));
}

// A guild that is unavailable has none.
void simulator::send_second_snapshot(const fault& what, const guild& of, instant now, actions& todo)
{
    if (outages_.contains(of.id))
        return;
    const event_ref made =
        make_event("GUILD_CREATE", guild_json(of, world_.bot, true, world_.time_text(now)), of.id);
    for_serving(of.id, [&](session& each) {
        if (takes_snapshot(each, what))
            carry(each, made, todo, of.id);
    });
}

// Discord Docs/Gateway Events, "Guild Role Update".
void simulator::announce_role(const guild& of, const role& what, actions& todo)
{
    announce({"GUILD_ROLE_UPDATE", what.id, of.id}, discord::intent_guilds,
             json::object{{"guild_id", to_string(of.id)}, {"role", role_json(what, of)}}, todo);
}

// As when somebody edits the roles: @everyone and those that the bot has.
void simulator::lose_permission(const fault& what, instant now, actions& todo)
{
    if (world_.guilds.empty())
        return;
    guild* of = world_.find_guild(what.guild);
    if (of == nullptr)
        of = &world_.guilds.front();
    for (role& each : of->roles) {
        const bool is_own =
            each.id == of->id ||
            std::find(of->own.roles.begin(), of->own.roles.end(), each.id) != of->own.roles.end();
        const bool was_administrator = (each.permissions & permission::administrator) != 0;
        if (!is_own || (!was_administrator && (each.permissions & what.permission) == 0))
            continue;
        if (was_administrator)
            each.permissions = everything_allowed & ~permission::administrator;
        each.permissions &= ~what.permission;
        lost_permissions_.push_back(
            {of->id, each.id, what.permission, was_administrator, now + what.lasts});
        announce_role(*of, each, todo);
    }
}

void simulator::return_permissions(instant now, actions& todo)
{
    for (std::size_t at = 0; at < lost_permissions_.size();) {
        const lost_permission own = lost_permissions_[at];
        if (now < own.until) {
            ++at;
            continue;
        }
        lost_permissions_.erase(lost_permissions_.begin() + static_cast<std::ptrdiff_t>(at));
        guild* of = world_.find_guild(own.guild);
        role* to = of == nullptr ? nullptr : of->find_role(own.role);
        if (to == nullptr)
            continue;
        to->permissions |= own.what;
        const auto other = std::find_if(lost_permissions_.begin(), lost_permissions_.end(),
                                        [&](const lost_permission& each) {
                                            return each.guild == own.guild && each.role == own.role;
                                        });
        // An administrator has lost nothing else, so it waits for the last of several.
        if (other != lost_permissions_.end())
            other->was_administrator = other->was_administrator || own.was_administrator;
        else if (own.was_administrator)
            to->permissions = permission::administrator;
        announce_role(*of, *to, todo);
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
