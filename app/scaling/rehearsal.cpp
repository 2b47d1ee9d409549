#include "scaling/rehearsal.hpp"

#include "base/overloaded.hpp"
#include "sharding/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace tinfoil::scaling {
namespace {

constexpr std::int64_t day = 24 * 3600, weigh_every_s = 60;
constexpr std::int64_t move_s = 2, begin_s = 8, end_s = 1;
// Half of what a shard takes is decoding, as measured with plugins that do little.
constexpr int decoding_percent = 50;
constexpr int reserve_percent = 20;

// Of a stage, or of one that is const.
template <class Stage>
auto find_in(Stage& in, std::uint32_t number)
{
    const auto found =
        std::find_if(in.collections.begin(), in.collections.end(),
                     [&](const stage::collection& each) { return each.number == number; });
    return found == in.collections.end() ? nullptr : &*found;
}

// What the hour adds to a guild's level, by the hour of its peak.
std::array<double, 24> waves(std::int64_t now_s)
{
    std::array<double, 24> made{};
    constexpr double whole = 2 * 3.14159265358979323846;
    for (std::size_t peak = 0; peak < made.size(); ++peak)
        made[peak] = std::cos(whole * (double(now_s % day) / day - double(peak) / 24));
    return made;
}

}  // namespace

const stage::collection* stage::find(std::uint32_t number) const
{
    return find_in(*this, number);
}

micro stage::load_of(const shard& which) const
{
    const collection* in = find(which.collection);
    return in == nullptr ? which.load : which.load * in->percent / 100;
}

rehearsal::rehearsal(curve what, std::uint64_t seed)
    : curve_(std::move(what)),
      random_(seed),
      book_(curve_.with)
{
    for (std::uint32_t i = 0; i < curve_.collections; ++i)
        stage_.collections.push_back({i, true, 0, 100});
    for (const discord::slot each : sharding::even_plan(curve_.shards)) {
        stage::shard one;
        one.slot = each;
        one.collection = each.id % curve_.collections;
        stage_.shards.push_back(one);
    }
    for (const guild_life& each : curve_.guilds)
        levels_.push_back(each.level);
    stage_.starts_left = curve_.starts;
    stage_.reserve = curve_.starts * reserve_percent / 100;
}

bool rehearsal::step()
{
    if (stage_.now_s >= curve_.seconds)
        return false;
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(curve_.with.interval).count();
    stage_.now_s += seconds;
    if (stage_.now_s / day != (stage_.now_s - seconds) / day)
        stage_.starts_left = curve_.starts;
    happen();
    come_back();
    act();
    if (weighed_s_ < 0 || stage_.now_s >= weighed_s_ + weigh_every_s)
        weigh();
    send_samples(seconds);
    look();
    return true;
}

void rehearsal::happen()
{
    for (;
         happened_ < curve_.happenings.size() && curve_.happenings[happened_].at_s <= stage_.now_s;
         ++happened_) {
        const happening& one = curve_.happenings[happened_];
        stage::collection* where = find_in(stage_, one.collection);
        changed_s_ = stage_.now_s;
        weighed_s_ = -1;
        switch (one.what) {
        case happening::kind::level:
            for (std::size_t i = 0; i < curve_.guilds.size(); ++i)
                if (curve_.guilds[i].id == one.guild)
                    levels_[i] = one.value;
            break;
        case happening::kind::down:
            if (where != nullptr) {
                where->is_up = false;
                where->until_s = stage_.now_s + one.value;
            }
            break;
        case happening::kind::slow:
            if (where != nullptr)
                where->percent = static_cast<int>(one.value);
            break;
        case happening::kind::starts:
            stage_.starts_left =
                std::max<int>(stage_.reserve, stage_.starts_left - static_cast<int>(one.value));
            break;
        }
    }
}

void rehearsal::come_back()
{
    for (stage::collection& each : stage_.collections)
        if (!each.is_up && stage_.now_s >= each.until_s) {
            each.is_up = true;
            changed_s_ = stage_.now_s;
        }
}

// What each shard takes now.
void rehearsal::weigh()
{
    weighed_s_ = stage_.now_s;
    const auto wave = waves(stage_.now_s);
    // Slots by their num_shards, so that a guild is looked up once a size and not once a shard.
    std::unordered_map<std::uint64_t, std::size_t> place;
    std::vector<std::uint32_t> sizes;
    for (std::size_t i = 0; i < stage_.shards.size(); ++i) {
        stage::shard& each = stage_.shards[i];
        each = {each.slot, each.collection, 0, {}, {}, 0, 0};
        place[std::uint64_t{each.slot.count} << 32U | each.slot.id] = i;
        if (std::find(sizes.begin(), sizes.end(), each.slot.count) == sizes.end())
            sizes.push_back(each.slot.count);
    }
    stage_.guild_loads.assign(curve_.guilds.size(), 0);
    for (std::size_t i = 0; i < curve_.guilds.size(); ++i) {
        const guild_life& guild = curve_.guilds[i];
        if (guild.joins_s > stage_.now_s)
            continue;
        const double swing = wave[static_cast<std::size_t>(guild.peak_hour) % 24] * guild.swing;
        const auto load = static_cast<micro>(double(levels_[i]) * (1 + swing / 100));
        stage_.guild_loads[i] = load;
        const std::uint64_t key = guild.id.value >> 22U;
        for (const std::uint32_t size : sizes) {
            const auto found = place.find(std::uint64_t{size} << 32U | key % size);
            if (found == place.end())
                continue;
            stage::shard& to = stage_.shards[found->second];
            to.load += load;
            to.halves[key / size % 2] += load;
            ++to.guilds;
            if (load > to.heaviest) {
                to.heaviest = load;
                to.heaviest_guild = guild.id;
            }
        }
    }
}

void rehearsal::send_samples(std::int64_t seconds)
{
    std::map<std::uint32_t, load_sample> samples;
    for (const stage::collection& each : stage_.collections)
        if (each.is_up) {
            load_sample& one = samples[each.number];
            one.span_us = static_cast<std::uint64_t>(seconds * whole_loop);
            one.busy_us = static_cast<std::uint64_t>(curve_.other * seconds);
        }
    for (const stage::shard& each : stage_.shards) {
        const auto found = samples.find(each.collection);
        if (found == samples.end())
            continue;
        const double noise = 1 + (random_.unit() * 2 - 1) * curve_.noise / 100;
        const int percent = stage_.find(each.collection)->percent;
        const auto measured = [&](micro of) {
            return static_cast<std::uint64_t>(double(of * seconds) * noise * percent / 100);
        };
        shard_sample one;
        one.slot = each.slot;
        one.busy_us = measured(each.load);
        one.decoding_us = one.busy_us * decoding_percent / 100;
        one.halves_us = {measured(each.halves[0]), measured(each.halves[1])};
        one.guilds = each.guilds;
        if (each.heaviest_guild)
            one.heaviest = {{each.heaviest_guild, measured(each.heaviest), 0}};
        found->second.busy_us += one.busy_us;
        found->second.shards.push_back(std::move(one));
    }
    for (const auto& [number, one] : samples)
        book_.on(number, one, time());
}

situation rehearsal::seen()
{
    situation made;
    made.with = curve_.with;
    made.shadow_passed = curve_.shadow_passed;
    made.starts = {
        true, curve_.starts, stage_.starts_left, stage_.reserve, curve_.max_concurrency, 0, {}};
    for (const stage::collection& each : stage_.collections) {
        const auto load = book_.collection(each.number, time());
        made.collections.push_back({each.number,
                                    each.is_up ? collection_phase::up : collection_phase::down,
                                    load ? load->other : 0, 0});
    }
    for (const stage::shard& each : stage_.shards) {
        const shard_load load = book_.shard(each.slot, time()).value_or(shard_load{});
        shard_state one;
        one.slot = each.slot;
        one.collection = each.collection;
        const stage::collection* in = stage_.find(each.collection);
        one.is_known = load.is_settled && in != nullptr && in->is_up;
        one.load = load.load;
        one.decoding = load.decoding;
        one.halves = load.halves;
        one.heaviest_guild = load.heaviest_guild;
        one.heaviest = load.heaviest;
        one.guilds = load.guilds;
        made.shards.push_back(one);
    }
    std::sort(
        made.shards.begin(), made.shards.end(),
        [](const shard_state& one, const shard_state& other) { return one.slot < other.slot; });
    return made;
}

void rehearsal::look()
{
    if (time() >= scaler_.deadline())
        feed(looked{seen()});
}

void rehearsal::feed(const scaler_input& what)
{
    std::vector<scaler_action> todo;
    scaler_.on(what, time(), todo);
    for (scaler_action& each : todo) {
        auto& one = std::get<decided>(each);
        const bool begins = one.is_to_be_done;
        decisions_.push_back({stage_.now_s, std::move(one), -1, false});
        if (!begins)
            continue;
        acting_ = acting{decisions_.size() - 1, 0, 0, {}};
        begin_action();
    }
}

void rehearsal::begin_action()
{
    const auto& actions = decisions_[acting_->decision].what.what.actions;
    const action& next = actions[acting_->next];
    // Moves that follow each other are done at once.
    const bool goes_with_last = std::holds_alternative<move>(next) && acting_->next > 0 &&
                                std::holds_alternative<move>(actions[acting_->next - 1]);
    acting_->until_s = stage_.now_s + (goes_with_last ? 0 : length_of(next));
    if (const auto* change = std::get_if<replace>(&next))
        stage_.starts_left -= static_cast<int>(change->newer.size());
}

std::int64_t rehearsal::length_of(const action& what) const
{
    return std::visit(overloaded{[](const move&) { return move_s; },
                                 [&](const replace&) {
                                     return decisions_[acting_->decision].what.what.usually / 1000;
                                 },
                                 [](const add_collection&) { return begin_s; },
                                 [](const retire_collection&) { return end_s; }},
                      what);
}

void rehearsal::act()
{
    while (acting_ && stage_.now_s >= acting_->until_s) {
        rehearsed& of = decisions_[acting_->decision];
        const auto& actions = of.what.what.actions;
        outcome how = perform(actions[acting_->next]);
        const bool has_failed = how.is == outcome::kind::failed;
        acting_->outcomes.push_back(std::move(how));
        if (++acting_->next < actions.size() && !has_failed) {
            begin_action();
            continue;
        }
        acting_->outcomes.resize(actions.size(), {outcome::kind::not_tried, {}});
        of.ended_s = stage_.now_s;
        of.has_failed = has_failed;
        const ended told{of.what.number, std::exchange(acting_, std::nullopt)->outcomes};
        feed(told);
    }
}

outcome rehearsal::perform(const action& what)
{
    if (random_.below(100) < static_cast<std::uint64_t>(curve_.failures))
        return {outcome::kind::failed, "it failed in the rehearsal"};
    changed_s_ = stage_.now_s;
    if (const auto* it = std::get_if<move>(&what)) {
        const stage::collection* to = stage_.find(it->to);
        if (to == nullptr || !to->is_up)
            return {outcome::kind::failed, "its collection is down"};
        for (stage::shard& each : stage_.shards)
            if (each.slot == it->slot)
                each.collection = it->to;
    } else if (const auto* change = std::get_if<replace>(&what)) {
        const stage::collection* in = stage_.find(change->collection);
        if (in == nullptr || !in->is_up)
            return {outcome::kind::failed, "its collection is down"};
        std::erase_if(stage_.shards, [&](const stage::shard& each) {
            return std::find(change->older.begin(), change->older.end(), each.slot) !=
                   change->older.end();
        });
        for (const discord::slot each : change->newer) {
            stage::shard one;
            one.slot = each;
            one.collection = change->collection;
            stage_.shards.push_back(one);
        }
        book_.replaced(change->older, change->newer);
        weigh();
    } else if (std::holds_alternative<add_collection>(what)) {
        std::uint32_t free = 0;
        auto at = stage_.collections.begin();
        for (; at != stage_.collections.end() && at->number == free; ++at)
            ++free;
        stage_.collections.insert(at, {free, true, 0, 100});
    } else {
        const std::uint32_t number = std::get<retire_collection>(what).number;
        std::erase_if(stage_.collections,
                      [&](const stage::collection& each) { return each.number == number; });
    }
    return {};
}

}  // namespace tinfoil::scaling
