#include "host/restart_desk.hpp"

#include "net/clock.hpp"
#include "scaling/rebalance.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

// As scaling::rolling_restart looks at it. Only compared: events a second stand in for load.
scaling::situation situation_of(const fleet& shards, const event_rates& rates)
{
    scaling::situation made;
    const auto& all = shards.collections();
    for (std::uint32_t number = 0; number < all.size(); ++number) {
        if (all[number].retires)
            continue;
        scaling::collection_state own;
        own.number = number;
        made.collections.push_back(own);
        for (const discord::slot slot : all[number].slots) {
            scaling::shard_state shard;
            shard.slot = slot;
            shard.collection = number;
            shard.load =
                static_cast<scaling::micro>(1000 * rates.per_second(slot, net::now()) + 0.5);
            made.shards.push_back(shard);
        }
    }
    return made;
}

}  // namespace

result<restart_quote> restart_desk::quote() const
{
    if (auto may = to_.shards.can_restart(); !may)
        return may.error();
    if (to_.is_busy())
        return error{errc::cancelled,
                     "an operation on shards is under way; ask again when it has ended (tinfoil "
                     "shards operations), or end it with tinfoil shards cancel"};
    restart_quote made;
    made.executable = to_.builds.file();
    made.is_other = to_.builds.has_changed();
    for (const auto& each : scaling::rolling_restart(situation_of(to_.shards, to_.rates)))
        made.order.push_back({each.collection, each.shards,
                              static_cast<std::uint64_t>(std::max<scaling::micro>(each.load, 0)),
                              std::chrono::milliseconds(each.usually)});
    return made;
}

result<restart_quote> restart_desk::begin()
{
    auto made = quote();
    if (!made)
        return made;
    const auto build = to_.builds.take();
    if (!build)
        return build.error();
    begin_restart what{{}, *build};
    for (const auto& each : made->order)
        what.order.push_back(each.collection);
    to_.tell(std::move(what));
    return made;
}

void restart_desk::perform(const restart_changed&)
{
    if (look().state != restart_state::running) {
        std::set<std::uint32_t> used;
        for (const fleet::collection& each : to_.shards.collections())
            used.insert(each.build);
        to_.builds.keep(used);
    }
    to_.changed();
}

}  // namespace tinfoil::host
