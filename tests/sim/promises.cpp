#include "sim/promises.hpp"

#include "collection/handling.hpp"
#include "dispatch/recorder.hpp"

#include <algorithm>

namespace tinfoil::sim {
namespace {

using namespace std::chrono_literals;

// Beyond this a session machine may take its session for lost without having been told so.
constexpr duration resuming_at_most = 5min;
// No wait of a machine is longer.
constexpr duration session_wait_max = 11min, fleet_wait_max = 31s;

bool is_of_guild(std::string_view type)
{
    return type != "READY" && type != "RESUMED";
}

std::string text(const delivery_name& what)
{
    return "event " + std::to_string(what.sequence) + " of " + what.session + " for " +
           std::string(plugin_names[what.plugin]);
}

}  // namespace

bool wants(std::size_t plugin, std::string_view type)
{
    switch (plugin) {
    case 0:
        return type == "MESSAGE_CREATE" || type == "GUILD_MEMBER_ADD" ||
               type == "INTERACTION_CREATE";
    case 1:
        return type == "MESSAGE_CREATE" || type == "GUILD_CREATE";
    default:
        return type == "READY" || type == "RESUMED" || type == "GUILD_MEMBER_ADD";
    }
}

void promises::broken(const std::string& what)
{
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(time_.now().time_since_epoch());
    if (broken_.empty())
        broken_ = what + ", at " + std::to_string(ms.count()) + " ms";
}

void promises::session_began(discord::slot slot, const std::string& session)
{
    for (auto& [id, each] : sessions_)
        if (each.slot == slot)
            each.over = true;
    sessions_[session].slot = slot;
    sessions_[session].newest = 1;
    marked_.erase(slot);
    unmarked_.erase(slot);
}

void promises::event_sent(const std::string& session, std::int64_t sequence, std::string_view type)
{
    auto& own = sessions_[session];
    if (sequence <= own.newest)
        return;
    own.newest = sequence;
    if (is_of_guild(type))
        own.open[sequence].type = type;
}

void promises::session_over(discord::slot slot, const std::string& session)
{
    reasons_.insert(slot);
    if (const auto own = sessions_.find(session); own != sessions_.end())
        own->second.over = true;
}

void promises::identify_arrived(discord::slot slot, std::uint64_t recorded)
{
    if (++identifies_[slot] > recorded)
        broken("shard " + to_string(slot) + " sent an IDENTIFY that is not in the ledger");
    if (kept_.contains(slot) && !reasons_.contains(slot) &&
        time_.now() - active_[slot] < resuming_at_most)
        broken("shard " + to_string(slot) + " sent an IDENTIFY although it could have resumed " +
               kept_.at(slot));
}

void promises::identify_recorded(discord::slot slot, bool by_operator)
{
    // The first window; few seeds live longer.
    if (time_.now() - instant{} >= 24h)
        return;
    const int usable =
        by_operator ? starts_.total : starts_.total - starts_.total * starts_.reserve_percent / 100;
    if (++rows_ > usable)
        broken("shard " + to_string(slot) + " was given session start " + std::to_string(rows_) +
               " of " + std::to_string(usable));
    auto& own = rows_of_[slot];
    const auto lately =
        std::count_if(own.begin(), own.end(), [&](instant at) { return time_.now() - at < 1h; });
    if (!by_operator && static_cast<std::size_t>(lately) >= starts_.per_shard &&
        time_.now() - own.back() < 1min)
        broken("shard " + to_string(slot) + " identifies in a loop: " + std::to_string(lately + 1) +
               " times within an hour, the last two within a minute");
    own.push_back(time_.now());
}

void promises::resume_arrived(discord::slot slot, const std::string& session)
{
    if (!kept_.contains(slot))
        broken("shard " + to_string(slot) + " resumes though it never had a session");
    else if (kept_.at(slot) != session && !older_.contains(slot))
        broken("shard " + to_string(slot) + " resumes " + session + " instead of its newer " +
               kept_.at(slot));
}

void promises::resume_accepted(const std::string& session, std::int64_t sequence)
{
    auto& own = sessions_[session];
    own.over = false;
    if (sequence > own.newest)
        broken(session + " is resumed behind an event that was never sent");
    for (const auto& [number, each] : own.open) {
        if (number > sequence)
            break;
        for (std::size_t plugin = 0; plugin < plugin_names.size(); ++plugin)
            if (wants(plugin, each.type) &&
                (each.by[plugin] == progress::none || each.by[plugin] == progress::interrupted))
                broken("lost: " + text({session, number, plugin}) + ": the session is resumed at " +
                       std::to_string(sequence));
    }
}

void promises::session_kept(discord::slot slot, const std::string& session)
{
    kept_[slot] = session;
    // What ended it may be on its way already.
    if (const auto own = sessions_.find(session); own == sessions_.end() || !own->second.over)
        reasons_.erase(slot);
    if (const auto doubt = doubted_.find(slot); doubt != doubted_.end() && doubt->second == never)
        doubt->second = time_.now() + collection::handling::doubt_after_resumed;
    older_.erase(slot);
    active_[slot] = time_.now();
}

void promises::may_repeat(discord::slot slot)
{
    doubted_[slot] = never;
    marked_.insert(slot);
    for (auto& [id, each] : sessions_)
        if (each.slot == slot)
            each.may_repeat_to = each.newest;
}

void promises::lost_power(discord::slot slot, const std::string& session)
{
    may_repeat(slot);
    if (unkept_.contains(slot))
        unmarked_.insert(slot);
    if (session.empty())
        reasons_.insert(slot);
    if (kept_.contains(slot) && kept_.at(slot) != session)
        older_.insert(slot);
}

void promises::judge(const delivery_name& what, progress was, bool redelivered)
{
    const session& of = sessions_[what.session];
    const auto doubt = doubted_.find(of.slot);
    const bool doubted = doubt != doubted_.end() && time_.now() < doubt->second;
    const bool may_be_listed = redelivered && what.sequence <= of.may_repeat_to;
    switch (was) {
    case progress::none:
        if (redelivered && !marked_.contains(of.slot))
            broken(text(what) + " is marked as redelivered and comes for the first time");
        return;
    case progress::running:
        return broken(text(what) + " comes again while its handler runs");
    case progress::interrupted:
    case progress::perhaps:
        if (!redelivered && !unmarked_.contains(of.slot))
            broken(text(what) + " comes again and is not marked");
        return;
    case progress::finished:
        if (!doubted && !may_be_listed)
            broken(text(what) + " was finished and comes again");
        else if (!redelivered && !unmarked_.contains(of.slot))
            broken(text(what) + " was finished, comes again and is not marked");
        return;
    }
}

// Nothing that was sent before may still be missing when a fresh event begins.
void promises::judge_order(const delivery_name& what, session& of)
{
    if (what.sequence <= of.last[what.plugin])
        broken(text(what) + " comes after event " + std::to_string(of.last[what.plugin]));
    of.last[what.plugin] = what.sequence;
    for (const auto& [number, each] : of.open) {
        if (number >= what.sequence)
            break;
        if (wants(what.plugin, each.type) && (each.by[what.plugin] == progress::none ||
                                              each.by[what.plugin] == progress::interrupted))
            broken(text(what) + " comes while event " + std::to_string(number) + " is left out");
    }
}

void promises::begun(const delivery_name& what, std::string_view type, bool redelivered,
                     std::uint64_t epoch)
{
    if (!wants(what.plugin, type))
        return broken(text(what) + " is a " + std::string(type) + ", which nobody asked for");
    if (!is_of_guild(type)) {
        if (redelivered)
            broken(text(what) + " is marked as redelivered and tells of a connection");
        return;
    }
    auto& own = sessions_[what.session];
    if (const auto again = own.done.extract(what.sequence); !again.empty())
        own.open[what.sequence] = again.mapped();
    const auto found = own.open.find(what.sequence);
    if (found == own.open.end())
        return broken(text(what) + " was never sent");
    progress& at = found->second.by[what.plugin];
    judge(what, at, redelivered);
    // One that came before and may come again unmarked has its place behind it.
    if (!redelivered && at == progress::none)
        judge_order(what, own);
    at = progress::running;
    running_[what] = {epoch, time_.now()};
}

void promises::finished(const delivery_name& what)
{
    const auto own = sessions_.find(what.session);
    if (running_.erase(what) == 0 || own == sessions_.end())
        return;
    const auto found = own->second.open.find(what.sequence);
    if (found == own->second.open.end())
        return;
    event& of = found->second;
    of.by[what.plugin] = progress::finished;
    for (std::size_t plugin = 0; plugin < plugin_names.size(); ++plugin)
        if (wants(plugin, of.type) && of.by[plugin] != progress::finished)
            return;
    own->second.done[what.sequence] = std::move(of);
    own->second.open.erase(found);
}

void promises::process_died(std::uint64_t epoch)
{
    for (auto each = running_.begin(); each != running_.end();) {
        if (each->second.epoch != epoch) {
            ++each;
            continue;
        }
        // One that takes very long is given up, at the next look at the record.
        const bool may_be_given_up =
            time_.now() - each->second.since >= dispatch::recorder::held_back_max;
        sessions_[each->first.session].open[each->first.sequence].by[each->first.plugin] =
            may_be_given_up ? progress::perhaps : progress::interrupted;
        each = running_.erase(each);
    }
}

void promises::look_at(discord::slot slot, const gateway::session& it)
{
    using gateway::state;
    if (it.where() == state::active)
        active_[slot] = time_.now();
    if (it.where() == state::idle || it.where() == state::stopped)
        return;
    if (it.deadline() == never || it.deadline() > time_.now() + session_wait_max)
        broken("shard " + to_string(slot) + " waits without an end");
}

void promises::look_at(const host::fleet& it)
{
    for (const auto& each : it.collections())
        if (each.where != host::fleet::phase::ended &&
            (each.until == never || each.until > time_.now() + fleet_wait_max))
            broken("the host waits for a collection without an end");
}

void promises::everything_was_handled()
{
    for (const auto& [id, each] : sessions_) {
        if (each.over || kept_[each.slot] != id)
            continue;
        for (const auto& [number, one] : each.open)
            for (std::size_t plugin = 0; plugin < plugin_names.size(); ++plugin)
                if (wants(plugin, one.type) &&
                    (one.by[plugin] == progress::none || one.by[plugin] == progress::interrupted))
                    broken("lost: " + text({id, number, plugin}) +
                           ": it was not handled when all was quiet again");
    }
}

}  // namespace tinfoil::sim
