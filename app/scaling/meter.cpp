#include "scaling/meter.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::scaling {
namespace {

std::uint64_t micros(duration of)
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::microseconds>(of).count()));
}

}  // namespace

meter::handle meter::open(discord::slot slot)
{
    auto free = std::find_if(shards_.begin(), shards_.end(),
                             [](const counted& each) { return !each.is_open; });
    if (free == shards_.end())
        free = shards_.insert(shards_.end(), counted{});
    *free = {};
    free->sum.slot = slot;
    free->is_open = true;
    return static_cast<handle>(free - shards_.begin());
}

void meter::close(handle which)
{
    TINFOIL_ASSERT(which < shards_.size());
    shards_[which].is_open = false;
}

void meter::count(handle which, const metered& what)
{
    TINFOIL_ASSERT(which < shards_.size());
    counted& to = shards_[which];
    const duration time = what.decoding + what.handling;
    ++to.sum.events;
    to.sum.bytes += what.bytes;
    to.busy += time;
    to.decoding += what.decoding;
    to.waited = std::max(to.waited, what.waited);
    busy_ += time;
    const duration all = time * what.stands_for;
    if (what.guild) {
        const std::uint64_t key = what.guild.value >> 22;
        to.halves[key / to.sum.slot.count % 2] += all;
        to.guilds.add(what.guild,
                      static_cast<std::uint64_t>(std::max<std::int64_t>(0, all.count())));
    } else if (to.sum.slot.id == 0) {
        to.halves[0] += all;
    }
}

void meter::spend(handle which, duration time)
{
    TINFOIL_ASSERT(which < shards_.size());
    shards_[which].busy += time;
    busy_ += time;
}

void meter::spend(duration time)
{
    busy_ += time;
}

void meter::lagged(duration late)
{
    lag_ = std::max(lag_, late);
}

void meter::has(handle which, std::uint32_t guilds, std::uint32_t voice_channels)
{
    TINFOIL_ASSERT(which < shards_.size());
    shards_[which].sum.guilds = guilds;
    shards_[which].sum.voice_channels = voice_channels;
}

load_sample meter::take(duration span)
{
    load_sample made{
        micros(span), micros(std::exchange(busy_, {})), micros(std::exchange(lag_, {})), {}};
    for (counted& each : shards_) {
        if (!each.is_open)
            continue;
        shard_sample sum = each.sum;
        sum.busy_us = micros(each.busy);
        sum.decoding_us = micros(each.decoding);
        sum.lag_us = micros(each.waited);
        sum.halves_us = {micros(each.halves[0]), micros(each.halves[1])};
        sum.heaviest = each.guilds.heaviest(sent_max);
        for (heavy_guilds::entry& guild : sum.heaviest) {
            guild.weight /= 1000;
            guild.above /= 1000;
        }
        made.shards.push_back(std::move(sum));
        counted next;
        next.sum.slot = each.sum.slot;
        next.sum.guilds = each.sum.guilds;
        next.sum.voice_channels = each.sum.voice_channels;
        next.is_open = true;
        each = next;
    }
    return made;
}

}  // namespace tinfoil::scaling
