#pragma once

#include "scaling/situation.hpp"
#include "sharding/plan.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>

/// Situations to decide about, from what matters in them.
namespace tinfoil::scaling_test {

using namespace scaling;
using namespace std::chrono_literals;

inline constexpr micro percent = whole_loop / 100;
inline constexpr milliseconds for_long = 3'600'000;

/// A shard with its load in percent, half of it decoding, as known as can be.
inline shard_state shard(discord::slot slot, std::uint32_t collection, int load)
{
    shard_state made;
    made.slot = slot;
    made.collection = collection;
    made.is_known = true;
    made.load = load * percent;
    made.decoding = made.load / 2;
    made.halves = {made.load / 2, made.load / 2};
    made.guilds = 500;
    made.heaviest_guild = {(std::uint64_t{slot.id} << 22U) | 1U};
    made.heaviest = made.load / 10;
    return made;
}

/// `collections` that are up, with these shards, and plenty of session starts.
inline situation scene(int collections, std::vector<shard_state> shards)
{
    situation made;
    made.with.collections_max = 8;
    made.with.splits = plan_changes::yes;
    made.starts = {true, 1000, 1000, 200, 1, 0, {}};
    for (int i = 0; i < collections; ++i)
        made.collections.push_back({std::uint32_t(i), collection_phase::up, 0, for_long});
    std::sort(shards.begin(), shards.end(), [](const shard_state& one, const shard_state& other) {
        return one.slot < other.slot;
    });
    made.shards = std::move(shards);
    return made;
}

/// Equal slots with these loads, each in the collection that is told with it.
struct placed_load {
    int load;
    std::uint32_t collection;
};
inline situation scene(int collections, std::initializer_list<placed_load> loads)
{
    std::vector<shard_state> shards;
    const auto plan = sharding::even_plan(static_cast<std::uint32_t>(loads.size()));
    for (const placed_load& each : loads)
        shards.push_back(shard(plan[shards.size()], each.collection, each.load));
    return scene(collections, std::move(shards));
}

/// Whatever holds has held for long.
inline situation sustained(situation at)
{
    at.uneven_for = at.crowded_for = at.roomy_for = for_long;
    for (shard_state& each : at.shards)
        each.hot_for = each.quiet_for = for_long;
    return at;
}

inline bool refuses(const decision& of, std::string_view reason)
{
    return std::any_of(of.refusals.begin(), of.refusals.end(), [&](const refused& each) {
        return each.reason == reason && !each.text.empty() && !each.subject.empty();
    });
}

template <class Action>
int count(const decision& of)
{
    return int(std::count_if(of.actions.begin(), of.actions.end(), [](const action& each) {
        return std::holds_alternative<Action>(each);
    }));
}

/// The busiest collection after the actions.
inline micro busiest_after(situation at, const decision& of)
{
    for (const action& each : of.actions)
        carry_out(each, at);
    micro most = 0;
    for (const collection_state& in : at.collections) {
        micro load = in.other;
        for (const shard_state& each : at.shards)
            load += each.collection == in.number ? each.load : 0;
        most = std::max(most, load);
    }
    return most;
}

}  // namespace tinfoil::scaling_test
