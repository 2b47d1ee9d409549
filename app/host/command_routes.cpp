#include "host/command_routes.hpp"

#include "discord/gateway_command.hpp"
#include "discord/opcode.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

using discord::command_outcome;

link::message refusal(std::uint64_t id, command_outcome how, std::string why)
{
    return link::gateway_answer{id, {how, std::move(why)}};
}

}  // namespace

bool command_routes::takes_presence(process from, bool is_beginning)
{
    if (is_beginning && presence_by_ && *presence_by_ != from)
        return false;
    presence_by_ = from;
    return true;
}

void command_routes::on_command(std::uint32_t from, const link::gateway_command& what,
                                const target* to, outgoing& todo)
{
    const bool is_for_members = what.op == discord::opcode::request_guild_members;
    const auto of_members = std::count_if(routes_.begin(), routes_.end(), [](const auto& each) {
        return each.second.is_for_members;
    });
    const bool is_full =
        routes_.size() >= commands_max ||
        (is_for_members && static_cast<std::size_t>(of_members) >= member_requests_max);
    if (to == nullptr)
        todo.emplace_back(
            from, refusal(what.id, command_outcome::unknown_guild,
                          "no shard of this bot serves guild " + to_string(guild_of(what))));
    else if (!to->is_up)
        todo.emplace_back(from, refusal(what.id, command_outcome::shard_stopped,
                                        "the collection that serves the guild is not up just now: "
                                        "give the command again"));
    else if (is_full)
        todo.emplace_back(from, refusal(what.id, command_outcome::queue_full,
                                        "too many commands between collections are under way"));
    else {
        const std::uint64_t id = ++last_id_;
        routes_.emplace(id, route{from, what.id, to->number, is_for_members});
        todo.emplace_back(to->number, link::gateway_command{id, what.op, what.data, what.patience});
    }
}

void command_routes::on_answer(std::uint32_t from, link::gateway_answer what, outgoing& todo)
{
    const auto own = routes_.find(what.id);
    if (own == routes_.end() || own->second.owner != from)
        return;
    todo.emplace_back(own->second.asker,
                      link::gateway_answer{own->second.asked_as, std::move(what.what)});
    routes_.erase(own);
}

void command_routes::on_ended(std::uint32_t number, outgoing& todo)
{
    for (auto at = routes_.begin(); at != routes_.end();) {
        const route& each = at->second;
        if (each.owner == number && each.asker != number)
            todo.emplace_back(each.asker,
                              refusal(each.asked_as, command_outcome::shard_stopped,
                                      "the collection that had the command ended: give it again"));
        at = each.owner == number || each.asker == number ? routes_.erase(at) : std::next(at);
    }
}

discord::snowflake guild_of(const link::gateway_command& what)
{
    const auto read = discord::read_command(what.op, what.data);
    return read ? read->guild : discord::snowflake{};
}

}  // namespace tinfoil::host
