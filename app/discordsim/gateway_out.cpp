// What leaves for a client, and what faults hold back of it.
#include "discordsim/simulator.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

// Discord compresses "some" payloads when IDENTIFY asks for it.
constexpr std::size_t compressed_bytes_least = 512;

}  // namespace

void simulator::emit(connection_id id, std::string_view name, std::string text, actions& todo,
                     duration late)
{
    if (const auto found = connections_.find(id); found != connections_.end() && !faults_.none())
        if (const auto slot = slot_of(found->second))
            late += faults_.length(fault_kind::delay, now_, world_.random, *slot, {});
    put(id, {now_ + late, nullptr, 0, name, std::move(text)}, todo);
}

// What is late holds up what follows on its connection: TCP does not reorder.
void simulator::put(connection_id id, outgoing what, actions& todo)
{
    const auto found = connections_.find(id);
    if (found == connections_.end())
        return;
    connection& to = found->second;
    what.due = std::max(what.due, to.held.empty() ? to.quiet_until : to.held.back().due);
    if (what.due <= now_ && to.held.empty())
        return send_now(id, to, std::move(what), todo);
    if (to.overflows)
        return;
    if (to.held.size() >= settings_.replay_events + held_payloads_max) {
        to.overflows = true;
        return overflowing_.push_back(id);
    }
    if (to.held.empty())
        held_due_.emplace(what.due, id);
    to.held.push_back(std::move(what));
}

void simulator::send_now(connection_id id, const connection& to, outgoing what, actions& todo)
{
    if (settings_.tells_exchange)
        todo.emplace_back(noted{noted::kind::sent,
                                slot_of(to),
                                what.sequence,
                                what.event ? what.event->type : what.name,
                                what.event ? what.event->id : discord::snowflake{},
                                {}});
    std::string text = what.event ? text_of(*what.event, what.sequence) : std::move(what.text);
    const bool compressed = to.compresses && text.size() >= compressed_bytes_least;
    todo.emplace_back(send{id, std::move(text), compressed});
}

void simulator::flush_held(instant now, actions& todo)
{
    while (!held_due_.empty() && held_due_.begin()->first <= now) {
        const connection_id id = held_due_.begin()->second;
        held_due_.erase(held_due_.begin());
        connection& to = connections_.at(id);
        for (; !to.held.empty() && to.held.front().due <= now; to.held.pop_front())
            send_now(id, to, std::move(to.held.front()), todo);
        if (!to.held.empty())
            held_due_.emplace(to.held.front().due, id);
    }
}

void simulator::cut_overflowing(instant now, actions& todo)
{
    for (const connection_id id : std::exchange(overflowing_, {}))
        if (connections_.contains(id)) {
            todo.emplace_back(drop{id});
            forget_connection(id, 1006, now, todo);
        }
}

std::optional<discord::slot> simulator::slot_of(const connection& of) const
{
    const auto own = sessions_.find(of.session);
    return own == sessions_.end() ? std::nullopt : std::optional(own->second.slot);
}

void simulator::note_payload(const payload& got, std::int64_t op, actions& todo) const
{
    // Without an opcode, or with one that can't be.
    op = std::max<std::int64_t>(op, -1);
    todo.emplace_back(noted{noted::kind::got, slot_of(connections_.at(got.id)), op, {}, {}, {}});
}

}  // namespace tinfoil::discordsim
