#include "collection/gateway_commands.hpp"

#include "discord/opcode.hpp"

#include <algorithm>

namespace tinfoil::collection {
namespace {

using discord::command_answer;
using discord::command_outcome;

command_answer full()
{
    return {command_outcome::queue_full,
            std::to_string(gateway_commands::commands_max) + " commands are under way already"};
}

}  // namespace

// Whoever asked has not returned yet.
void gateway_commands::refuse(std::uint64_t id, command_answer why)
{
    later_([this, id, why = std::move(why), alive = std::weak_ptr(alive_)] {
        if (!alive.expired())
            answered(id, why);
    });
}

std::uint64_t gateway_commands::give(int op, const std::string& data, duration patience, done then)
{
    const std::uint64_t id = ++last_id_;
    const bool has_room = !is_full();
    pending_.emplace(id, pending{std::move(then)});
    if (!has_room) {
        refuse(id, full());
        return id;
    }
    auto made = discord::read_command(op, data);
    if (!made)
        refuse(id, made.error());
    else if (op == discord::opcode::presence_update)
        up_.tell(link::gateway_command{id, static_cast<std::uint8_t>(op), made->data, {}});
    else if (!serves_)
        early_.push_back({id, std::move(*made), patience});
    else
        find_taker(id, std::move(*made), patience);
    return id;
}

void gateway_commands::find_taker(std::uint64_t id, discord::gateway_command what,
                                  duration patience)
{
    const duration given =
        std::clamp<duration>(patience, duration::zero(), gateway::outbox::patience_max);
    if (auto* taker = taker_of(what.guild)) {
        give_to(*taker, id, std::move(what), given);
    } else {
        up_.tell(link::gateway_command{id, static_cast<std::uint8_t>(what.op), std::move(what.data),
                                       given});
    }
}

void gateway_commands::give_to(command_taker& taker, std::uint64_t id,
                               discord::gateway_command what, duration patience)
{
    pending& own = pending_.at(id);
    own.taker = &taker;
    own.what = what;
    own.patience = patience;
    if (what.op == discord::opcode::voice_state_update) {
        if (!what.channel)
            voice_wishes_.erase(what.guild);
        else if (voice_wishes_.size() < gateway::voice_states::guilds_max)
            voice_wishes_[what.guild] = what.data;
    }
    if (listens_)
        listens_(taker.slot(), what);
    taker.give({id, std::move(what), patience});
}

std::size_t gateway_commands::under_way(const std::vector<discord::slot>& of) const
{
    return static_cast<std::size_t>(
        std::count_if(pending_.begin(), pending_.end(), [&](const auto& each) {
            return each.second.taker != nullptr &&
                   std::find(of.begin(), of.end(), each.second.taker->slot()) != of.end();
        }));
}

std::string gateway_commands::voice_wish(discord::snowflake guild) const
{
    const auto found = voice_wishes_.find(guild);
    return found == voice_wishes_.end() ? "" : found->second;
}

command_taker* gateway_commands::taker_of(discord::snowflake guild) const
{
    const auto found = std::find_if(takers_.begin(), takers_.end(), [&](command_taker* each) {
        return each->slot().serves(guild);
    });
    return found == takers_.end() ? nullptr : *found;
}

void gateway_commands::take_back(std::uint64_t id)
{
    const auto node = pending_.extract(id);
    if (!node.empty() && node.mapped().taker != nullptr)
        node.mapped().taker->take_back(id);
    std::erase_if(early_, [&](const early& each) { return each.id == id; });
}

void gateway_commands::serve(std::vector<command_taker*> all)
{
    const auto before = std::exchange(takers_, std::move(all));
    serves_ = true;
    if (const auto made = discord::read_command(discord::opcode::presence_update, presence_); made)
        for (command_taker* each : takers_)
            if (std::find(before.begin(), before.end(), each) == before.end())
                each->give({0, *made, {}});
    std::vector<std::uint64_t> left;
    for (const auto& [id, each] : pending_)
        if (each.taker != nullptr &&
            std::find(takers_.begin(), takers_.end(), each.taker) == takers_.end())
            left.push_back(id);
    for (const std::uint64_t id : left) {
        pending& each = pending_.at(id);
        std::exchange(each.taker, nullptr)->take_back(id);
        find_taker(id, each.what, each.patience);
    }
    for (early& each : std::exchange(early_, {}))
        find_taker(each.id, std::move(each.what), each.patience);
}

void gateway_commands::show(const std::string& presence)
{
    presence_ = presence;
    const auto made = discord::read_command(discord::opcode::presence_update, presence);
    if (!made)
        return;
    for (command_taker* each : takers_)
        each->give({0, *made, {}});
}

void gateway_commands::answered(std::uint64_t id, command_answer what)
{
    const auto node = pending_.extract(id);
    if (!node.empty())
        node.mapped().then(std::move(what));
}

void gateway_commands::on(const link::gateway_command& from_host)
{
    if (from_host.op == discord::opcode::presence_update)
        return show(from_host.data);
    const auto tell = [&up = up_, asked = from_host.id](command_answer what) {
        if (what.text.size() > passed_bytes_max)
            what = {command_outcome::too_large,
                    "an answer from a shard of another collection has at most 8 MiB: ask for less, "
                    "or where the guild's events are handled"};
        up.tell(link::gateway_answer{asked, std::move(what)});
    };
    auto made = discord::read_command(from_host.op, from_host.data);
    if (!made)
        return tell(made.error());
    command_taker* taker = taker_of(made->guild);
    if (taker == nullptr)
        return tell({command_outcome::unknown_guild,
                     "no shard of this collection serves guild " + to_string(made->guild)});
    if (is_full())
        return tell(full());
    const std::uint64_t id = ++last_id_;
    pending_.emplace(id, pending{tell});
    give_to(*taker, id, std::move(*made), from_host.patience);
}

}  // namespace tinfoil::collection
