#include "dispatch/swap.hpp"

#include <utility>

namespace tinfoil::dispatch {

void swap::on(const swap_input& what, instant now, std::vector<swap_action>& todo)
{
    if (const auto* wanted = std::get_if<swap_wanted>(&what)) {
        on_wanted(*wanted, now, todo);
    } else if (const auto* loaded = std::get_if<swap_loaded>(&what)) {
        if (state_ == state::loading)
            on_loaded(*loaded, now, todo);
    } else if (const auto* left = std::get_if<handlers_left>(&what)) {
        if (state_ == state::draining && left->count == 0)
            drained(now, todo);
    } else if (const auto* saved = std::get_if<state_saved>(&what)) {
        if (state_ == state::saving)
            on_saved(*saved, now, todo);
    } else if (const auto* started = std::get_if<version_started>(&what)) {
        if (state_ == state::starting)
            on_started(*started, now, todo);
    } else if (std::holds_alternative<events_released>(what)) {
        if (state_ == state::releasing) {
            holding_ = false;
            tell(todo);
            if (const auto next = std::exchange(next_, {}))
                on_wanted(*next, now, todo);
        }
    } else if (now >= until_) {
        on_late(now, todo);
    }
}

void swap::on_wanted(const swap_wanted& what, instant now, actions& todo)
{
    const auto supersede = [&](std::uint64_t ticket) {
        todo.emplace_back(swap_told{ticket, swap_verdict::superseded, "a newer one was wanted"});
    };
    // The last one has succeeded or failed already, and events have waited long enough.
    if (state_ == state::releasing) {
        if (next_)
            supersede(next_->ticket);
        next_ = what;
        return;
    }
    if (state_ != state::steady)
        supersede(ticket_);
    if (std::exchange(beside_, false))
        todo.emplace_back(drop_new{});
    ticket_ = what.ticket;
    unload_ = what.unload;
    state_ = state::loading;
    until_ = never;
    if (unload_)
        return on_loaded({}, now, todo);
    todo.emplace_back(load_beside{ticket_});
}

void swap::on_loaded(const swap_loaded& what, instant now, actions& todo)
{
    if (what.refused)
        return settle(swap_verdict::refused, *what.refused, todo);
    if (!running_ && unload_)
        return settle(swap_verdict::refused, "it does not run", todo);
    beside_ = !unload_;
    if (running_)
        return drain(now, todo);
    begin_start(now, todo);
}

void swap::drain(instant now, actions& todo)
{
    if (!std::exchange(holding_, true))
        drain_until_ = now + drain_max;
    state_ = state::draining;
    until_ = drain_until_;
    todo.emplace_back(hold_events{});
}

void swap::on_late(instant now, actions& todo)
{
    if (state_ == state::draining)
        drained(now, todo);
    else if (state_ == state::saving)
        on_saved({"it did not save its state within a second"}, now, todo);
    else if (state_ == state::starting)
        on_started({"it did not start within a second"}, now, todo);
}

void swap::drained(instant now, actions& todo)
{
    state_ = state::saving;
    until_ = now + save_max;
    todo.emplace_back(save_state{});
}

void swap::on_saved(const state_saved& what, instant now, actions& todo)
{
    // Whoever unloads it wants it gone, with its state or without.
    if (unload_) {
        running_ = false;
        todo.emplace_back(remove_old{});
        return settle(swap_verdict::unloaded, what.failed.value_or(""), todo);
    }
    if (what.failed) {
        beside_ = false;
        todo.emplace_back(drop_new{});
        return settle(swap_verdict::refused, *what.failed, todo);
    }
    begin_start(now, todo);
}

void swap::begin_start(instant now, actions& todo)
{
    state_ = state::starting;
    // At the begin of a run nobody waits for it.
    until_ = running_ ? now + start_max : never;
    began_ = now;
    todo.emplace_back(start_new{});
}

void swap::on_started(const version_started& what, instant now, actions& todo)
{
    beside_ = false;
    std::optional<std::string> failed = what.failed;
    if (!failed && running_ && now - began_ > start_max)
        failed = "it took " +
                 std::to_string(
                     std::chrono::duration_cast<std::chrono::milliseconds>(now - began_).count()) +
                 " ms to start, and 1000 are allowed";
    if (failed) {
        todo.emplace_back(drop_new{});
        return settle(swap_verdict::refused, *failed, todo);
    }
    const bool in_place = std::exchange(running_, true);
    ++generation_;
    todo.emplace_back(take_over{});
    settle(in_place ? swap_verdict::reloaded : swap_verdict::loaded, "", todo);
}

// The answer comes with the last event that waited, so that it can say how long that was.
void swap::settle(swap_verdict how, std::string why, actions& todo)
{
    verdict_ = how;
    why_ = std::move(why);
    until_ = never;
    if (!holding_)
        return tell(todo);
    state_ = state::releasing;
    todo.emplace_back(release_events{});
}

void swap::tell(actions& todo)
{
    state_ = state::steady;
    todo.emplace_back(swap_told{ticket_, verdict_, std::exchange(why_, {})});
}

}  // namespace tinfoil::dispatch
