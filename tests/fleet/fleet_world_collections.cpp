// The collections of the world, and its Discord.
#include "fleet/fleet_world.hpp"
#include "sharding/plan.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t concurrency = 2;

}  // namespace

void fleet_world::spawn_process(const spawn& what)
{
    process made;
    made.number = what.number;
    made.epoch = what.epoch;
    processes_[what.number] = made;
    in(made, between(100ms, 3s), [this](process& own) {
        send(own, link::loaded{
                      .plugins = {}, .intents = 1, .commands = "{}", .failed = {}, .builds = {}});
    });
    at(1s, [this, number = what.number, epoch = what.epoch] { pulse(number, epoch); });
}

void fleet_world::kill(std::uint32_t number)
{
    const auto found = processes_.find(number);
    if (found == processes_.end())
        return;
    process dead = std::move(found->second);
    processes_.erase(found);
    ++seen["collection died"];
    note_death(number);
    const bool torn = chance(faults_.record_torn);
    gone told{number, dead.epoch, std::nullopt, "killed by signal 9"};
    if (!torn)
        told.left = file_of(dead);
    if (dead.handoff && dead.handoff->is_journalling)
        ++seen["collection died while it journalled"];
    // What it has sent comes before its end does. Until then a host that dies finds its file.
    if (!torn)
        files_[dead.epoch] = *told.left;
    agenda_.emplace(std::max(now_, dead.to_host) + 1ns, [this, life = life_, told] {
        if (life != life_)
            return;
        tell(fleet_input(told));
        if (host_)
            files_.erase(told.epoch);
    });
}

// In any order: nothing says which of two sessions of a slot is read first.
std::vector<discord::session_record> fleet_world::file_of(const process& of)
{
    std::vector<discord::session_record> all = of.remains;
    for (const auto& [slot, each] : of.open)
        all.push_back({.which = slot,
                       .generation = 1,
                       .intents = 1,
                       .point = {each.session, "wss://resume", each.sequence},
                       .unfinished = {}});
    if (random_.below(2) == 0)
        std::reverse(all.begin(), all.end());
    return all;
}

void fleet_world::send(process& from, link::message what)
{
    from.to_host = std::max(from.to_host, now_ + between(0ms, 300ms)) + 1ns;
    agenda_.emplace(from.to_host, [this, life = life_, number = from.number, epoch = from.epoch,
                                   told = std::move(what)] {
        if (life == life_)
            tell(fleet_input(heard{number, epoch, told}));
    });
    if (chance(faults_.collection_dies))
        in(from, 0s, [this](process& own) { kill(own.number); });
}

void fleet_world::deliver(std::uint32_t number, std::uint64_t epoch, link::message what)
{
    const auto own = processes_.find(number);
    if (own == processes_.end() || own->second.epoch != epoch)
        return;
    got(own->second, what);
    if (chance(faults_.collection_dies))
        kill(number);
}

void fleet_world::got(process& own, const link::message& what)
{
    if (const auto* shards = std::get_if<link::serve>(&what)) {
        own.is_serving = true;
        for (const auto& each : shards->shards)
            open(own, each);
    } else if (const auto* load = std::get_if<link::shard_load>(&what)) {
        expect(own.is_serving, "a shard is loaded before serve");
        if (load->is_moved)
            reach_move(load->what.which, "resuming");
        open(own, load->what);
        if (!load->handoff.empty())
            settle_later(own, load->what.which, load->what.point.session_id);
    } else if (const auto* turn = std::get_if<link::turn>(&what)) {
        on_turn(own, *turn);
    } else if (const auto* other = std::get_if<link::handoff_turn>(&what)) {
        on_handoff_turn(own, *other);
    } else if (const auto* begun = std::get_if<link::handoff_begin>(&what)) {
        on_begin(own, *begun);
    } else if (const auto* cancelled = std::get_if<link::handoff_cancel>(&what)) {
        if (own.handoff && own.handoff->id == cancelled->id && !own.handoff->is_journalling)
            end_handoff(own, false);
    } else if (const auto* written = std::get_if<link::handoff_journalled>(&what)) {
        on_journalled(own, *written);
    } else if (const auto* away = std::get_if<link::shard_unload>(&what)) {
        unload(own, away->slot);
    } else if (std::holds_alternative<link::stop>(what)) {
        send(own, link::stopped{});
        kill(own.number);
    }
}

// For a while nothing is read, and what plugins are doing ends.
void fleet_world::unload(process& own, discord::slot slot)
{
    const auto found = own.open.find(slot);
    if (found == own.open.end() || chance(faults_.move_fails))
        return send(
            own, link::shard_left{slot, {}, "", {}, error{errc::timed_out, "a plugin holds it"}});
    if (std::exchange(found->second.is_frozen, true))
        return;
    reach_move(slot, "draining");
    in(own, between(0ms, 200ms), [this, slot](process& later) {
        const auto own_one = later.open.find(slot);
        if (own_one == later.open.end())
            return;
        link::shard_left told;
        told.slot = slot;
        told.what = {.which = slot,
                     .generation = 1,
                     .intents = 1,
                     .point = {own_one->second.session, "wss://resume", own_one->second.sequence},
                     .unfinished = {}};
        later.open.erase(own_one);
        reach_move(slot, "left");
        send(later, told);
    });
}

void fleet_world::open(process& own, const discord::session_record& what)
{
    if (const auto had = handled_.find(what.point.session_id); had != handled_.end()) {
        const std::string where = "shard " + to_string(what.which) + " goes on behind " +
                                  std::to_string(what.point.sequence) + ", plugins had " +
                                  std::to_string(had->second);
        expect(what.point.sequence <= had->second, where + ": events are lost");
        expect(what.point.sequence == had->second || what.doubtful,
               where + ": events come again without a mark");
    }
    for (const auto& [number, each] : processes_)
        for (const auto& [slot, taken] : each.open)
            expect(!sharding::overlap(slot, what.which),
                   "shard " + to_string(what.which) + " is opened while " + to_string(slot) +
                       " is open in collection " + std::to_string(number));
    own.open[what.which] = {.session = what.point.session_id, .sequence = what.point.sequence};
    if (what.point.session_id.empty())
        return want(own, what.which);
    in(own, between(50ms, 2s), [this, slot = what.which](process& later) {
        const auto found = later.open.find(slot);
        if (found == later.open.end() || found->second.is_up || found->second.is_frozen ||
            found->second.session.empty())
            return;
        if (alive_.contains(found->second.session)) {
            found->second.is_up = true;
            return send(later, link::session_resumed{slot});
        }
        found->second.session.clear();
        send(later, link::session_forgotten{slot, "op 9"});
        want(later, slot);
    });
}

void fleet_world::want(process& own, discord::slot slot)
{
    shard& of = own.open.at(slot);
    of.is_up = false;
    of.is_waiting = true;
    send(own, link::identify_wanted{slot, ++of.generation});
}

void fleet_world::on_turn(process& own, const link::turn& what)
{
    const auto found = own.open.find(what.slot);
    if (found == own.open.end() || !found->second.is_waiting ||
        found->second.generation != what.generation)
        return;
    found->second.is_waiting = false;
    found->second.session = identify(what.slot, false);
    found->second.is_up = true;
    handled_[found->second.session] = found->second.sequence = 1;
    send(own, link::identify_ended{what.slot, true});
    send(own, link::session_established{
                  what.slot, 1, {found->second.session, "wss://resume", found->second.sequence}});
}

void fleet_world::on_begin(process& own, const link::handoff_begin& what)
{
    expect(!own.handoff, "a handoff begins while another is under way");
    handing made{what.id, what.older, {}, false};
    for (const discord::slot slot : what.older)
        expect(own.open.contains(slot), "a handoff of shards that are elsewhere");
    for (const auto& each : what.newer)
        made.newer.push_back({each.which, "", 1, false});
    own.handoff = std::move(made);
    reach_handoff("logging");
    in(own, between(1s, 5s), [this, id = what.id](process& later) {
        if (!later.handoff || later.handoff->id != id)
            return;
        reach_handoff("opening");
        for (std::uint32_t i = 0; i < later.handoff->newer.size(); ++i) {
            later.handoff->newer[i].is_waiting = true;
            send(later, link::handoff_turn_wanted{id, i, 1, true});
        }
    });
}

void fleet_world::on_handoff_turn(process& own, const link::handoff_turn& what)
{
    if (!own.handoff || own.handoff->id != what.id)
        return;
    newer_shard& of = own.handoff->newer.at(what.newer);
    if (!of.is_waiting || of.generation != what.generation)
        return;
    of.is_waiting = false;
    of.session = identify(of.slot, true);
    send(own, link::handoff_turn_ended{what.id, what.newer, true});
    if (chance(faults_.handoff_fails)) {
        of.session.clear();
        send(own, link::handoff_session{what.id, what.newer, 1, ""});
        of.is_waiting = true;
        return send(own, link::handoff_turn_wanted{what.id, what.newer, ++of.generation, true});
    }
    send(own, link::handoff_session{what.id, what.newer, 1, of.session});
    if (chance(faults_.handoff_fails))
        return end_handoff(own, false);
    const auto& all = own.handoff->newer;
    if (std::all_of(all.begin(), all.end(), [](const auto& each) { return !each.session.empty(); }))
        commit_soon(own);
}

void fleet_world::commit_soon(process& own)
{
    reach_handoff("following");
    in(own, between(1s, 20s), [this, id = own.handoff->id](process& later) {
        if (!later.handoff || later.handoff->id != id || later.handoff->is_journalling)
            return;
        later.handoff->is_journalling = true;
        reach_handoff("journalling");
        link::handoff_commit told;
        told.id = id;
        for (const newer_shard& each : later.handoff->newer) {
            told.newer.push_back({.which = each.slot,
                                  .generation = 1,
                                  .intents = 1,
                                  .point = {each.session, "wss://resume", 5},
                                  .unfinished = {}});
            told.records.push_back("record of " + each.session);
        }
        send(later, told);
    });
}

void fleet_world::on_journalled(process& own, const link::handoff_journalled& what)
{
    if (!own.handoff || own.handoff->id != what.id)
        return;
    if (!what.ok)
        return end_handoff(own, false);
    const handing done = *own.handoff;
    for (const discord::slot slot : done.older) {
        const shard& old = own.open.at(slot);
        own.remains.push_back({.which = slot,
                               .generation = 1,
                               .intents = 1,
                               .point = {old.session, "wss://resume", old.sequence},
                               .unfinished = {}});
        own.open.erase(slot);
    }
    for (const newer_shard& each : done.newer) {
        own.open[each.slot] = {
            .session = each.session, .generation = 1, .sequence = 5, .is_up = true};
        handled_[each.session] = 5;
        settle_later(own, each.slot, each.session);
    }
    reach_handoff("committed");
    // The record gives them up at once; it is torn between two instructions at most.
    in(own, 1ns, [](process& later) { later.remains.clear(); });
    if (chance(faults_.handoff_fails / 2))
        return kill(own.number);
    end_handoff(own, true);
}

void fleet_world::settle_later(process& own, discord::slot slot, const std::string& session)
{
    in(own, between(1s, 60s), [this, slot, session](process& later) {
        const auto found = later.open.find(slot);
        if (found != later.open.end() && found->second.session == session)
            send(later, link::handoff_settled{slot});
    });
}

void fleet_world::end_handoff(process& own, bool committed)
{
    send(own, link::handoff_ended{own.handoff->id, committed, committed,
                                  committed ? "" : "it failed", "{}"});
    own.handoff.reset();
}

void fleet_world::pulse(std::uint32_t number, std::uint64_t epoch)
{
    const auto found = processes_.find(number);
    if (found == processes_.end() || found->second.epoch != epoch)
        return;
    process& own = found->second;
    link::pulse told;
    for (auto& [slot, each] : own.open) {
        if (!each.is_up || each.is_frozen)
            continue;
        handled_[each.session] = ++each.sequence;
        told.changed.push_back({.which = slot,
                                .generation = 1,
                                .intents = 1,
                                .point = {each.session, "wss://resume", each.sequence},
                                .unfinished = {}});
    }
    send(own, told);
    at(1s, [this, number, epoch] { pulse(number, epoch); });
}

std::string fleet_world::identify(discord::slot slot, bool of_handoff)
{
    ++seen["IDENTIFY"];
    const std::uint32_t bucket = slot.id % concurrency;
    if (const auto last = identified_.find(bucket); last != identified_.end())
        expect(now_ - last->second >= 5s,
               "two IDENTIFYs of a bucket within " +
                   std::to_string(
                       std::chrono::duration_cast<std::chrono::milliseconds>(now_ - last->second)
                           .count()) +
                   " ms");
    identified_[bucket] = now_;
    const std::string made = "session " + std::to_string(++last_session_);
    if (of_handoff)
        return made;
    for (const auto& [session, of] : alive_)
        expect(!sharding::overlap(of, slot), "shard " + to_string(slot) + " identifies while " +
                                                 session + " of " + to_string(of) + " could go on");
    alive_[made] = slot;
    return made;
}

// Discord forgets one.
void fleet_world::lose_one()
{
    at(1s, [this] { lose_one(); });
    if (alive_.empty() || !chance(faults_.session_lost))
        return;
    auto which = alive_.begin();
    std::advance(which, static_cast<std::ptrdiff_t>(random_.below(alive_.size())));
    const std::string session = which->first;
    for (auto& [number, each] : processes_) {
        // What a handoff does not read any more it does not see.
        if (each.handoff && each.handoff->is_journalling)
            return;
        for (auto& [slot, own] : each.open)
            if (own.session == session && own.is_up && !own.is_frozen) {
                ++seen["session lost"];
                alive_.erase(session);
                own.session.clear();
                send(each, link::session_forgotten{slot, "op 9"});
                return want(each, slot);
            }
    }
}

}  // namespace tinfoil::host
