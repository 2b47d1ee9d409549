#include "discordsim/simulator.hpp"

#include <algorithm>

namespace tinfoil::discordsim {

simulator::simulator(settings how, instant now)
    : settings_(std::move(how)),
      world_(settings_.seed, settings_.guilds, settings_.people_per_guild, settings_.wall_ms, now)
{
    schedule(now);
}

void simulator::on(const input& what, instant now, actions& todo)
{
    witness_.look(now);
    if (const auto* up = std::get_if<opened>(&what)) {
        constexpr auto interval = std::chrono::milliseconds(41'250);
        connection& made = connections_[up->id];
        made.beat_until = now + 2 * interval;
        // Discord Docs/Gateway, "Hello Event".
        todo.emplace_back(send{
            up->id, R"({"op":10,"s":null,"t":null,"d":{"heartbeat_interval":41250,"_trace":[]}})"});
    } else if (const auto* got = std::get_if<payload>(&what)) {
        on_payload(*got, now, todo);
    } else if (const auto* gone = std::get_if<closed>(&what)) {
        forget_connection(gone->id, now);
    } else if (const auto* asked = std::get_if<request>(&what)) {
        on_request(*asked, now, todo);
    } else if (std::holds_alternative<hush>(what)) {
        hushed_ = true;
        next_act_ = never;
    }
    check_heartbeats(now, todo);
    while (now >= next_act_)
        act(now, todo);
}

instant simulator::deadline() const
{
    instant due = std::min(next_act_, witness_.deadline());
    for (const auto& [id, each] : connections_)
        due = std::min(due, each.beat_until);
    return due;
}

}  // namespace tinfoil::discordsim
