// What the fleet decides about shards that change their collection, and about collections that come
// and go while it runs.
#include "host/fleet.hpp"

#include <algorithm>

namespace tinfoil::host {

bool fleet::can_take(std::uint32_t number) const
{
    return number < collections_.size() && collections_[number].where == phase::running &&
           !collections_[number].condemned;
}

void fleet::on_begin_move(const begin_move& what, instant now, actions& todo)
{
    const auto own = owner_.find(what.slot);
    std::string why;
    if (own == owner_.end())
        why = "it is not of the plan";
    else if (stopping_)
        why = "the host is stopping";
    else if (restart_.view.state == restart_state::running)
        why = "the collections are being restarted";
    else if (moves_.contains(what.slot) || is_older(what.slot))
        why = "it is being changed already";
    else if (own->second == what.to)
        why = "it is there already";
    else if (!can_take(what.to))
        why = collection_name(what.to) + " does not run now";
    else if (!can_take(own->second) && !is_down(own->second))
        why = collection_name(own->second) + " is just ending; its shards can go when it has";
    if (!why.empty())
        return todo.emplace_back(
                   move_over{what.slot,
                             error{errc::invalid_argument,
                                   "shard " + to_string(what.slot) + " can't be moved: " + why},
                             false,
                             {}}),
               void();
    const std::uint32_t from = own->second;
    // Nobody has been serving it for as long as its collection is down.
    const instant began = collections_[from].unserved_since.value_or(now);
    moves_[what.slot] = {from, what.to, false, began, now + leave_max, {}};
    if (!is_down(from))
        return todo.emplace_back(tell{from, link::shard_unload{what.slot}}), void();
    const auto record = records_.find(what.slot);
    on_left(from,
            {.slot = what.slot,
             .what = known_.at(what.slot),
             .handoff = record == records_.end() ? "" : record->second.text,
             .baggage = {},
             .failed = {}},
            now, todo);
}

// No process has its shards, so none has to let go of them.
bool fleet::is_down(std::uint32_t number) const
{
    const phase where = collections_[number].where;
    return where == phase::waiting || where == phase::starting;
}

void fleet::on_left(std::uint32_t number, const link::shard_left& what, instant now, actions& todo)
{
    const auto found = moves_.find(what.slot);
    if (found == moves_.end() || found->second.has_left)
        return;
    move_run& run = found->second;
    if (what.failed)
        return end_move(what.slot, *what.failed, false, now, todo);
    // It asks anew where it goes.
    unrecorded_.erase(what.slot);
    turns_.erase(what.slot);
    asked_.erase(what.slot);
    ask_ledger(sharding::left{what.slot}, now, todo);
    discord::session_record& own = known_.at(what.slot);
    const bool had_session = !own.point.session_id.empty();
    own.generation = std::max(own.generation, what.what.generation);
    if (what.what.point.session_id.empty()) {
        if (had_session)
            forget(what.slot, todo);
        away_.erase(what.slot);
    } else {
        away_.insert(what.slot);
        const std::uint32_t generation = own.generation;
        own = what.what;
        own.which = what.slot;
        own.generation = generation;
    }
    if (what.handoff.empty())
        drop_record(what.slot, todo);
    else
        advance_record({what.slot, what.handoff}, todo);
    const bool goes = can_take(run.to) && !stopping_;
    if (goes)
        give(what.slot, run.to);
    const std::uint32_t to = goes ? run.to : number;
    if (!own.point.session_id.empty())
        todo.emplace_back(keep_sessions{
            {own}, stopping_ ? discord::cursor_use::none : discord::cursor_use::begins, to});
    if (!stopping_)
        todo.emplace_back(tell{
            to, link::shard_load{gateway_url_, own, what.handoff, what.baggage, !is_down(number)}});
    if (!goes)
        return end_move(what.slot,
                        error{errc::unreachable, "shard " + to_string(what.slot) + " stays: " +
                                                     collection_name(run.to) + " ended meanwhile"},
                        false, now, todo);
    run.has_left = true;
    run.until = now + arrive_max;
    run.baggage = what.baggage;
    // It identifies there, which loses nothing where there was nothing to resume.
    if (own.point.session_id.empty())
        end_move(what.slot, {}, !had_session, now, todo);
}

void fleet::give(discord::slot slot, std::uint32_t to)
{
    std::erase(collections_[owner_.at(slot)].slots, slot);
    collections_[to].slots.push_back(slot);
    owner_[slot] = to;
}

void fleet::end_move(discord::slot slot, std::optional<error> failed, bool resumed, instant now,
                     actions& todo)
{
    const auto found = moves_.find(slot);
    // A session that resumes before its shard has left does so where it was.
    if (found == moves_.end() || (!failed && !found->second.has_left))
        return;
    const duration pause = now - found->second.began;
    moves_.erase(found);
    todo.emplace_back(move_over{slot, std::move(failed), resumed, pause});
}

// What was on its way to that one goes to its next process.
void fleet::end_moves_from(std::uint32_t number, instant now, actions& todo)
{
    std::vector<discord::slot> over;
    for (const auto& [slot, each] : moves_)
        if (each.from == number && !each.has_left)
            over.push_back(slot);
    for (const discord::slot slot : over)
        end_move(slot,
                 error{errc::unreachable, "shard " + to_string(slot) + " stays: " +
                                              collection_name(number) + " ended meanwhile"},
                 false, now, todo);
}

void fleet::pass_move_time(instant now, actions& todo)
{
    std::vector<discord::slot> late;
    for (auto& [slot, each] : moves_)
        if (now >= each.until) {
            each.until = never;
            late.push_back(slot);
        }
    for (const discord::slot slot : late) {
        const move_run& own = moves_.at(slot);
        if (!own.has_left)
            condemn(own.from, "does not let go of a shard", now, todo);
        else
            end_move(slot,
                     error{errc::timed_out, "shard " + to_string(slot) + " is in " +
                                                collection_name(own.to) +
                                                " now, but has not resumed within 2 min"},
                     false, now, todo);
    }
}

// A process that begins: what goes on from a handoff or a move needs more than its record.
void fleet::serve(std::uint32_t number, std::vector<discord::session_record> records, actions& todo)
{
    std::vector<link::shard_load> loads;
    std::erase_if(records, [&](const discord::session_record& each) {
        const auto record = records_.find(each.which);
        const auto move = moves_.find(each.which);
        const bool is_moved = move != moves_.end() && move->second.has_left;
        if (record == records_.end() && !is_moved)
            return false;
        loads.push_back({gateway_url_, each,
                         record == records_.end() ? std::string() : record->second.text,
                         is_moved ? move->second.baggage : link::shard_baggage{}, false});
        return true;
    });
    todo.emplace_back(tell{number, link::serve{gateway_url_, std::move(records)}});
    for (link::shard_load& each : loads)
        todo.emplace_back(tell{number, std::move(each)});
}

void fleet::on_add_collection(instant now, actions& todo)
{
    const auto refuse = [&](std::string why) {
        todo.emplace_back(collection_over{
            true, 0, error{errc::invalid_argument, "no collection is added: " + std::move(why)}});
    };
    if (stopping_ || collections_.empty())
        return;
    if (in_process_)
        return refuse("with --in-process there is one, and no more");
    auto number = static_cast<std::uint32_t>(std::find_if(collections_.begin(), collections_.end(),
                                                          [](const collection& each) {
                                                              return each.retires &&
                                                                     each.where == phase::ended;
                                                          }) -
                                             collections_.begin());
    if (number == collections_max)
        return refuse("there are " + std::to_string(collections_max) + ", and no more are started");
    if (number == collections_.size())
        collections_.emplace_back();
    collections_[number] = collection{};
    collections_[number].granted = collections_.front().granted;
    collections_[number].build = build_;
    collections_[number].is_added = true;
    start(number, now, todo);
}

void fleet::give_up_added(const gone& what, actions& todo)
{
    collection& own = collections_[what.number];
    own.where = phase::ended;
    own.retires = true;
    todo.emplace_back(collection_over{
        true, what.number,
        error{errc::io, collection_name(what.number) + " ended before it had begun (" + what.how +
                            "), and is not started again"}});
}

result<void> fleet::can_retire(std::uint32_t number) const
{
    const auto no = [](std::string why) { return error{errc::invalid_argument, std::move(why)}; };
    if (number >= collections_.size() || collections_[number].retires)
        return no("there is no " + collection_name(number));
    const bool is_target = std::any_of(moves_.begin(), moves_.end(),
                                       [&](const auto& each) { return each.second.to == number; });
    if (!collections_[number].slots.empty() || is_target)
        return no(collection_name(number) +
                  " has shards and is not ended; move them to others first");
    return {};
}

void fleet::on_retire(std::uint32_t number, instant now, actions& todo)
{
    if (stopping_)
        return;
    if (auto can = can_retire(number); !can)
        return todo.emplace_back(collection_over{false, number, can.error()}), void();
    collection& own = collections_[number];
    own.retires = true;
    own.returns = own.is_added = false;
    if (own.where == phase::running) {
        own.where = phase::stopping;
        own.until = now + stop_patience;
        todo.emplace_back(tell{number, link::stop{false}});
    } else if (own.where == phase::starting) {
        own.condemned = true;
        own.where = phase::stopping;
        own.until = now + stop_patience;
        todo.emplace_back(end_process{number});
    } else if (own.where == phase::waiting) {
        own.where = phase::ended;
        own.until = never;
        todo.emplace_back(collection_over{false, number, {}});
    }
}

}  // namespace tinfoil::host
