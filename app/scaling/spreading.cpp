#include "scaling/spreading.hpp"

#include <algorithm>
#include <numeric>

namespace tinfoil::scaling {
namespace {

std::vector<std::size_t> by_load(const layout& of)
{
    std::vector<std::size_t> order(of.items.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
        const auto &a = of.items[one], &b = of.items[other];
        return a.load != b.load ? a.load > b.load : a.slot < b.slot;
    });
    return order;
}

// The bins as a heap, the idlest on top.
class idle_order {
public:
    explicit idle_order(const layout& of) : of_(of), heap_(of.bins.size())
    {
        std::iota(heap_.begin(), heap_.end(), 0);
        std::make_heap(heap_.begin(), heap_.end(), order());
    }
    [[nodiscard]] std::size_t top() const { return heap_.front(); }
    // The top has got more.
    void sink()
    {
        std::pop_heap(heap_.begin(), heap_.end(), order());
        std::push_heap(heap_.begin(), heap_.end(), order());
    }

private:
    struct later {
        const layout* of;
        bool operator()(std::size_t one, std::size_t other) const
        {
            const micro a = of->bins[one].load, b = of->bins[other].load;
            return a != b ? a > b : one > other;
        }
    };
    [[nodiscard]] later order() const { return {&of_}; }

    const layout& of_;
    std::vector<std::size_t> heap_;
};

void empty(layout& of)
{
    for (layout::bin& each : of.bins)
        each.load = each.other;
    for (layout::item& each : of.items)
        if (each.may_move)
            each.at = layout::nowhere;
        else
            of.bins[each.at].load += each.load;
}

// Largest first, but what fits below the goal stays.
layout with_most_staying(const layout& from, micro goal)
{
    layout made = from;
    empty(made);
    for (const std::size_t item : by_load(from)) {
        if (!made.items[item].may_move)
            continue;
        const std::size_t here = from.items[item].at;
        const bool stays =
            here != layout::nowhere && made.bins[here].load + made.items[item].load <= goal;
        made.put(item, stays ? here : made.idlest());
    }
    return made;
}

// The items of each bin that may move.
std::vector<std::vector<std::size_t>> contents(const layout& of)
{
    std::vector<std::vector<std::size_t>> made(of.bins.size());
    for (std::size_t i = 0; i < of.items.size(); ++i)
        if (of.items[i].at != layout::nowhere && of.items[i].may_move)
            made[of.items[i].at].push_back(i);
    return made;
}

struct step {
    std::size_t out = layout::nowhere, back = layout::nowhere;  ///< Items.
    std::size_t to = 0;
    micro most = 0;  ///< Of the two bins then.
};

// What helps the busiest most: one of its items to the idlest, or in exchange for one of another.
step best_step(const layout& of, const std::vector<std::vector<std::size_t>>& in)
{
    const std::size_t from = of.busiest(), idle = of.idlest();
    step best;
    best.most = of.bins[from].load;
    const auto consider = [&](std::size_t out, std::size_t back, std::size_t to) {
        const micro difference =
            of.items[out].load - (back == layout::nowhere ? 0 : of.items[back].load);
        const micro most = std::max(of.bins[from].load - difference, of.bins[to].load + difference);
        if (difference > 0 && most < best.most)
            best = {out, back, to, most};
    };
    for (const std::size_t out : in[from])
        consider(out, layout::nowhere, idle);
    // An exchange is two moves: only where one alone brings less than half of what is wanted.
    const micro wanted = (of.bins[from].load - of.bins[idle].load) / 2;
    if (of.bins[from].load - best.most >= wanted / 2)
        return best;
    for (const std::size_t out : in[from])
        for (const std::size_t back : in[idle])
            consider(out, back, idle);
    return best;
}

layout by_steps(layout from, micro goal)
{
    auto in = contents(from);
    // Each step makes the busiest less busy; the bound is against what nobody thought of.
    for (std::size_t i = 0; i < 4 * from.items.size() && from.most() > goal; ++i) {
        const std::size_t busiest = from.busiest();
        const step next = best_step(from, in);
        if (next.out == layout::nowhere)
            break;
        const auto relocate = [&](std::size_t item, std::size_t away, std::size_t to) {
            std::erase(in[away], item);
            in[to].push_back(item);
            from.put(item, to);
        };
        relocate(next.out, busiest, next.to);
        if (next.back != layout::nowhere)
            relocate(next.back, next.to, busiest);
    }
    return from;
}

}  // namespace

std::size_t layout::busiest() const
{
    return static_cast<std::size_t>(
        std::max_element(bins.begin(), bins.end(),
                         [](const bin& one, const bin& other) { return one.load < other.load; }) -
        bins.begin());
}

std::size_t layout::idlest() const
{
    return static_cast<std::size_t>(
        std::min_element(bins.begin(), bins.end(),
                         [](const bin& one, const bin& other) { return one.load < other.load; }) -
        bins.begin());
}

void layout::put(std::size_t which, std::size_t to)
{
    item& what = items[which];
    if (what.at != nowhere)
        bins[what.at].load -= what.load;
    what.at = to;
    bins[to].load += what.load;
}

bool has_to_be_left(const collection_state& which, const policy& with)
{
    const auto is_for = [&](duration patience) {
        return std::chrono::milliseconds(which.in_phase) >= patience;
    };
    switch (which.is) {
    case collection_phase::up:
        return false;
    case collection_phase::starting:
        return is_for(std::max(with.abandon_after, start_max));
    case collection_phase::down:
        return is_for(with.abandon_after);
    case collection_phase::draining:
        return true;
    }
    return false;
}

layout layout_of(const situation& at)
{
    layout made;
    std::vector<std::uint32_t> leaving;
    for (const collection_state& each : at.collections) {
        if (each.is == collection_phase::up)
            made.bins.push_back({each.number, each.other, each.other});
        else if (has_to_be_left(each, at.with))
            leaving.push_back(each.number);
    }
    for (const shard_state& each : at.shards) {
        const auto bin = std::find_if(made.bins.begin(), made.bins.end(), [&](const auto& one) {
            return one.number == each.collection;
        });
        if (bin != made.bins.end()) {
            bin->load += each.load;
            made.items.push_back({each.slot, each.load,
                                  static_cast<std::size_t>(bin - made.bins.begin()),
                                  each.is_known && each.move_rest == 0});
        } else if (std::find(leaving.begin(), leaving.end(), each.collection) != leaving.end() &&
                   each.leave_rest == 0) {
            made.items.push_back({each.slot, each.load, layout::nowhere, true});
        }
    }
    return made;
}

layout largest_first(layout from)
{
    if (from.bins.empty())
        return from;
    empty(from);
    idle_order order(from);
    for (const std::size_t item : by_load(from)) {
        if (!from.items[item].may_move)
            continue;
        from.put(item, order.top());
        order.sink();
    }
    return from;
}

std::vector<move> moves_between(const layout& before, const layout& after, const situation& at)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < before.items.size(); ++i)
        if (before.items[i].at != after.items[i].at)
            order.push_back(i);
    const auto weight = [&](std::size_t item) {
        const std::size_t where = before.items[item].at;
        return where == layout::nowhere ? INT64_MAX : before.bins[where].load;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
        return weight(one) != weight(other) ? weight(one) > weight(other)
                                            : before.items[one].load > before.items[other].load;
    });
    std::vector<move> made;
    for (const std::size_t i : order) {
        const discord::slot slot = before.items[i].slot;
        const auto known = std::lower_bound(
            at.shards.begin(), at.shards.end(), slot,
            [](const shard_state& one, discord::slot other) { return one.slot < other; });
        made.push_back({slot, known->collection, after.bins[after.items[i].at].number});
    }
    return made;
}

layout placed(layout from)
{
    for (const std::size_t item : by_load(from))
        if (from.items[item].at == layout::nowhere)
            from.put(item, from.idlest());
    return from;
}

layout spread(const layout& from, int percent)
{
    if (from.bins.empty())
        return from;
    const layout even = largest_first(from);
    const micro goal = even.most() + even.most() * percent / 100;
    layout best = by_steps(placed(from), goal);
    if (best.most() <= goal)
        return best;
    layout staying = with_most_staying(from, goal);
    if (staying.most() < best.most())
        best = std::move(staying);
    return best.most() <= goal ? best : even.most() < best.most() ? even : best;
}

}  // namespace tinfoil::scaling
