// Which sessions there are, which guilds are theirs, and what is due of them. Thousands of shards
// share one simulated Discord, so that no input may look at each of them.
#include "discordsim/simulator.hpp"

#include <algorithm>
#include <numeric>

namespace tinfoil::discordsim {
namespace {

// A reshard has two at once.
constexpr std::size_t shard_counts_remembered = 4;

}  // namespace

simulator::session& simulator::begin_session(session made)
{
    const std::string id = made.id;
    session& kept = sessions_.emplace(id, std::move(made)).first->second;
    serving_[kept.slot.count][kept.slot.id].push_back(&kept);
    doubt_need(kept.slot);
    return kept;
}

void simulator::end_session(const std::string& id)
{
    const auto found = sessions_.find(id);
    if (found == sessions_.end())
        return;
    session& gone = found->second;
    regain_session(gone);
    forget_paths(gone);
    doubt_need(gone.slot);
    doubted_.erase(gone.number);
    witness_.no_longer_superseded(gone.number, now_);
    auto& by_id = serving_.at(gone.slot.count);
    auto& same = by_id.at(gone.slot.id);
    std::erase(same, &gone);
    if (same.empty())
        by_id.erase(gone.slot.id);
    if (by_id.empty())
        serving_.erase(gone.slot.count);
    sessions_.erase(found);
}

void simulator::lose_session(session& of, instant now)
{
    of.connection.reset();
    of.lost_at = now;
    lost_.emplace(now, of.id);
    doubt_need(of.slot);
}

void simulator::regain_session(session& of)
{
    lost_.erase({of.lost_at, of.id});
    of.lost_at = never;
    doubt_need(of.slot);
}

void simulator::expire_sessions(instant now)
{
    while (!lost_.empty() && now - lost_.begin()->first >= settings_.session_lifetime)
        end_session(std::string(lost_.begin()->second));
}

const simulator::session* simulator::ready_session(discord::snowflake guild)
{
    const session* ready = nullptr;
    for_serving(guild, [&](const session& each) {
        if (ready == nullptr && each.connection)
            ready = &each;
    });
    return ready;
}

// Whether a fault may keep the bot from what happens in the guild, or from answering.
bool simulator::is_excused(discord::snowflake guild, instant now)
{
    bool excused = faults_.any(now);
    for_serving(guild, [&](const session& each) {
        excused =
            excused || (each.connection && now < connections_.at(*each.connection).excused_until);
    });
    return excused;
}

const std::vector<discord::snowflake>& simulator::guilds_of(discord::slot which)
{
    if (std::exchange(shares_as_of_, world_.guilds_changed()) != world_.guilds_changed() ||
        (!shares_.contains(which.count) && shares_.size() >= shard_counts_remembered))
        shares_.clear();
    const auto [all, is_new] = shares_.try_emplace(which.count);
    if (is_new)
        for (const guild& each : world_.guilds)
            all->second[static_cast<std::uint32_t>((each.id.value >> 22) % which.count)].push_back(
                each.id);
    static const std::vector<discord::snowflake> none;
    const auto found = all->second.find(which.id);
    return found == all->second.end() ? none : found->second;
}

void simulator::doubt_need(discord::slot around)
{
    const auto doubt = [&](const std::vector<session*>& all) {
        for (const session* each : all)
            doubted_.emplace(each->number, each);
    };
    for (const auto& [count, by_id] : serving_) {
        const std::uint32_t common = std::gcd(count, around.count);
        if (common == count) {
            if (const auto found = by_id.find(around.id % count); found != by_id.end())
                doubt(found->second);
            continue;
        }
        for (const auto& [id, all] : by_id)
            if (id % common == around.id % common)
                doubt(all);
    }
}

// Whether newer sessions serve its guilds, and the key of its number besides: there shard 0 has
// direct messages, and a guild may come.
bool simulator::is_superseded(const session& of)
{
    const auto is_served = [&](std::uint64_t key) {
        return std::any_of(serving_.begin(), serving_.end(), [&](const auto& each) {
            const auto& [count, by_id] = each;
            const auto found = by_id.find(static_cast<std::uint32_t>(key % count));
            return found != by_id.end() &&
                   std::any_of(found->second.begin(), found->second.end(), [&](const session* one) {
                       return one->number > of.number && one->connection;
                   });
        });
    };
    if (!of.connection || !is_served(of.slot.id))
        return false;
    const auto& own = guilds_of(of.slot);
    return std::all_of(own.begin(), own.end(),
                       [&](discord::snowflake each) { return is_served(each.value >> 22); });
}

void simulator::settle_doubts(instant now)
{
    for (const auto& [number, each] : std::exchange(doubted_, {}))
        if (is_superseded(*each))
            witness_.superseded(number, each->slot, now);
        else
            witness_.no_longer_superseded(number, now);
}

void simulator::expect_beat(connection_id id, connection& from)
{
    const instant asked = from.beat_asked == never ? never : from.beat_asked + beat_answer_patience;
    beats_due_.erase({from.beat_due, id});
    from.beat_due = std::min(from.beat_until, asked);
    beats_due_.emplace(from.beat_due, id);
}

// Discord Docs/Gateway, "Sending Heartbeats".
void simulator::check_heartbeats(instant now, actions& todo)
{
    while (!beats_due_.empty() && beats_due_.begin()->first <= now) {
        const connection_id id = beats_due_.begin()->second;
        connection& from = connections_.at(id);
        if (from.beat_asked != never && now >= from.beat_asked + beat_answer_patience) {
            from.beat_asked = never;
            if (now >= from.excused_until)
                witness_.broke("gateway/heartbeat-request",
                               name_of(id) + " did not answer a request for a heartbeat", now);
        }
        if (now < from.beat_until)
            expect_beat(id, from);
        else if (from.greeted)
            break_rule(id, 4009, "Session timed out.", now, todo);
        else
            end(id, 4009, "Session timed out.", now, todo);
    }
}

}  // namespace tinfoil::discordsim
