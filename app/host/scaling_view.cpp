#include "host/scaling_view.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

scaling::collection_phase phase_of(const fleet::collection& of, bool is_drained)
{
    using phase = fleet::phase;
    using scaling::collection_phase;
    switch (of.where) {
    case phase::running:
        return of.condemned ? collection_phase::down
               : is_drained ? collection_phase::draining
                            : collection_phase::up;
    case phase::starting:
        return collection_phase::starting;
    case phase::stopping:
        return of.returns ? collection_phase::starting : collection_phase::down;
    case phase::waiting:
    case phase::ended:
        return collection_phase::down;
    }
    return collection_phase::down;
}

scaling::shard_state shard_of(const scaling_sources& from, discord::slot slot, std::uint32_t where,
                              instant now)
{
    scaling::shard_state made;
    made.slot = slot;
    made.collection = where;
    const auto load = from.loads.shard(slot, now);
    if (!load)
        return made;
    made.is_known = load->is_settled && from.is_served(slot);
    made.load = load->load;
    made.decoding = load->decoding;
    made.halves = load->halves;
    made.heaviest_guild = load->heaviest_guild;
    made.heaviest = load->heaviest;
    made.guilds = load->guilds;
    made.voice_channels = load->voice_channels;
    return made;
}

}  // namespace

scaling::situation situation_of(const scaling_sources& from, instant now)
{
    scaling::situation made;
    made.with = from.with;
    made.starts = scaling::starts_of(from.shards.ledger().look(now));
    made.shadow_passed = from.shadow_passed;
    made.under_way = from.under_way;
    const auto& all = from.shards.collections();
    for (std::uint32_t number = 0; number < all.size(); ++number) {
        if (all[number].retires)
            continue;
        scaling::collection_state own;
        own.number = number;
        own.is = phase_of(all[number], from.draining.contains(number));
        if (const auto load = from.loads.collection(number, now))
            own.other = load->other;
        made.collections.push_back(own);
        for (const discord::slot slot : all[number].slots)
            made.shards.push_back(shard_of(from, slot, number, now));
    }
    std::sort(made.shards.begin(), made.shards.end(),
              [](const auto& one, const auto& other) { return one.slot < other.slot; });
    const int shards = std::max(1, static_cast<int>(made.shards.size()));
    made.with.collections_min = std::min(made.with.collections_min, shards);
    return made;
}

}  // namespace tinfoil::host
