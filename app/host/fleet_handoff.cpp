// What the fleet decides about handoffs: whose turns they wait for, the one commit, and what is
// known when somebody dies around it.
#include "base/assert.hpp"
#include "handoff/settings.hpp"
#include "host/fleet.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

// One that follows its own rules has ended long before.
constexpr handoff::parameters by_rule;
static_assert(fleet::handoff_max >
              by_rule.log_start + by_rule.ready_max + by_rule.total_max + by_rule.freeze_max);

bool contains(const std::vector<discord::slot>& all, discord::slot one)
{
    return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

fleet::newer_session* fleet::newer_of(discord::slot slot)
{
    if (!handoff_ || handoff_->where == handoff_run::stage::committed)
        return nullptr;
    const auto found = std::find_if(handoff_->newer.begin(), handoff_->newer.end(),
                                    [&](const auto& each) { return each.what.which == slot; });
    return found == handoff_->newer.end() ? nullptr : &*found;
}

bool fleet::is_older(discord::slot slot) const
{
    return handoff_ && handoff_->where != handoff_run::stage::committed &&
           contains(handoff_->older, slot);
}

std::uint32_t fleet::place_of(const newer_session& which) const
{
    return static_cast<std::uint32_t>(&which - handoff_->newer.data());
}

result<std::uint32_t> fleet::handoff_place(const begin_handoff& what) const
{
    const auto no = [](std::string why) { return error{errc::invalid_argument, std::move(why)}; };
    if (stopping_ || handoff_)
        return no(stopping_ ? "the host is stopping" : "another handoff is under way");
    if (restart_.view.state == restart_state::running)
        return no("the collections are being restarted; try again when they are back");
    if (const auto same = sharding::check_same_keys(what.older, what.newer); !same)
        return same.error();
    std::optional<std::uint32_t> place;
    for (const discord::slot slot : what.older) {
        const auto own = owner_.find(slot);
        if (own == owner_.end())
            return no("shard " + to_string(slot) + " is not of the plan");
        if (known_.at(slot).point.session_id.empty())
            return no("shard " + to_string(slot) +
                      " has no session now; try again when it is connected");
        if (moves_.contains(slot))
            return no("shard " + to_string(slot) + " is on its way to another collection");
        if (place && *place != own->second)
            return no("its shards are not in one collection");
        place = own->second;
    }
    if (collections_[*place].where != phase::running || collections_[*place].condemned)
        return no(collection_name(*place) + " does not run now; try again soon");
    return *place;
}

void fleet::on_begin_handoff(const begin_handoff& what, instant now, actions& todo)
{
    const auto place = handoff_place(what);
    if (!place)
        return todo.emplace_back(handoff_over{what.id, false, false, place.error().detail, ""}),
               void();
    handoff_run run;
    run.id = what.id;
    run.number = *place;
    run.older = what.older;
    run.may_spend_reserve = what.may_spend_reserve;
    run.until = now + handoff_max + what.observe_for;
    // It grows along with the plan, so that no row of the state is ever of two sessions.
    std::uint32_t generation = 0;
    for (const discord::slot slot : what.older)
        generation = std::max(generation, known_.at(slot).generation);
    link::handoff_begin told{.id = what.id,
                             .older = what.older,
                             .newer = {},
                             .gateway_url = gateway_url_,
                             .own_user = what.own_user,
                             .trust_answers = what.trust_answers,
                             .observe_for = what.observe_for,
                             .wall_ms = what.wall_ms};
    for (const discord::slot slot : what.newer) {
        run.newer.push_back(
            {{.which = slot, .generation = generation + 1, .point = {}, .unfinished = {}}, 0, {}});
        told.newer.push_back(run.newer.back().what);
    }
    handoff_ = std::move(run);
    // They are up. A turn that is still out is given back, since a newer session of an equal slot
    // may be the next to have one.
    for (const discord::slot slot : what.older) {
        unrecorded_.erase(slot);
        turns_.erase(slot);
        ask_ledger(sharding::left{slot}, now, todo);
    }
    todo.emplace_back(tell{*place, std::move(told)});
}

void fleet::on_cancel_handoff(const cancel_handoff& what, instant now, actions& todo)
{
    if (!handoff_ || handoff_->id != what.id || handoff_->where != handoff_run::stage::running)
        return;
    handoff_->where = handoff_run::stage::told_to_end;
    handoff_->until = now + handoff_patience;
    todo.emplace_back(tell{handoff_->number, link::handoff_cancel{what.id, what.why}});
}

bool fleet::park(const link::message& what)
{
    if (const auto* wanted = std::get_if<link::identify_wanted>(&what)) {
        if (!is_older(wanted->slot))
            return false;
        handoff_->parked[wanted->slot] = wanted->generation;
        return true;
    }
    if (const auto* left = std::get_if<link::identify_left>(&what)) {
        if (!is_older(left->slot))
            return false;
        handoff_->parked.erase(left->slot);
        return true;
    }
    const auto* ended = std::get_if<link::identify_ended>(&what);
    return ended != nullptr && is_older(ended->slot);
}

void fleet::on_handoff(std::uint32_t number, const link::message& what, instant now, actions& todo)
{
    const auto is_own = [&](std::uint64_t id) {
        return handoff_ && handoff_->id == id && handoff_->number == number;
    };
    if (const auto* wanted = std::get_if<link::handoff_turn_wanted>(&what)) {
        if (is_own(wanted->id) && wanted->newer < handoff_->newer.size() && !stopping_)
            on_turn_wanted(*wanted, now, todo);
    } else if (const auto* turn = std::get_if<link::handoff_turn_ended>(&what)) {
        if (is_own(turn->id) && turn->newer < handoff_->newer.size())
            ask_ledger(sharding::ended{handoff_->newer[turn->newer].what.which, turn->received},
                       now, todo);
    } else if (const auto* ready = std::get_if<link::handoff_session>(&what)) {
        if (is_own(ready->id) && ready->newer < handoff_->newer.size() &&
            !ready->session_id.empty())
            ask_ledger(sharding::established{handoff_->newer[ready->newer].what.which}, now, todo);
    } else if (const auto* commit = std::get_if<link::handoff_commit>(&what)) {
        if (is_own(commit->id) && handoff_->where < handoff_run::stage::writing)
            on_commit(*commit, todo);
        else
            todo.emplace_back(
                tell{number, link::handoff_journalled{commit->id, false,
                                                      "the host knows nothing of this handoff"}});
    } else if (const auto* over = std::get_if<link::handoff_ended>(&what)) {
        // That it committed is known from what was written, and from nothing else.
        if (is_own(over->id))
            end_handoff({over->id, handoff_->where == handoff_run::stage::committed, over->exact,
                         over->why, over->report},
                        now, todo);
    }
}

void fleet::on_turn_wanted(const link::handoff_turn_wanted& what, instant now, actions& todo)
{
    newer_session& own = handoff_->newer[what.newer];
    if (handoff_->where >= handoff_run::stage::writing)
        return;
    if (what.wanted) {
        own.asked = what.generation;
        return request(own.what.which, now, todo);
    }
    own.turn.reset();
    unrecorded_.erase(own.what.which);
    ask_ledger(sharding::left{own.what.which}, now, todo);
}

void fleet::on_commit(const link::handoff_commit& what, actions& todo)
{
    bool fits = what.newer.size() == handoff_->newer.size() &&
                what.records.size() == handoff_->newer.size();
    for (std::size_t i = 0; fits && i < what.newer.size(); ++i)
        fits = what.newer[i].which == handoff_->newer[i].what.which &&
               !what.newer[i].point.session_id.empty();
    std::vector<discord::slot> plan;
    for (const auto& [slot, each] : known_)
        plan.push_back(slot);
    std::vector<discord::slot> slots;
    for (const newer_session& each : handoff_->newer)
        slots.push_back(each.what.which);
    const auto after = sharding::replaced(plan, handoff_->older, slots);
    std::string why;
    // Its operation is over, and the collection ends its newer sessions; the older ones are
    // resumed.
    if (stopping_)
        why = "the host is stopping";
    else if (!fits)
        why = "its sessions are not those of its begin";
    else if (!after)
        why = after.error().detail;
    if (!why.empty())
        return todo.emplace_back(tell{handoff_->number,
                                      link::handoff_journalled{what.id, false, std::move(why)}}),
               void();
    handoff_->where = handoff_run::stage::writing;
    sharding::plan_change change{
        .plan = *after, .older = handoff_->older, .newer = {}, .records = {}};
    for (std::size_t i = 0; i < what.newer.size(); ++i) {
        discord::session_record& own = handoff_->newer[i].what;
        const std::uint32_t generation = own.generation;
        own = what.newer[i];
        own.generation = generation;
        const auto before = known_.find(own.which);
        change.newer.push_back(own);
        change.records.push_back({own.which, own.point.session_id,
                                  before == known_.end() ? "" : before->second.point.session_id,
                                  what.records[i]});
    }
    handoff_->records = change.records;
    todo.emplace_back(write_commit{what.id, std::move(change)});
}

void fleet::on_commit_written(const commit_written& what, instant now, actions& todo)
{
    if (!handoff_ || handoff_->id != what.id || handoff_->where != handoff_run::stage::writing)
        return;
    if (what.failed) {
        handoff_->where = handoff_run::stage::told_to_end;  // It ends by itself.
        handoff_->until = now + handoff_patience;
    } else {
        handoff_->until = now + handoff_patience;
        switch_over();
    }
    if (handoff_->is_orphaned)
        return end_handoff({what.id, !what.failed, false,
                            "its collection ended at the commit" +
                                std::string(what.failed ? ", which could not be written"
                                                        : "; the newer sessions go on"),
                            ""},
                           now, todo);
    todo.emplace_back(
        tell{handoff_->number, link::handoff_journalled{what.id, !what.failed,
                                                        what.failed ? what.failed->detail : ""}});
}

// From here on the newer sessions are the plan's.
void fleet::switch_over()
{
    handoff_->where = handoff_run::stage::committed;
    collection& own = collections_[handoff_->number];
    double load = 0;
    for (const discord::slot slot : handoff_->older) {
        if (const auto before = load_.extract(slot); !before.empty())
            load += before.mapped();
        std::erase(own.slots, slot);
        known_.erase(slot);
        owner_.erase(slot);
        records_.erase(slot);
        lost_.erase(slot);
        asked_.erase(slot);
        turns_.erase(slot);
        unrecorded_.erase(slot);
        unkept_.erase(slot);
    }
    for (std::size_t i = 0; i < handoff_->newer.size(); ++i) {
        const discord::session_record& each = handoff_->newer[i].what;
        own.slots.push_back(each.which);
        owner_[each.which] = handoff_->number;
        records_[each.which] = handoff_->records[i];
        load_[each.which] = load / static_cast<double>(handoff_->newer.size());
        known_[each.which] = each;
    }
    handoff_->parked.clear();
}

void fleet::end_handoff(handoff_over told, instant now, actions& todo)
{
    const handoff_run run = *std::exchange(handoff_, std::nullopt);
    if (!told.committed) {
        for (const newer_session& each : run.newer) {
            unrecorded_.erase(each.what.which);
            ask_ledger(sharding::left{each.what.which}, now, todo);
        }
        for (const auto& [slot, generation] : run.parked) {
            asked_[slot] = generation;
            if (!stopping_)
                request(slot, now, todo);
        }
    }
    told.exact = told.exact && told.committed;
    todo.emplace_back(std::move(told));
}

void fleet::orphan_handoff(const gone& of, instant now, actions& todo)
{
    if (!handoff_ || handoff_->number != of.number)
        return;
    handoff_->parked.clear();  // Its next process asks anew.
    handoff_->is_orphaned = true;
    if (handoff_->where == handoff_run::stage::writing)
        return;
    const bool committed = handoff_->where == handoff_run::stage::committed;
    end_handoff({handoff_->id, committed, false,
                 collection_name(of.number) + " ended (" + of.how +
                     (committed ? ") right after the commit; the newer sessions go on"
                                : ") before the commit; the older sessions go on"),
                 ""},
                now, todo);
}

void fleet::pass_handoff_time(instant now, actions& todo)
{
    if (!handoff_ || now < handoff_->until)
        return;
    if (handoff_->where == handoff_run::stage::running)
        return on_cancel_handoff({handoff_->id, "it took too long"}, now, todo);
    handoff_->until = never;
    condemn(handoff_->number, "does not end a handoff", now, todo);
}

void fleet::drop_record(discord::slot slot, actions& todo)
{
    if (const auto record = records_.extract(slot); !record.empty())
        todo.emplace_back(drop_handoff_record{slot, record.mapped().session_id});
}

void fleet::advance_record(const link::handoff_record& what, actions& todo)
{
    const auto record = records_.find(what.slot);
    if (record == records_.end() || record->second.text == what.text)
        return;
    record->second.text = what.text;
    todo.emplace_back(keep_handoff_record{record->second});
}

}  // namespace tinfoil::host
