#include "scaling/load_book.hpp"

#include "sharding/algebra.hpp"

#include <algorithm>
#include <cmath>

namespace tinfoil::scaling {
namespace {

double seconds(duration of)
{
    return std::chrono::duration<double>(of).count();
}

// An exponential average: `sum` and its weight decay together, so that their quotient is right
// from the first sample on.
void mix(double& sum, double value, double keep)
{
    sum = sum * keep + value * (1 - keep);
}

micro whole(double sum, double weight)
{
    return weight > 0 ? static_cast<micro>(std::llround(sum / weight)) : 0;
}

}  // namespace

void load_book::add(averages& to, const shard_sample& what, double keep, double over) const
{
    mix(to.load, double(what.busy_us) / over, keep);
    mix(to.decoding, double(what.decoding_us) / over, keep);
    mix(to.events, double(what.events) / over, keep);
    mix(to.bytes, double(what.bytes) / over, keep);
    for (std::size_t half = 0; half < 2; ++half)
        mix(to.halves[half], double(what.halves_us[half]) / over, keep);
    for (guild_load& each : to.guilds)
        mix(each.load, 0, keep);
    for (const heavy_guilds::entry& each : what.heaviest) {
        auto found = std::find_if(to.guilds.begin(), to.guilds.end(),
                                  [&](const guild_load& one) { return one.guild == each.guild; });
        if (found == to.guilds.end())
            found = to.guilds.insert(found, {each.guild, 0});
        found->load += double(each.weight - each.above) / over * (1 - keep);
    }
    std::sort(to.guilds.begin(), to.guilds.end(),
              [](const guild_load& one, const guild_load& other) {
                  return one.load != other.load ? one.load > other.load : one.guild < other.guild;
              });
    if (to.guilds.size() > heavy_guilds::entries_max)
        to.guilds.resize(heavy_guilds::entries_max);
    mix(to.weight, 1, keep);
    to.lag_us = what.lag_us;
    to.guild_count = what.guilds;
    to.voice_channels = what.voice_channels;
}

void load_book::on(std::uint32_t collection, const load_sample& what, instant now)
{
    if (what.span_us == 0)
        return;
    const duration span = std::chrono::microseconds(what.span_us);
    const double over = seconds(span), keep = std::exp(-over / seconds(time_constant_));
    std::uint64_t of_shards = 0;
    for (const shard_sample& each : what.shards) {
        averages& to = shards_[each.slot];
        // Nobody knows what was in a gap that long.
        if (to.weight > 0 && now - to.last > stale_after_)
            to = {};
        add(to, each, keep, over);
        to.covered += span;
        to.last = now;
        of_shards += each.busy_us;
    }
    loop_averages& loop = collections_[collection];
    if (loop.weight > 0 && now - loop.last > stale_after_)
        loop = {};
    mix(loop.busy, double(what.busy_us) / over, keep);
    mix(loop.other, double(what.busy_us - std::min(of_shards, what.busy_us)) / over, keep);
    mix(loop.weight, 1, keep);
    loop.lag_us = what.lag_us;
    loop.covered += span;
    loop.last = now;
}

void load_book::replaced(std::span<const discord::slot> older, std::span<const discord::slot> newer)
{
    std::map<discord::slot, averages> made;
    if (older.size() == 1 && newer.size() == 2) {
        const averages whole = shards_[older[0]];
        for (const discord::slot each : newer) {
            averages part = whole;
            const double half = whole.halves[each.id == older[0].id ? 0 : 1];
            const double both = whole.halves[0] + whole.halves[1];
            const double share = both > 0 ? half / both : .5;
            for (double* sum : {&part.load, &part.decoding, &part.events, &part.bytes})
                *sum *= share;
            part.halves = {part.load / 2, part.load / 2};
            part.guild_count = whole.guild_count / 2;
            part.voice_channels = 0;
            std::erase_if(part.guilds,
                          [&](const guild_load& guild) { return !each.serves(guild.guild); });
            made[each] = std::move(part);
        }
    } else if (newer.size() == 1) {
        averages sum;
        for (const discord::slot each : older) {
            const averages& part = shards_[each];
            // Sums of unequal weight can't be added.
            if (part.weight <= 0)
                continue;
            sum.load += part.load / part.weight;
            sum.decoding += part.decoding / part.weight;
            sum.events += part.events / part.weight;
            sum.bytes += part.bytes / part.weight;
            if (each.id == newer[0].id || each.id == newer[0].id + newer[0].count)
                sum.halves[each.id == newer[0].id ? 0 : 1] += part.load / part.weight;
            for (const guild_load& guild : part.guilds)
                sum.guilds.push_back({guild.guild, guild.load / part.weight});
            sum.guild_count += part.guild_count;
            sum.covered = std::max(sum.covered, part.covered);
            sum.last = std::max(sum.last, part.last);
            sum.weight = 1;
        }
        made[newer[0]] = std::move(sum);
    }
    for (const discord::slot each : older)
        shards_.erase(each);
    for (auto& [slot, each] : made)
        shards_[slot] = std::move(each);
}

void load_book::keep_only(std::span<const discord::slot> slots,
                          std::span<const std::uint32_t> collections)
{
    std::vector<discord::slot> sorted(slots.begin(), slots.end());
    std::sort(sorted.begin(), sorted.end());
    std::erase_if(shards_, [&](const auto& each) {
        return !std::binary_search(sorted.begin(), sorted.end(), each.first);
    });
    std::erase_if(collections_, [&](const auto& each) {
        return std::find(collections.begin(), collections.end(), each.first) == collections.end();
    });
}

bool load_book::is_settled(duration covered, instant last, instant now) const
{
    return covered >= time_constant_ && now - last <= stale_after_;
}

std::optional<shard_load> load_book::shard(discord::slot which, instant now) const
{
    const auto found = shards_.find(which);
    if (found == shards_.end())
        return std::nullopt;
    const averages& from = found->second;
    shard_load made;
    made.load = whole(from.load, from.weight);
    made.decoding = whole(from.decoding, from.weight);
    made.halves = {whole(from.halves[0], from.weight), whole(from.halves[1], from.weight)};
    made.events_milli = static_cast<std::uint64_t>(whole(from.events * 1000, from.weight));
    made.bytes = static_cast<std::uint64_t>(whole(from.bytes, from.weight));
    made.lag_us = from.lag_us;
    made.guilds = from.guild_count;
    made.voice_channels = from.voice_channels;
    if (!from.guilds.empty()) {
        made.heaviest_guild = from.guilds.front().guild;
        made.heaviest = std::min(made.load, whole(from.guilds.front().load, from.weight));
    }
    made.age = now - from.last;
    made.is_settled = is_settled(from.covered, from.last, now);
    return made;
}

std::optional<collection_load> load_book::collection(std::uint32_t number, instant now) const
{
    const auto found = collections_.find(number);
    if (found == collections_.end())
        return std::nullopt;
    const loop_averages& from = found->second;
    return collection_load{whole(from.busy, from.weight), whole(from.other, from.weight),
                           from.lag_us, now - from.last, is_settled(from.covered, from.last, now)};
}

}  // namespace tinfoil::scaling
