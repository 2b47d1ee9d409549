#include "host/fleet.hpp"

#include "base/assert.hpp"
#include "discord/intents.hpp"
#include "sharding/placement.hpp"

#include <algorithm>

namespace tinfoil::host {

std::string collection_name(std::uint32_t number)
{
    return "collection " + std::to_string(number);
}

std::string_view name(fleet::phase where)
{
    switch (where) {
    case fleet::phase::starting:
        return "starting";
    case fleet::phase::running:
        return "running";
    case fleet::phase::waiting:
        return "waiting";
    case fleet::phase::stopping:
        return "stopping";
    case fleet::phase::ended:
        return "ended";
    }
    return "unknown";
}

void fleet::on(const fleet_input& what, instant now, actions& todo)
{
    if (const auto* how = std::get_if<fleet_plan>(&what))
        on_plan(*how, now, todo);
    else if (const auto* limit = std::get_if<sharding::budget>(&what))
        ask_ledger(*limit, now, todo);
    else if (const auto* some = std::get_if<sharding::released>(&what))
        ask_ledger(*some, now, todo);
    else if (const auto* refused = std::get_if<token_refused>(&what))
        suspend(refused->why, now, todo);
    else if (std::holds_alternative<token_renewed>(what))
        on_token_renewed(now, todo);
    else if (const auto* granted = std::get_if<intents_known>(&what))
        on_intents(*granted, now, todo);
    else if (const auto* from = std::get_if<heard>(&what))
        on_heard(*from, now, todo);
    else if (const auto* end = std::get_if<gone>(&what))
        on_gone(*end, now, todo);
    else if (const auto* row = std::get_if<identify_recorded>(&what))
        on_recorded(*row, now, todo);
    else if (const auto* lacking = std::get_if<not_kept>(&what))
        unkept_.insert(lacking->slots.begin(), lacking->slots.end());
    else if (const auto* begun = std::get_if<begin_handoff>(&what))
        on_begin_handoff(*begun, now, todo);
    else if (const auto* cancelled = std::get_if<cancel_handoff>(&what))
        on_cancel_handoff(*cancelled, now, todo);
    else if (const auto* written = std::get_if<commit_written>(&what))
        on_commit_written(*written, now, todo);
    else if (const auto* moved = std::get_if<begin_move>(&what))
        on_begin_move(*moved, now, todo);
    else if (std::holds_alternative<add_collection>(what))
        on_add_collection(now, todo);
    else if (const auto* retired = std::get_if<retire_collection>(&what))
        on_retire(retired->number, now, todo);
    else if (const auto* anew = std::get_if<begin_restart>(&what))
        on_begin_restart(*anew, todo);
    else if (std::holds_alternative<cancel_restart>(what))
        on_cancel_restart(todo);
    else if (const auto* asked = std::get_if<fleet_stop>(&what))
        on_stop(asked->end_sessions, now, todo);
    else
        on_elapsed(now, todo);
    go_on_restart(now, todo);
}

instant fleet::deadline() const
{
    instant due = stopping_ ? never : ledger_.deadline();
    for (const auto& [slot, again] : unrecorded_)
        due = std::min(due, again);
    for (const collection& each : collections_)
        due = std::min(due, each.until);
    if (handoff_)
        due = std::min(due, handoff_->until);
    for (const auto& [slot, each] : moves_)
        due = std::min(due, each.until);
    return std::min(due, restart_.until);
}

void fleet::on_plan(const fleet_plan& how, instant now, actions& todo)
{
    TINFOIL_ASSERT(collections_.empty() && !how.slots.empty() && how.collections >= 1);
    gateway_url_ = how.gateway_url;
    last_epoch_ = how.epoch - 1;
    in_process_ = how.in_process;
    pulse_patience_ = std::max(pulse_patience, how.handler_hung + patience_beyond_hung);
    recommended_ = how.recommended;
    ask_ledger(sharding::owned{how.rows}, now, todo);
    for (const discord::slot slot : how.slots)
        known_[slot] = {.which = slot, .generation = 1, .point = {}, .unfinished = {}};
    for (const discord::session_record& each : how.known) {
        if (const auto own = known_.find(each.which); own != known_.end())
            own->second = each;
        else
            todo.emplace_back(forget_session{each.which, each.generation});
    }
    for (const sharding::handoff_record& each : how.handoffs) {
        records_[each.slot] = each;
        const auto own = known_.find(each.slot);
        if (own == known_.end() || own->second.point.session_id != each.session_id)
            drop_record(each.slot, todo);
    }
    const std::size_t count = std::min<std::size_t>(how.collections, how.slots.size());
    if (count < how.collections)
        todo.emplace_back(say{false, "there are only " + discord::shards_in_words(count) + ", so " +
                                         std::to_string(count) + " of " +
                                         std::to_string(how.collections) + " collections run"});
    const auto placed = sharding::place(how.slots, count);
    collections_.resize(count);
    for (std::uint32_t number = 0; number < count; ++number) {
        collections_[number].slots = placed[number];
        collections_[number].granted = how.granted;
        for (const discord::slot slot : placed[number])
            owner_[slot] = number;
        start(number, now, todo);
    }
}

void fleet::start(std::uint32_t number, instant now, actions& todo)
{
    collection& own = collections_[number];
    own.where = phase::starting;
    own.epoch = ++last_epoch_;
    own.began = now;
    own.unserved_since = own.unserved_since.value_or(now);
    own.until = in_process_ ? never : now + start_patience;
    own.condemned = own.said_stopped = own.returns = own.stale = false;
    own.lag_us = own.unfinished = 0;
    todo.emplace_back(spawn{number, own.epoch, own.granted, own.build});
}

void fleet::on_heard(const heard& from, instant now, actions& todo)
{
    if (from.number >= collections_.size() || collections_[from.number].epoch != from.epoch)
        return;
    collection& own = collections_[from.number];
    if (own.where == phase::waiting || own.where == phase::ended)
        return;
    if (const auto* begun = std::get_if<link::loaded>(&from.what)) {
        on_loaded(from.number, *begun, now, todo);
    } else if (const auto* alive = std::get_if<link::pulse>(&from.what)) {
        on_pulse(from.number, *alive, now, todo);
    } else if (const auto* end = std::get_if<link::stopped>(&from.what)) {
        own.said_stopped = true;
        cut_off_ += end->unfinished;
        if (in_process_)
            on_gone({from.number, from.epoch, std::nullopt, ""}, now, todo);
    } else {
        on_session(from.number, from.what, now, todo);
    }
}

void fleet::on_loaded(std::uint32_t number, const link::loaded& what, instant now, actions& todo)
{
    collection& own = collections_[number];
    if (own.where != phase::starting)
        return;
    if (what.failed) {
        if (!served_)
            return todo.emplace_back(start_refused{*what.failed}), void();
        return condemn(number, "can't begin: " + what.failed->detail, now, todo);
    }
    served_ = true;
    own.where = phase::running;
    own.until = in_process_ ? never : now + pulse_patience_;
    if (own.stale)
        return renew(number, now, todo);
    if (std::exchange(own.is_added, false))
        todo.emplace_back(collection_over{true, number, {}});
    own.unserved_since.reset();
    auto records = records_of(own);
    std::uint64_t lacking = 0;
    std::size_t resuming = 0;
    for (const auto& each : records) {
        resuming += each.point.session_id.empty() ? 0 : 1;
        lacking |= each.point.session_id.empty() ? 0 : what.intents & ~each.intents;
    }
    if (lacking != 0)
        todo.emplace_back(
            say{true, "sessions that go on lack " + discord::intent_names(lacking) +
                          ", which a plugin wants now; tinfoil stop --end-sessions and a new start "
                          "identify with it"});
    if (resuming != 0)
        todo.emplace_back(
            say{false, collection_name(number) + " resumes " + discord::shards_in_words(resuming) +
                           (resuming < records.size()
                                ? ", " + std::to_string(records.size() - resuming) + " identify"
                                : "")});
    for (const auto& each : records)
        if (!each.point.session_id.empty())
            away_.insert(each.which);
    // Also a loss of power may not take this back, or what came again would not be marked.
    if (resuming != 0) {
        auto going_on = records;
        std::erase_if(going_on, [](const auto& each) { return each.point.session_id.empty(); });
        todo.emplace_back(keep_sessions{std::move(going_on), discord::cursor_use::begins, number});
    }
    serve(number, std::move(records), todo);
}

void fleet::on_pulse(std::uint32_t number, const link::pulse& what, instant now, actions& todo)
{
    collection& own = collections_[number];
    own.lag_us = what.lag_us;
    own.unfinished = what.unfinished;
    if (own.where == phase::running && !own.condemned && !in_process_)
        own.until = now + pulse_patience_;
    std::vector<discord::session_record> moved;
    for (const discord::session_record& each : what.changed) {
        const auto known = known_.find(each.which);
        if (known == known_.end() || each.point.session_id.empty())
            continue;
        const auto record = records_.find(each.which);
        if (record != records_.end() && record->second.outdates(each))
            continue;  // Of the older side, from before the commit.
        const std::uint32_t generation = std::max(known->second.generation, each.generation);
        if (each.point.session_id == known->second.point.session_id) {
            double& load = load_[each.which];
            load +=
                (static_cast<double>(each.point.sequence - known->second.point.sequence) - load) /
                10;
        }
        known->second = each;
        known->second.generation = generation;
        moved.push_back(known->second);
        unkept_.erase(each.which);
    }
    for (const discord::slot slot : own.slots)
        if (unkept_.erase(slot) != 0 && !known_.at(slot).point.session_id.empty())
            moved.push_back(known_.at(slot));
    if (moved.empty())
        return;
    // Once a second, whatever the number of collections: a flush waits for the disk.
    const bool due = now >= flush_due_;
    if (due)
        flush_due_ = now + flush_interval;
    todo.emplace_back(
        keep_sessions{std::move(moved),
                      due ? discord::cursor_use::flushed : discord::cursor_use::running, number});
}

void fleet::on_session(std::uint32_t number, const link::message& what, instant now, actions& todo)
{
    const auto owned = [&](discord::slot slot) {
        const auto found = owner_.find(slot);
        return found != owner_.end() && found->second == number;
    };
    if (park(what))
        return;
    if (const auto* wanted = std::get_if<link::identify_wanted>(&what)) {
        if (owned(wanted->slot) && !stopping_) {
            asked_[wanted->slot] = wanted->generation;
            request(wanted->slot, now, todo);
        }
    } else if (const auto* left = std::get_if<link::identify_left>(&what)) {
        if (!owned(left->slot))
            return;
        unrecorded_.erase(left->slot);
        ask_ledger(sharding::left{left->slot}, now, todo);
    } else if (const auto* ended = std::get_if<link::identify_ended>(&what)) {
        if (owned(ended->slot))
            ask_ledger(sharding::ended{ended->slot, ended->received}, now, todo);
    } else if (const auto* made = std::get_if<link::session_established>(&what)) {
        if (!owned(made->slot))
            return;
        discord::session_record& own = known_.at(made->slot);
        own.intents = made->intents;
        own.point = made->point;
        own.unfinished.clear();
        own.doubtful = false;
        todo.emplace_back(keep_sessions{{own}, discord::cursor_use::flushed, number});
        was_up(made->slot);
        away_.erase(made->slot);
        ask_ledger(sharding::established{made->slot}, now, todo);
        end_move(made->slot, {}, false, now, todo);
    } else if (const auto* again = std::get_if<link::session_resumed>(&what)) {
        if (!owned(again->slot))
            return;
        was_up(again->slot);
        away_.erase(again->slot);
        end_move(again->slot, {}, true, now, todo);
    } else if (const auto* lost = std::get_if<link::session_forgotten>(&what)) {
        if (!owned(lost->slot))
            return;
        forget(lost->slot, todo);
        lose_in_restart(lost->slot, lost->why, todo);
        end_move(lost->slot, {}, false, now, todo);
    } else if (const auto* over = std::get_if<link::shard_stopped>(&what)) {
        if (owned(over->slot) && over->close_code != 0) {
            lose_in_restart(over->slot, over->why, todo);
            on_shard_stopped(number, *over, now, todo);
        }
    } else if (const auto* let_go = std::get_if<link::shard_left>(&what)) {
        if (owned(let_go->slot))
            on_left(number, *let_go, now, todo);
    } else if (const auto* settled = std::get_if<link::handoff_settled>(&what)) {
        if (owned(settled->slot))
            drop_record(settled->slot, todo);
    } else if (const auto* further = std::get_if<link::handoff_record>(&what)) {
        if (owned(further->slot))
            advance_record(*further, todo);
    } else {
        on_handoff(number, what, now, todo);
    }
}

void fleet::forget(discord::slot slot, actions& todo)
{
    discord::session_record& own = known_.at(slot);
    if (!own.point.session_id.empty()) {
        todo.emplace_back(forget_session{slot, own.generation});
        lost_.insert(slot);
    }
    drop_record(slot, todo);
    own = {.which = slot, .generation = own.generation + 1, .point = {}, .unfinished = {}};
}

void fleet::on_gone(const gone& what, instant now, actions& todo)
{
    if (what.number >= collections_.size() || collections_[what.number].epoch != what.epoch)
        return;
    collection& own = collections_[what.number];
    if (own.where == phase::waiting || own.where == phase::ended)
        return;
    take_over(own, what, todo);
    settle(what.number, todo);
    end_moves_from(what.number, now, todo);
    orphan_handoff(what, now, todo);
    for (const discord::slot slot : own.slots) {
        unrecorded_.erase(slot);
        turns_.erase(slot);
        ask_ledger(sharding::left{slot}, now, todo);
        away_.erase(slot);
    }
    own.lag_us = own.unfinished = 0;
    own.until = never;
    own.unserved_since = own.unserved_since.value_or(now);
    if (is_restarting(what.number) && !own.returns)
        fail_restart("it ended (" + what.how + ")", todo);
    if (own.returns && !stopping_)
        return start(what.number, now, todo);
    if (stopping_ || own.retires) {
        own.where = phase::ended;
        if (!stopping_)
            todo.emplace_back(collection_over{false, what.number, {}});
        return end_if_all_ended(todo);
    }
    if (std::exchange(own.is_added, false))
        return give_up_added(what, todo);
    if (!served_ && own.restarts + 1 >= starts_max) {
        own.where = phase::ended;
        return todo.emplace_back(start_refused{
                   {errc::io, collection_name(what.number) + " ended " +
                                  std::to_string(starts_max) + " times before it began (" +
                                  what.how + "); run with --in-process to see why"}}),
               void();
    }
    const bool steady = now - own.began >= steady_after || own.restarts == 0;
    if (steady)
        own.wait.reset();
    const duration wait = steady ? duration::zero() : own.wait.draw(random_);
    const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count() / 100;
    own.where = phase::waiting;
    own.until = now + wait;
    ++own.restarts;
    todo.emplace_back(say{true, collection_name(what.number) + " ended (" + what.how + "); its " +
                                    discord::shards_in_words(own.slots.size()) +
                                    " go on in a new process" +
                                    (steady ? ""
                                            : " in " + std::to_string(tenths / 10) + "." +
                                                  std::to_string(tenths % 10) + " s")});
    if (steady)
        start(what.number, now, todo);
}

// What the process left behind is newer than its last pulse.
void fleet::take_over(const collection& own, const gone& what, actions& todo)
{
    if (in_process_)
        return;  // It has not died, and its last pulse has everything.
    if (own.where == phase::starting)
        return;  // It had no shards yet.
    for (const discord::slot slot : own.slots) {
        discord::session_record& known = known_.at(slot);
        if (!what.left) {
            known.doubtful = known.doubtful || !own.said_stopped;
            continue;
        }
        const auto record = records_.find(slot);
        const auto left = std::find_if(what.left->begin(), what.left->end(), [&](const auto& each) {
            return each.which == slot &&
                   (record == records_.end() || !record->second.outdates(each));
        });
        if (left == what.left->end()) {
            // It had not begun with that slot, or had just let go of it.
            const auto move = moves_.find(slot);
            known.doubtful = known.doubtful || (move != moves_.end() && !move->second.has_left);
            continue;
        }
        // It may know of losses that nobody was told; what comes is newer than all of it.
        known.generation = std::max(known.generation, left->generation);
        if (left->point.session_id.empty()) {
            if (!known.point.session_id.empty())
                forget(slot, todo);
            continue;
        }
        const std::uint32_t generation = known.generation;
        known = *left;
        known.generation = generation;
    }
}

// Nobody goes on from these cursors for now; a doubtful one stays so, but is the newest.
void fleet::settle(std::uint32_t number, actions& todo)
{
    const collection& own = collections_[number];
    if (end_sessions_ && own.said_stopped) {
        for (const discord::slot slot : own.slots)
            forget(slot, todo);
        return;
    }
    std::vector<discord::session_record> left;
    for (auto& each : records_of(own))
        if (!each.point.session_id.empty())
            left.push_back(std::move(each));
    if (!left.empty())
        todo.emplace_back(keep_sessions{std::move(left), discord::cursor_use::none, number});
}

std::vector<discord::session_record> fleet::records_of(const collection& own) const
{
    std::vector<discord::session_record> records;
    for (const discord::slot slot : own.slots)
        records.push_back(known_.at(slot));
    return records;
}

void fleet::on_stop(bool end_sessions, instant now, actions& todo)
{
    if (stopping_)
        return;
    stopping_ = true;
    end_sessions_ = end_sessions;
    unrecorded_.clear();
    for (std::uint32_t number = 0; number < collections_.size(); ++number) {
        collection& own = collections_[number];
        if (own.where == phase::running) {
            own.where = phase::stopping;
            own.until = now + stop_patience;
            todo.emplace_back(tell{number, link::stop{end_sessions}});
        } else if (own.where == phase::starting && !in_process_) {
            own.where = phase::stopping;
            own.until = now + stop_patience;
            own.condemned = true;
            todo.emplace_back(end_process{number});
        } else if (own.where != phase::stopping) {
            own.where = phase::ended;
            own.until = never;
        }
    }
    end_if_all_ended(todo);
}

void fleet::condemn(std::uint32_t number, std::string why, instant now, actions& todo)
{
    collection& own = collections_[number];
    own.condemned = true;
    if (is_restarting(number))
        restart_.blamed = why;
    // The system takes its time to end a process at most; asking again does no harm.
    own.until = now + std::chrono::seconds(5);
    todo.emplace_back(
        say{true, collection_name(number) + " " + std::move(why) + "; it is ended by force"});
    todo.emplace_back(end_process{number});
}

void fleet::on_elapsed(instant now, actions& todo)
{
    for (auto each = unrecorded_.begin(); each != unrecorded_.end();) {
        const auto [slot, again] = *each;
        each = now >= again ? unrecorded_.erase(each) : std::next(each);
        if (now >= again)
            request(slot, now, todo);
    }
    ask_ledger(sharding::elapsed{}, now, todo);
    pass_handoff_time(now, todo);
    pass_move_time(now, todo);
    for (std::uint32_t number = 0; number < collections_.size(); ++number) {
        collection& own = collections_[number];
        if (now < own.until)
            continue;
        switch (own.where) {
        case phase::starting:
            condemn(number, "did not begin within 30 s", now, todo);
            break;
        case phase::running:
            condemn(
                number,
                "has not answered for " +
                    std::to_string(
                        std::chrono::duration_cast<std::chrono::seconds>(pulse_patience_).count()) +
                    " s",
                now, todo);
            break;
        case phase::waiting:
            start(number, now, todo);
            break;
        case phase::stopping:
            if (in_process_)
                on_gone({number, own.epoch, std::nullopt, ""}, now, todo);
            else
                condemn(number, "did not stop in time", now, todo);
            break;
        case phase::ended:
            break;
        }
    }
}

void fleet::end_if_all_ended(actions& todo)
{
    const bool all = std::all_of(collections_.begin(), collections_.end(),
                                 [](const collection& each) { return each.where == phase::ended; });
    if (stopping_ && all && !std::exchange(told_end_, true))
        todo.emplace_back(fleet_ended{cut_off_});
}

}  // namespace tinfoil::host
