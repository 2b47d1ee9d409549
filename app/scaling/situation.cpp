#include "scaling/situation.hpp"

#include "base/overloaded.hpp"
#include "sharding/plan.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::scaling {

std::string_view name(collection_phase is)
{
    constexpr std::array<std::string_view, 4> names{"up", "starting", "down", "draining"};
    return names[static_cast<std::size_t>(is)];
}

std::string_view name(aim which)
{
    constexpr std::array<std::string_view, 8> names{"none",  "evacuate", "make_room", "spread",
                                                    "split", "merge",    "grow",      "shrink"};
    return names[static_cast<std::size_t>(which)];
}

starts_left starts_of(const sharding::ledger_view& from)
{
    return {from.is_known,
            from.total,
            from.remaining,
            from.reserve,
            std::max(1, from.max_concurrency),
            static_cast<int>(from.waiting.size()),
            from.suspended};
}

namespace {

shard_state* find(situation& in, discord::slot which)
{
    const auto found = std::find_if(in.shards.begin(), in.shards.end(),
                                    [&](const shard_state& each) { return each.slot == which; });
    return found == in.shards.end() ? nullptr : &*found;
}

// Of a split into equal slots.
shard_state part_of(const shard_state& whole, discord::slot which)
{
    const std::size_t half = which.id == whole.slot.id ? 0 : 1;
    const micro both = whole.halves[0] + whole.halves[1];
    const std::uint32_t parts = which.count / whole.slot.count;
    const double share =
        parts == 2 && both > 0 ? double(whole.halves[half]) / double(both) : 1.0 / parts;
    shard_state made;
    made.slot = which;
    made.is_known = whole.is_known;
    made.load = static_cast<micro>(double(whole.load) * share);
    made.decoding = static_cast<micro>(double(whole.decoding) * share);
    made.halves = {made.load / 2, made.load - made.load / 2};
    made.guilds = whole.guilds / parts + (half == 0 ? whole.guilds % parts : 0);
    if (which.serves(whole.heaviest_guild)) {
        made.heaviest_guild = whole.heaviest_guild;
        made.heaviest = std::min(whole.heaviest, made.load);
    }
    return made;
}

void add_to(shard_state& sum, const shard_state& part)
{
    sum.is_known = sum.is_known && part.is_known;
    sum.load += part.load;
    sum.decoding += part.decoding;
    sum.guilds += part.guilds;
    sum.voice_channels += part.voice_channels;
    sum.halves[part.slot.id == sum.slot.id ? 0 : 1] += part.load;
    if (part.heaviest > sum.heaviest) {
        sum.heaviest = part.heaviest;
        sum.heaviest_guild = part.heaviest_guild;
    }
}

void carry_out(const replace& what, situation& to)
{
    std::vector<shard_state> made;
    for (const discord::slot newer : what.newer) {
        shard_state sum;
        sum.slot = newer;
        sum.is_known = true;
        for (const discord::slot older : what.older)
            if (const shard_state* known = find(to, older); known != nullptr) {
                if (what.newer.size() > what.older.size())
                    sum = part_of(*known, newer);
                else
                    add_to(sum, *known);
            }
        sum.collection = what.collection;
        made.push_back(sum);
    }
    std::erase_if(to.shards, [&](const shard_state& each) {
        return std::find(what.older.begin(), what.older.end(), each.slot) != what.older.end();
    });
    to.shards.insert(to.shards.end(), made.begin(), made.end());
    std::sort(
        to.shards.begin(), to.shards.end(),
        [](const shard_state& one, const shard_state& other) { return one.slot < other.slot; });
}

void add_one(situation& to)
{
    std::uint32_t free = 0;
    auto at = to.collections.begin();
    for (; at != to.collections.end() && at->number == free; ++at)
        ++free;
    to.collections.insert(at, {free, collection_phase::up, 0, 0});
}

}  // namespace

void carry_out(const action& what, situation& to)
{
    std::visit(overloaded{[&](const move& it) {
                              if (shard_state* known = find(to, it.slot); known != nullptr)
                                  known->collection = it.to;
                          },
                          [&](const replace& it) { carry_out(it, to); },
                          [&](const add_collection&) { add_one(to); },
                          [&](const retire_collection& it) {
                              std::erase_if(to.collections, [&](const collection_state& each) {
                                  return each.number == it.number;
                              });
                          }},
               what);
}

std::string to_string(const action& what)
{
    return std::visit(
        overloaded{[](const move& it) {
                       return "moves " + to_string(it.slot) + " from " + std::to_string(it.from) +
                              " to " + std::to_string(it.to);
                   },
                   [](const replace& it) {
                       return (it.older.size() < it.newer.size()   ? "splits "
                               : it.older.size() > it.newer.size() ? "merges "
                                                                   : "replaces ") +
                              sharding::to_string(it.older) + " into " +
                              sharding::to_string(it.newer) + " in " +
                              std::to_string(it.collection);
                   },
                   [](const add_collection&) { return std::string("adds a collection"); },
                   [](const retire_collection& it) {
                       return "retires collection " + std::to_string(it.number);
                   }},
        what);
}

std::string in_percent(micro of)
{
    constexpr micro percent = whole_loop / 100;
    return std::to_string((of + percent / 2) / percent) + " %";
}

}  // namespace tinfoil::scaling
