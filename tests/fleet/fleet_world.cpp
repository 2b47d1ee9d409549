#include "fleet/fleet_world.hpp"

#include "base/overloaded.hpp"
#include "host/reconcile.hpp"
#include "sharding/plan.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

using namespace std::chrono_literals;

constexpr int concurrency = 2;

}  // namespace

fleet_world::fleet_world(std::uint64_t seed, world_faults how) : random_(seed), faults_(how)
{
    plan_ = {{0, 2}, {1, 2}};
    begin_host();
    at(1s, [this] { lose_one(); });
}

void fleet_world::begin_host()
{
    ++life_;
    host_dies_ = false;
    host_ = std::make_unique<host_life>(random_.next());
    std::map<discord::slot, discord::session_record> left;
    for (auto& [epoch, file] : files_)
        for (auto& each : file) {
            const auto record = records_.find(each.which);
            if (record == records_.end() || !record->second.outdates(each))
                left[each.which] = each;
        }
    std::vector<discord::session_record> stored;
    for (const auto& [slot, each] : sessions_)
        stored.push_back(each);
    auto found = reconcile(std::move(stored), std::move(left));
    sessions_.clear();
    for (const auto& each : found.all)
        sessions_[each.which] = each;
    files_.clear();
    fleet_plan how;
    how.slots = plan_;
    how.known = std::move(found.all);
    how.collections = 2;
    how.epoch = (++incarnations_ << 24) + 1;
    for (const auto& [slot, when] : rows_)
        if (now_ - when < 24h)
            how.rows.push_back({slot, sharding::reason::handoff, now_ - when});
    for (const auto& [slot, each] : records_)
        how.handoffs.push_back(each);
    tell(operations_known{last_operation_, {}});
    tell(fleet_input(how));
    if (host_dies_)
        return;
    tell(fleet_input(sharding::budget{100'000, 100'000, 24h, concurrency}));
}

void fleet_world::end_host()
{
    ++seen["host died"];
    note_death({});
    ++life_;
    host_.reset();
    // They end with it; what they had on the record stays.
    for (auto& [number, each] : processes_)
        files_[each.epoch] = file_of(each);
    processes_.clear();
    const std::uint64_t life = life_;
    at(between(100ms, 10s), [this, life] {
        if (life == life_)
            begin_host();
    });
}

void fleet_world::tell(fleet_input what)
{
    if (!host_)
        return;
    host_->inputs.push_back(std::move(what));
    work();
}

void fleet_world::tell(operations_input what)
{
    if (!host_)
        return;
    host_->wishes.push_back(std::move(what));
    work();
}

void fleet_world::work()
{
    if (host_->is_busy)
        return;
    host_->is_busy = true;
    while (!host_dies_ && !(host_->inputs.empty() && host_->wishes.empty())) {
        if (!host_->wishes.empty()) {
            const operations_input what = host_->wishes.front();
            host_->wishes.erase(host_->wishes.begin());
            std::vector<operations_action> todo;
            host_->todo.on(what, around(), now_, todo);
            for (const auto& action : todo)
                perform(action);
            continue;
        }
        const fleet_input what = host_->inputs.front();
        host_->inputs.erase(host_->inputs.begin());
        std::vector<fleet_action> todo;
        host_->it.on(what, now_, todo);
        for (const auto& action : todo) {
            host_dies_ = host_dies_ || chance(faults_.host_dies);
            if (host_dies_)
                break;
            perform(action);
        }
        if (!host_dies_)
            check();
    }
    host_->is_busy = false;
    if (host_dies_)
        end_host();
}

situation fleet_world::around() const
{
    situation made;
    made.ledger = host_->it.ledger().look(now_);
    made.own_user = 1;
    const auto& all = host_->it.collections();
    for (std::uint32_t number = 0; number < all.size(); ++number) {
        if (all[number].retires)
            continue;
        made.places.push_back({number, all[number].where == fleet::phase::running, 0});
        for (const discord::slot slot : all[number].slots)
            made.shards.push_back(
                {.slot = slot,
                 .collection = number,
                 .has_session = !host_->it.sessions().at(slot).point.session_id.empty(),
                 .intents = 1,
                 .known = {.slot = slot}});
    }
    return made;
}

void fleet_world::perform(const operations_action& action)
{
    if (const auto* row = std::get_if<keep_operation>(&action)) {
        last_operation_ = std::max(last_operation_, row->what.id);
        if (row->what.state == operation_state::running)
            begun_.insert(row->what.id);
        if (row->what.state == operation_state::done)
            ++seen["operation done: " + std::string(name(row->what.wish.kind))];
        if (row->what.state == operation_state::failed)
            ++seen[begun_.contains(row->what.id) ? "operation failed" : "operation came too late"];
        if (row->what.state == operation_state::cancelled)
            ++seen["operation cancelled"];
    } else if (const auto* begun = std::get_if<begin_handoff>(&action)) {
        ++seen["handoff begun"];
        tell(fleet_input(*begun));
    } else if (const auto* ended = std::get_if<cancel_handoff>(&action)) {
        tell(fleet_input(*ended));
    } else if (const auto* moved = std::get_if<begin_move>(&action)) {
        moves_to_[moved->slot] = moved->to;
        tell(fleet_input(*moved));
    }
}

void fleet_world::perform(const fleet_action& action)
{
    std::visit(overloaded{
                   [&](const spawn& what) { spawn_process(what); },
                   [&](const end_process& what) { kill(what.number); },
                   [&](const host::tell& what) {
                       const auto own = processes_.find(what.number);
                       if (own == processes_.end())
                           return;
                       follow(what);
                       process& to = own->second;
                       to.from_host = std::max(to.from_host, now_ + between(0ms, 300ms)) + 1ns;
                       agenda_.emplace(to.from_host,
                                       [this, number = what.number, epoch = to.epoch,
                                        told = what.what] { deliver(number, epoch, told); });
                   },
                   [&](const record_identify& what) {
                       const bool failed = chance(faults_.disk_fails);
                       if (!failed)
                           rows_.emplace_back(what.slot, now_);
                       tell(fleet_input(identify_recorded{
                           what.slot, failed ? std::optional(error{errc::state_unusable, "full"})
                                             : std::nullopt}));
                   },
                   [&](const keep_sessions& what) { keep(what); },
                   [&](const forget_session& what) {
                       if (const auto own = sessions_.find(what.slot);
                           own != sessions_.end() && own->second.generation == what.generation)
                           sessions_.erase(own);
                   },
                   [&](const write_commit& what) { commit(what); },
                   [&](const keep_handoff_record& what) { records_[what.what.slot] = what.what; },
                   [&](const drop_handoff_record& what) {
                       if (const auto own = records_.find(what.slot);
                           own != records_.end() && own->second.session_id == what.session_id)
                           records_.erase(own);
                   },
                   [&](const handoff_over& what) {
                       ++seen[what.committed ? "handoff committed" : "handoff not committed"];
                       handoff_at_.reset();
                       tell(operations_input(what));
                   },
                   [&](const move_over& what) {
                       ++seen[what.failed ? "move failed" : what.resumed ? "moved" : "moved, lost"];
                       moves_at_.erase(what.slot);
                       tell(operations_input(what));
                   },
                   [&](const start_refused&) { host_dies_ = true; },
                   [&](const auto&) {},
               },
               action);
}

void fleet_world::keep(const keep_sessions& what)
{
    if (chance(faults_.disk_fails)) {
        not_kept lacking;
        for (const auto& each : what.what)
            lacking.slots.push_back(each.which);
        return tell(fleet_input(lacking));
    }
    for (const auto& each : what.what) {
        discord::session_record& row = sessions_[each.which] = each;
        // As the state reads it: who may have gone on with it.
        row.doubtful = row.doubtful || what.use != discord::cursor_use::none;
    }
}

// As store::commit_handoff(): all or nothing.
void fleet_world::commit(const write_commit& what)
{
    if (chance(faults_.disk_fails)) {
        ++seen["commit not written"];
        return tell(fleet_input(commit_written{what.id, error{errc::state_unusable, "full"}}));
    }
    expect(sharding::check_plan(what.what.plan).has_value(),
           "a plan was written that is none: " + sharding::to_string(what.what.plan));
    plan_ = what.what.plan;
    for (const discord::slot slot : what.what.older) {
        sessions_.erase(slot);
        records_.erase(slot);
        std::erase_if(alive_, [&](const auto& each) { return each.second == slot; });
    }
    for (const auto& each : what.what.newer) {
        sessions_[each.which] = each;
        sessions_[each.which].doubtful = true;
        alive_[each.point.session_id] = each.which;
    }
    for (const auto& each : what.what.records)
        records_[each.slot] = each;
    reach_handoff("written");
    host_dies_ = host_dies_ || chance(faults_.host_dies * 5);
    tell(fleet_input(commit_written{what.id, {}}));
}

void fleet_world::check()
{
    const fleet& of = host_->it;
    std::vector<discord::slot> slots;
    for (const auto& each : of.collections())
        slots.insert(slots.end(), each.slots.begin(), each.slots.end());
    expect(sharding::check_plan(slots).has_value(),
           "collections have " + sharding::to_string(slots));
    std::vector<discord::slot> known;
    for (const auto& [slot, each] : of.sessions())
        known.push_back(slot);
    std::sort(slots.begin(), slots.end());
    expect(slots == known, "sessions are known of " + sharding::to_string(known));
}

void fleet_world::ask(const operation_wish& what)
{
    tell(operations_input(operation_asked{1, what}));
}

void fleet_world::cancel()
{
    tell(operations_input(operation_cancelled{1, {}}));
}

void fleet_world::add_collection()
{
    tell(fleet_input(host::add_collection{}));
}

void fleet_world::retire_collection(std::uint32_t number)
{
    tell(fleet_input(host::retire_collection{number}));
}

std::vector<discord::slot> fleet_world::plan() const
{
    std::vector<discord::slot> all;
    if (host_)
        for (const auto& [slot, each] : host_->it.sessions())
            all.push_back(slot);
    return all;
}

void fleet_world::run_for(duration length)
{
    const instant end = now_ + length;
    for (;;) {
        instant due = agenda_.empty() ? never : agenda_.begin()->first;
        if (host_)
            due = std::min({due, host_->it.deadline(), host_->todo.deadline()});
        if (due > end)
            break;
        now_ = std::max(now_, due);
        if (!agenda_.empty() && agenda_.begin()->first <= now_) {
            const auto what = std::move(agenda_.begin()->second);
            agenda_.erase(agenda_.begin());
            what();
        } else if (host_) {
            tell(fleet_input(fleet_elapsed{}));
            tell(operations_input(operations_elapsed{}));
        }
    }
    now_ = end;
}

std::string fleet_world::what_is_wrong() const
{
    if (!host_)
        return "there is no host";
    if (!host_->todo.look().empty())
        return "an operation has not ended: " +
               std::string(name(host_->todo.look().front().wish.kind));
    if (host_->it.handoff() != 0)
        return "a handoff has not ended";
    std::map<discord::slot, std::string> open;
    for (const auto& [number, each] : processes_)
        for (const auto& [slot, own] : each.open) {
            if (!own.is_up || own.session.empty())
                return "shard " + to_string(slot) + " is not up";
            open[slot] = own.session;
        }
    for (const auto& [slot, session] : host_->it.sessions()) {
        if (open[slot] != session.point.session_id)
            return "shard " + to_string(slot) + " has another session than is known";
        const auto stored = sessions_.find(slot);
        if (stored == sessions_.end() ||
            stored->second.point.session_id != session.point.session_id)
            return "the disk does not know the session of shard " + to_string(slot);
    }
    std::vector<discord::slot> sorted = plan_;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != plan() || open.size() != sorted.size())
        return "the disk has the plan " + sharding::to_string(plan_);
    if (!records_.empty())
        return "a handoff record is left";
    return "";
}

void fleet_world::expect(bool holds, const std::string& what)
{
    constexpr std::size_t told_max = 5;
    if (!holds && broken_.size() < told_max)
        broken_.push_back(
            "after " +
            std::to_string(
                std::chrono::duration_cast<std::chrono::milliseconds>(now_ - instant{}).count()) +
            " ms: " + what);
}

void fleet_world::at(duration later, std::function<void()> what)
{
    agenda_.emplace(now_ + later, std::move(what));
}

void fleet_world::in(const process& own, duration later, std::function<void(process&)> what)
{
    at(later, [this, number = own.number, epoch = own.epoch, what = std::move(what)] {
        const auto found = processes_.find(number);
        if (found != processes_.end() && found->second.epoch == epoch)
            what(found->second);
    });
}

duration fleet_world::between(duration least, duration most)
{
    return least + duration(static_cast<duration::rep>(
                       random_.below(static_cast<std::uint64_t>((most - least).count()) + 1)));
}

}  // namespace tinfoil::host
