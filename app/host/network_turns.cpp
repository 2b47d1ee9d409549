#include "host/network_turns.hpp"

#include "host/fleet.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tinfoil::host {

void network_turns::on(const turns_input& what, instant now, std::vector<turns_action>& todo)
{
    std::visit([&](const auto& told) { on(told, now, todo); }, what);
    if (is_closed_ && !is_over_ && (places_.empty() || now >= over_at_)) {
        is_over_ = true;
        over_at_ = never;
        todo.emplace_back(network_empty{});
    }
}

instant network_turns::deadline() const
{
    instant first = over_at_;
    for (const auto& [number, own] : places_)
        if (own.down)
            first = std::min(first, own.down->due);
    return first;
}

void network_turns::on(const process_wanted& what, instant now, std::vector<turns_action>& todo)
{
    if (is_closed_) {
        todo.emplace_back(up_failed{what.number, what.epoch, "the host ends"});
        todo.emplace_back(process_done{what.epoch});
        return;
    }
    place& own = places_[what.number];
    // One at a time of a number; who wants another has given the one before up.
    if (own.up)
        drop(own, todo);
    own.up = process{.epoch = what.epoch};
    go_on(what.number, now, todo);
}

void network_turns::on(const process_dropped& what, instant now, std::vector<turns_action>& todo)
{
    const auto own = places_.find(what.number);
    if (own == places_.end() || !own->second.up || own->second.up->epoch != what.epoch)
        return;
    drop(own->second, todo);
    go_on(what.number, now, todo);
}

// The up is over: what was given is taken back.
void network_turns::drop(place& own, std::vector<turns_action>& todo)
{
    const process gone = *std::exchange(own.up, std::nullopt);
    if (gone.was_given)
        own.down = process{.epoch = gone.epoch};
    else
        todo.emplace_back(process_done{gone.epoch});
}

void network_turns::go_on(std::uint32_t number, instant now, std::vector<turns_action>& todo)
{
    place& own = places_.at(number);
    if (own.down) {
        if (has_crew_ && own.down->id == 0) {
            own.down->due = now + down_patience;
            give(network_deed::down, number, *own.down, todo);
        }
    } else if (own.up) {
        if (has_crew_ && !own.up->was_given)
            give(network_deed::up, number, *own.up, todo);
    } else {
        places_.erase(number);
    }
}

void network_turns::give(network_deed what, std::uint32_t number, process& which,
                         std::vector<turns_action>& todo)
{
    which.id = ++last_id_;
    which.was_given = true;
    todo.emplace_back(give_turn{which.id, what, number, which.epoch});
}

void network_turns::on(const turn_ended& what, instant now, std::vector<turns_action>& todo)
{
    for (auto& [number, own] : places_) {
        if (own.up && own.up->id == what.id) {
            own.up->id = 0;
            if (!what.failed.empty())
                todo.emplace_back(
                    up_failed{number, own.up->epoch, fmt::format("{}: {}", up_, what.failed)});
            return;
        }
        if (!own.down || own.down->id != what.id)
            continue;
        if (!what.failed.empty())
            todo.emplace_back(
                turns_warning{fmt::format("{} for {}: {}; what it was to remove may still be there",
                                          down_, collection_name(number), what.failed)});
        todo.emplace_back(process_done{own.down->epoch});
        own.down.reset();
        return go_on(number, now, todo);
    }
}

void network_turns::on(const crew_came&, instant now, std::vector<turns_action>& todo)
{
    has_crew_ = true;
    std::vector<std::uint32_t> numbers;
    for (const auto& [number, own] : places_) {
        numbers.push_back(number);
        if (own.up && own.up->was_given)
            todo.emplace_back(give_turn{0, network_deed::stands, number, own.up->epoch});
    }
    for (const std::uint32_t number : numbers)
        go_on(number, now, todo);
}

void network_turns::on(const crew_left& what, instant, std::vector<turns_action>& todo)
{
    has_crew_ = false;
    for (auto& [number, own] : places_) {
        if (own.up && std::exchange(own.up->id, 0) != 0)
            todo.emplace_back(
                up_failed{number, own.up->epoch, fmt::format("{}: {}", up_, what.why)});
        if (own.down) {
            own.down->id = 0;
            own.down->due = never;
        }
    }
}

void network_turns::on(const network_closed&, instant now, std::vector<turns_action>& todo)
{
    if (is_closed_)
        return;
    is_closed_ = true;
    over_at_ = now + end_patience;
    std::vector<std::uint32_t> numbers;
    for (auto& [number, own] : places_) {
        numbers.push_back(number);
        if (own.up)
            drop(own, todo);
    }
    for (const std::uint32_t number : numbers)
        go_on(number, now, todo);
}

void network_turns::on(const turns_elapsed&, instant now, std::vector<turns_action>& todo)
{
    for (auto& [number, own] : places_) {
        if (!own.down || now < own.down->due)
            continue;
        own.down->due = never;
        todo.emplace_back(turn_overdue{own.down->id});
    }
}

}  // namespace tinfoil::host
