#include "host/operations_plan.hpp"

#include "sharding/plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace tinfoil::host {
namespace {

// A move is a RESUME.
constexpr duration move_takes = std::chrono::seconds(1);

error no(std::string why)
{
    return {errc::invalid_argument, std::move(why)};
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
    std::set<discord::slot> seen;
    for (const discord::slot slot : what.slots) {
        if (at.find(slot) == nullptr)
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
        if (what.count < 1 || what.count > sharding::num_shards_max)
            return no("a plan has 1 to 1000000 shards");
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

result<void> check_sessions(const sharding::slots& older, const situation& at)
{
    for (const discord::slot slot : older)
        if (const auto* known = at.find(slot); known == nullptr || !known->has_session)
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

// How a plan is spread when each part's newer shards begin where its older ones were brought.
std::uint32_t count_moves(const operation_wish& what, const situation& at,
                          const std::vector<sharding::component>& parts)
{
    std::uint32_t moves = 0;
    situation after = at;
    for (const sharding::component& each : parts) {
        for (auto next = gathering_move(each.before, after); next && *next;
             next = gathering_move(each.before, after)) {
            ++moves;
            for (situation::shard& own : after.shards)
                if (own.slot == (*next)->slot)
                    own.collection = (*next)->to;
        }
        const auto* first = after.find(each.before.front());
        const std::uint32_t place = first == nullptr ? 0 : first->collection;
        std::erase_if(after.shards, [&](const auto& own) {
            return std::find(each.before.begin(), each.before.end(), own.slot) != each.before.end();
        });
        for (const discord::slot slot : each.after)
            after.shards.push_back({.slot = slot, .collection = place, .known = {}});
    }
    if (what.kind != operation_kind::reshard || what.mode == operation_mode::shadow)
        return moves;
    for (auto next = spreading_move(after); next; next = spreading_move(after)) {
        ++moves;
        for (situation::shard& own : after.shards)
            if (own.slot == next->slot)
                own.collection = next->to;
    }
    return moves;
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
    if (const auto there = check_sessions(made.quote.older, at); !there)
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
        facts.shards.push_back(at.find(slot)->known);
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
    const situation::place* best = nullptr;
    for (const auto& [number, count] : there) {
        const auto* place = at.find(number);
        if (place == nullptr || !place->runs)
            continue;
        if (best == nullptr || count > there[best->number] ||
            (count == there[best->number] && place->load < best->load))
            best = place;
    }
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
    constexpr double hardly = 1e-9;
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
