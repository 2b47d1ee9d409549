#include "discordsim/simulator.hpp"

#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {

namespace {

constexpr double usual_acts_per_second = 3.0;

}  // namespace

void set_rate(settings& of, double events_per_second)
{
    of.acts_per_second = std::min(usual_acts_per_second, events_per_second);
    of.messages_per_second = events_per_second - of.acts_per_second;
}

simulator::simulator(settings how, instant now)
    : settings_(std::move(how)),
      world_(
          settings_.seed,
          {settings_.guilds, settings_.people_per_guild, settings_.life.zipf, settings_.life.mix},
          settings_.wall_ms, now),
      crowd_(settings_.life, settings_.seed),
      witness_(now),
      rest_(std::make_unique<rest>()),
      start_(now),
      starts_left_(settings_.session_starts),
      starts_reset_at_(now + std::chrono::hours(24))
{
    std::stable_sort(settings_.plan.begin(), settings_.plan.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    schedule(now);
    if (settings_.messages_per_second > 0)
        next_message_ = now;
}

simulator::simulator(simulator&&) noexcept = default;
simulator::~simulator() = default;

rate_limits& simulator::limits()
{
    return rest_->limits();
}

void simulator::on(const input& what, instant now, actions& todo)
{
    const std::size_t since = todo.size();
    now_ = now;
    witness_.look(now);
    expire_sessions(now);
    flush_paths(now, todo);
    flush_held(now, todo);
    give_late_answers(now, todo);
    if (const auto* up = std::get_if<opened>(&what)) {
        on_opened(*up, now, todo);
    } else if (const auto* got = std::get_if<payload>(&what)) {
        on_payload(*got, now, todo);
    } else if (const auto* gone = std::get_if<closed>(&what)) {
        on_closed(*gone, now, todo);
    } else if (const auto* asked = std::get_if<request>(&what)) {
        on_request(*asked, now, todo);
    } else if (const auto* order = std::get_if<direct>(&what)) {
        on_direct(*order, now, todo);
    } else if (std::holds_alternative<hush>(what)) {
        fall_silent();
    }
    check_heartbeats(now, todo);
    strike_planned(now, todo);
    end_outages(now, todo);
    return_permissions(now, todo);
    while (now >= next_act_)
        act(now, todo);
    if (now >= chat_due())
        chat(now, todo);
    cut_overflowing(now, todo);
    if (!doubted_.empty())
        settle_doubts(now);
    note_happenings(since, todo);
}

void simulator::fall_silent()
{
    hushed_ = true;
    next_act_ = next_message_ = never;
    bursts_.clear();
}

instant simulator::deadline() const
{
    instant due = std::min({next_act_, chat_due(), witness_.deadline()});
    if (!beats_due_.empty())
        due = std::min(due, beats_due_.begin()->first);
    if (!held_due_.empty())
        due = std::min(due, held_due_.begin()->first);
    if (!paths_due_.empty())
        due = std::min(due, paths_due_.begin()->first.due);
    if (!lost_.empty())
        due = std::min(due, lost_.begin()->first + settings_.session_lifetime);
    for (const auto& [guild, until] : outages_)
        due = std::min(due, until);
    for (const lost_permission& each : lost_permissions_)
        due = std::min(due, each.until);
    if (planned_ < settings_.plan.size())
        due = std::min(due, start_ + settings_.plan[planned_].first);
    if (!late_answers_.empty())
        due = std::min(due, late_answers_.begin()->first);
    return due;
}

counts simulator::so_far() const
{
    counts all = witness_.so_far();
    all.sessions = sessions_.size();
    all.connections = connections_.size();
    all.left_open = witness_.left_open_count();
    return all;
}

}  // namespace tinfoil::discordsim
