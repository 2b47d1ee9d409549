// Splits and merges: what they cost, and what speaks against them.
#include "scaling/decide.hpp"
#include "sharding/price.hpp"

#include <algorithm>

namespace tinfoil::scaling {
namespace {

using discord::slot;

sharding::ledger_view view_of(const starts_left& from)
{
    sharding::ledger_view made;
    made.is_known = from.is_known;
    made.total = from.total;
    made.remaining = from.remaining;
    made.reserve = from.reserve;
    made.max_concurrency = from.max_concurrency;
    made.suspended = from.suspended;
    return made;
}

sharding::shard_facts facts_of(const shard_state& of)
{
    const auto part = [&](micro what) {
        return of.load > 0 ? std::clamp(double(what) / double(of.load), 0.0, 1.0) : 0.0;
    };
    return {of.slot,           of.guilds,         double(of.load) / whole_loop,
            part(of.decoding), part(of.heaviest), of.voice_channels};
}

int percent_of(int total, int percent)
{
    return (total * percent + 99) / 100;
}

// What the scaler keeps to itself, beyond what the ledger refuses to everybody.
std::optional<refused> own_reserve(const situation& at, aim what, slot which, int identifies)
{
    // A merge is never urgent, so that it leaves twice as much.
    const int keeps =
        percent_of(at.starts.total, std::min(100, at.with.reserve * (what == aim::merge ? 2 : 1)));
    if (at.starts.remaining - identifies >= keeps)
        return std::nullopt;
    return refused{what, to_string(which), "reserve",
                   "it takes " + std::to_string(identifies) + " of " +
                       std::to_string(at.starts.remaining) +
                       " session starts, and the scaler leaves " + std::to_string(keeps) +
                       " of a day's " + std::to_string(at.starts.total) +
                       " alone (scaler.reserve): do it by hand, or wait for the next day"};
}

change price_in(const situation& at, aim what, replace wanted,
                const std::vector<const shard_state*>& older, bool by_operator)
{
    change made;
    sharding::wish wish{wanted.older, wanted.newer, by_operator, by_operator};
    sharding::circumstances where;
    where.ledger = view_of(at.starts);
    where.identifies = sharding::quote_of(where.ledger, sharding::identifies_of(wish));
    where.multiple = at.multiple;
    where.shards_after =
        static_cast<std::uint32_t>(at.shards.size() - wanted.older.size() + wanted.newer.size());
    for (const shard_state* each : older) {
        where.shards.push_back(facts_of(*each));
        made.overlap += each->decoding;
    }
    // Before Discord's limit a shard with too many guilds is split, whatever makes its load.
    if (what == aim::split && older.front()->guilds >= std::uint32_t(at.with.split_guilds))
        wish.forced = true;
    const sharding::price price = sharding::price_of(wish, where);
    made.what = std::move(wanted);
    made.identifies = price.identifies;
    made.usually = price.usually;
    made.at_most = price.at_most;
    const slot subject = older.front()->slot;
    if (!price.may_be_done())
        made.refusal = refused{what, to_string(subject), std::string(name(price.objections[0].why)),
                               price.objections[0].text};
    else if (!by_operator)
        made.refusal = own_reserve(at, what, subject, price.identifies);
    return made;
}

}  // namespace

std::string plan_is_fixed(const situation& at)
{
    if (at.with.splits == plan_changes::no)
        return "split = \"no\" in the settings keeps the plan as it is";
    if (at.with.splits == plan_changes::after_shadow && !at.shadow_passed)
        return "no handoff has been observed against this API yet: run `tinfoil shards split SLOT "
               "--dry-run=shadow` once, or set scaler.split = \"yes\"";
    return {};
}

std::optional<slot> sibling(slot which)
{
    if (which.count % 2 != 0)
        return std::nullopt;
    const std::uint32_t half = which.count / 2;
    return slot{which.id < half ? which.id + half : which.id - half, which.count};
}

change split_of(const situation& at, const shard_state& which, bool by_operator)
{
    // Halves of a shard that was left alone for too long would still have too many guilds.
    std::uint32_t factor = 2;
    while (which.guilds / factor >= std::uint32_t(at.with.split_guilds))
        factor *= 2;
    const auto halves = sharding::split(which.slot, factor);
    if (!halves)
        return {
            {},
            0,
            {},
            {},
            0,
            refused{aim::split, to_string(which.slot), "too_many_shards", halves.error().detail}};
    change made =
        price_in(at, aim::split, {{which.slot}, *halves, which.collection}, {&which}, by_operator);
    // A guild that is not quite all of it, and leaves the half that has it nearly as heavy.
    const micro larger = std::max(which.halves[0], which.halves[1]);
    if (!made.refusal && !by_operator && which.guilds < std::uint32_t(at.with.split_guilds) &&
        which.heaviest * 2 > which.load && larger * 5 > which.load * 4)
        made.refusal =
            refused{aim::split, to_string(which.slot), "one_guild",
                    "guild " + to_string(which.heaviest_guild) + " makes " +
                        in_percent(which.heaviest) + " of a loop, of " + in_percent(which.load) +
                        " of the shard, and one half would take " + in_percent(larger) +
                        ": a split would not help"};
    return made;
}

change merge_of(const situation& at, const shard_state& one, const shard_state& other,
                bool by_operator)
{
    // Where the heavier one is: it does not move.
    const shard_state& stays = one.load >= other.load ? one : other;
    sharding::slots older{std::min(one.slot, other.slot), std::max(one.slot, other.slot)};
    const auto whole = sharding::merge(older);
    if (!whole)
        return {{}, 0,
                {}, {},
                0,  refused{aim::merge, to_string(one.slot), "other_keys", whole.error().detail}};
    return price_in(at, aim::merge, {std::move(older), {*whole}, stays.collection}, {&one, &other},
                    by_operator);
}

}  // namespace tinfoil::scaling
