#include "host/operations_plan.hpp"

#include "sharding/plan.hpp"
#include "sharding/shards_max.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace tinfoil::host {
namespace {

// A move is a RESUME.
constexpr duration move_takes = std::chrono::seconds(1);
// Shares of guilds that differ by less are the same.
constexpr double hardly = 1e-9;

error no(std::string why)
{
    return {errc::invalid_argument, std::move(why)};
}

// As many shards and collections as there may be, so every one is looked up and none is searched.
using shards_by_slot = std::map<discord::slot, const situation::shard*>;

shards_by_slot index_of(const situation& at)
{
    shards_by_slot made;
    for (const situation::shard& each : at.shards)
        made.emplace(each.slot, &each);
    return made;
}

sharding::slots plan_of(const situation& at)
{
    sharding::slots plan;
    for (const situation::shard& each : at.shards)
        plan.push_back(each.slot);
    return plan;
}

result<void> check_slots(const operation_wish& what, const situation& at)
{
    if (what.kind == operation_kind::reshard)
        return what.slots.empty() ? result<void>()
                                  : no("a reshard is of all shards; name none of them");
    if (what.slots.empty())
        return no("no shard is named");
    const shards_by_slot all = index_of(at);
    std::set<discord::slot> seen;
    for (const discord::slot slot : what.slots) {
        if (!all.contains(slot))
            return no("there is no shard " + to_string(slot) +
                      "; tinfoil shards list shows those that there are");
        if (!seen.insert(slot).second)
            return no("shard " + to_string(slot) + " is named twice");
    }
    return {};
}

// What is replaced by what.
result<std::vector<sharding::component>> parts_of(const operation_wish& what, const situation& at)
{
    sharding::slots older = what.slots, newer = what.slots;
    if (what.kind == operation_kind::split) {
        if (what.slots.size() != 1)
            return no("a split is of one shard");
        if (std::uint64_t{what.slots.front().count} * what.count > sharding::shards_max)
            return no(to_string(what.slots.front()) + " can't be split into " +
                      std::to_string(what.count) + ": a plan has no more than " +
                      std::to_string(sharding::shards_max) + " shards");
        auto made = sharding::split(what.slots.front(), what.count);
        if (!made)
            return made.error();
        newer = std::move(*made);
    } else if (what.kind == operation_kind::merge) {
        if (what.slots.size() < 2)
            return no("a merge is of two shards or more");
        const auto made = sharding::merge(what.slots);
        if (!made)
            return made.error();
        newer = {*made};
    } else if (what.kind == operation_kind::reshard) {
        if (what.count < 1 || what.count > sharding::shards_max)
            return no("a plan has 1 to " + std::to_string(sharding::shards_max) + " shards");
        older = plan_of(at);
        newer = sharding::even_plan(what.count);
    }
    auto parts = sharding::components(older, newer);
    if (parts && what.kind == operation_kind::reshard) {
        std::erase_if(*parts, [](const auto& each) { return each.is_unchanged(); });
        if (parts->empty())
            return no("the plan is " + discord::shards_in_words(what.count) + " already");
    }
    return parts;
}

result<void> check_sessions(const sharding::slots& older, const shards_by_slot& all)
{
    for (const discord::slot slot : older)
        if (const auto known = all.find(slot); known == all.end() || !known->second->has_session)
            return error{errc::unreachable, "shard " + to_string(slot) +
                                                " has no session now; try again when it is "
                                                "connected"};
    return {};
}

result<judged_operation> judge_move(const operation_wish& what, const situation& at)
{
    const auto* to = at.find(what.to);
    if (to == nullptr)
        return no("there is no collection " + std::to_string(what.to));
    if (!to->runs)
        return error{errc::unreachable,
                     "collection " + std::to_string(what.to) + " does not run now; try again soon"};
    if (what.mode == operation_mode::shadow)
        return no("a move has nothing to observe");
    judged_operation made;
    for (const discord::slot slot : what.slots)
        if (at.find(slot)->collection != what.to)
            made.quote.older.push_back(slot);
    if (made.quote.older.empty())
        return no("all of that is in collection " + std::to_string(what.to) + " already");
    made.quote.newer = made.quote.older;
    made.quote.moves = static_cast<std::uint32_t>(made.quote.older.size());
    made.quote.takes = move_takes * made.quote.moves;
    return made;
}

// Where most of those shards are; see gathering_move().
const situation::place* gathering_place(const std::map<std::uint32_t, std::size_t>& there,
                                        const situation& at)
{
    const situation::place* best = nullptr;
    std::size_t most = 0;
    for (const auto& [number, count] : there) {
        const auto* place = at.find(number);
        if (place == nullptr || !place->runs)
            continue;
        if (best == nullptr || count > most || (count == most && place->load < best->load)) {
            best = place;
            most = count;
        }
    }
    return best;
}

/// How the shards of each collection are sized, which is all that spreading them depends on:
/// spreading_move() again and again, in so many steps as there are moves.
class spread {
public:
    explicit spread(const situation& at)
    {
        for (const situation::place& each : at.places)
            if (each.runs)
                sizes_[each.number];
    }

    void add(std::uint32_t place, std::uint32_t count)
    {
        if (const auto own = sizes_.find(place); own != sizes_.end())
            ++own->second[count];
    }

    std::uint32_t moves()
    {
        std::set<std::pair<double, std::uint32_t>> by_share;
        for (const auto& [place, sizes] : sizes_)
            by_share.emplace(share_of(sizes), place);
        std::uint32_t made = 0;
        while (by_share.size() > 1) {
            const auto least = *by_share.begin();
            const auto most = *by_share.lower_bound({by_share.rbegin()->first, 0});
            auto& from = sizes_[most.second];
            const auto best = best_of(from, most.first - least.first);
            if (!best)
                break;
            auto& to = sizes_[least.second];
            ++to[*best];
            if (--from[*best] == 0)
                from.erase(*best);
            by_share.erase(least);
            by_share.erase(most);
            by_share.emplace(share_of(from), most.second);
            by_share.emplace(share_of(to), least.second);
            ++made;
        }
        return made;
    }

private:
    // num_shards to how many.
    using counts = std::map<std::uint32_t, std::uint32_t>;

    // Summed anew, since rounding that adds up would make moves to and fro look worth their while.
    static double share_of(const counts& of)
    {
        double share = 0;
        for (const auto& [count, many] : of)
            share += static_cast<double>(many) / count;
        return share;
    }
    static std::optional<std::uint32_t> best_of(const counts& of, double between)
    {
        std::optional<std::uint32_t> best;
        double gap = between;
        for (const auto& [count, many] : of) {
            const double after = std::abs(between - 2.0 / count);
            if (after < gap - hardly) {
                gap = after;
                best = count;
            }
        }
        return best;
    }

    std::map<std::uint32_t, counts> sizes_;
};

// How a plan is spread when each part's newer shards begin where its older ones were brought.
std::uint32_t count_moves(const operation_wish& what, const situation& at,
                          const std::vector<sharding::component>& parts)
{
    auto left = index_of(at);
    spread after(at);
    std::uint32_t moves = 0;
    for (const sharding::component& each : parts) {
        std::map<std::uint32_t, std::size_t> there;
        std::size_t all = 0;
        std::uint32_t place = 0;
        for (const discord::slot slot : each.before) {
            const auto known = left.find(slot);
            if (known == left.end())
                continue;
            if (slot == each.before.front())
                place = known->second->collection;
            ++there[known->second->collection];
            ++all;
            left.erase(known);
        }
        if (const auto* best = gathering_place(there, at)) {
            moves += static_cast<std::uint32_t>(all - there[best->number]);
            place = best->number;
        }
        for (const discord::slot slot : each.after)
            after.add(place, slot.count);
    }
    if (what.kind != operation_kind::reshard || what.mode == operation_mode::shadow)
        return moves;
    for (const auto& [slot, own] : left)
        after.add(own->collection, slot.count);
    return moves + after.moves();
}

}  // namespace

const situation::shard* situation::find(discord::slot slot) const
{
    const auto found = std::find_if(shards.begin(), shards.end(),
                                    [&](const shard& each) { return each.slot == slot; });
    return found == shards.end() ? nullptr : &*found;
}

const situation::place* situation::find(std::uint32_t number) const
{
    const auto found = std::find_if(places.begin(), places.end(),
                                    [&](const place& each) { return each.number == number; });
    return found == places.end() ? nullptr : &*found;
}

result<judged_operation> judge(const operation_wish& what, const situation& at,
                               const sharding::identify_ledger& ledger)
{
    if (const auto sound = check_slots(what, at); !sound)
        return sound.error();
    if (what.kind == operation_kind::move)
        return judge_move(what, at);
    auto parts = parts_of(what, at);
    if (!parts)
        return parts.error();
    judged_operation made;
    made.parts = std::move(*parts);
    for (const sharding::component& each : made.parts) {
        made.quote.older.insert(made.quote.older.end(), each.before.begin(), each.before.end());
        made.quote.newer.insert(made.quote.newer.end(), each.after.begin(), each.after.end());
    }
    const shards_by_slot all = index_of(at);
    if (const auto there = check_sessions(made.quote.older, all); !there)
        return there.error();
    const sharding::wish wish{.older = made.quote.older,
                              .newer = made.quote.newer,
                              .by_operator = what.origin == operation_origin::by_operator,
                              .forced = what.forced};
    sharding::circumstances facts{.identifies = ledger.price(sharding::identifies_of(wish)),
                                  .ledger = at.ledger,
                                  .shards = {},
                                  .newer_guilds = {},
                                  .shards_after = static_cast<std::uint32_t>(
                                      at.shards.size() - wish.older.size() + wish.newer.size()),
                                  .multiple = at.multiple};
    for (const discord::slot slot : wish.older)
        facts.shards.push_back(all.at(slot)->known);
    sharding::price price = sharding::price_of(wish, facts);
    made.quote.parts = static_cast<std::uint32_t>(price.handoffs);
    made.quote.moves = count_moves(what, at, made.parts);
    made.quote.identifies = price.identifies;
    made.quote.takes = price.usually + move_takes * made.quote.moves;
    made.quote.at_most = price.at_most + move_takes * made.quote.moves;
    if (what.mode == operation_mode::shadow)
        made.quote.takes += what.observe_for * made.quote.parts;
    made.quote.overlap_load = price.cpu;
    made.quote.objections = std::move(price.objections);
    made.quote.overruled = std::move(price.overruled);
    return made;
}

result<std::optional<shard_move>> gathering_move(const sharding::slots& older, const situation& at)
{
    std::map<std::uint32_t, std::size_t> there;
    for (const discord::slot slot : older)
        if (const auto* known = at.find(slot))
            ++there[known->collection];
    const situation::place* best = gathering_place(there, at);
    if (best == nullptr)
        return error{errc::unreachable, "no collection of these shards runs now; try again soon"};
    for (const discord::slot slot : older)
        if (const auto* known = at.find(slot);
            known != nullptr && known->collection != best->number)
            return std::optional(shard_move{slot, best->number});
    return std::optional<shard_move>();
}

std::optional<shard_move> spreading_move(const situation& at)
{
    std::map<std::uint32_t, double> share;
    for (const situation::place& each : at.places)
        if (each.runs)
            share[each.number] = 0;
    for (const situation::shard& each : at.shards)
        if (const auto own = share.find(each.collection); own != share.end())
            own->second += 1.0 / each.slot.count;
    if (share.size() < 2)
        return std::nullopt;
    const auto by_share = [](const auto& one, const auto& other) {
        return one.second < other.second;
    };
    const auto most = std::max_element(share.begin(), share.end(), by_share);
    const auto least = std::min_element(share.begin(), share.end(), by_share);
    // What is moved has to be smaller than the difference, or it would only change sides; the best
    // is half of it.
    const double between = most->second - least->second;
    const situation::shard* best = nullptr;
    double gap = between;
    for (const situation::shard& each : at.shards) {
        if (each.collection != most->first)
            continue;
        const double after = std::abs(between - 2.0 / each.slot.count);
        if (after < gap - hardly) {
            gap = after;
            best = &each;
        }
    }
    if (best == nullptr)
        return std::nullopt;
    return shard_move{best->slot, least->first};
}

}  // namespace tinfoil::host
