#include "sharding/price.hpp"

#include "base/assert.hpp"
#include "discord/limits.hpp"
#include "sharding/plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace tinfoil::sharding {
namespace {

using discord::slot;
using namespace std::chrono_literals;

// A handoff logs for 15 s, and commits 10 s after the last READY at the earliest; what it takes at
// most is when it gives up. share/doc/handoff.md.
constexpr duration logging = 15s, settling = 11s, giving_up = 240s;

std::string in_words(double of)
{
    return std::to_string(static_cast<int>(std::lround(of * 100))) + " %";
}

/// What is known of the older shards, for as many newer ones as there may be. Which older shards of
/// one num_shards overlap a newer one, only the residue of its id by their common divisor says, so
/// that is summed once for each residue and not once for each newer shard.
class estimate {
public:
    estimate(const slots& older, const circumstances& at)
    {
        for (const shard_facts& each : at.shards)
            facts_.try_emplace(each.slot, &each);
        for (const slot each : older)
            if (const shard_facts* known = of(each))
                by_count_[each.count].push_back(known);
    }

    [[nodiscard]] const shard_facts* of(slot which) const
    {
        const auto found = facts_.find(which);
        return found == facts_.end() ? nullptr : found->second;
    }
    // Keys are even, guilds nearly so.
    [[nodiscard]] double guilds_of(slot newer)
    {
        double guilds = 0;
        for (const auto& [count, known] : by_count_)
            guilds += below(count, newer).guilds * share(count, newer.count);
        return guilds;
    }
    [[nodiscard]] double load_of(slot newer)
    {
        double load = 0, heaviest = 0;
        for (const auto& [count, known] : by_count_) {
            const sums& each = below(count, newer);
            heaviest = std::max(heaviest, each.heaviest);
            load += each.load * share(count, newer.count);
        }
        return load + heaviest;  // It may be in this one.
    }

private:
    struct sums {
        double guilds = 0, load = 0;  // The load without the heaviest guild of each.
        double heaviest = 0;
    };

    // The part of one of `older` shards that falls into an overlapping one of `newer`.
    static double share(std::uint32_t older, std::uint32_t newer)
    {
        return static_cast<double>(std::gcd(older, newer)) / newer;
    }
    // Of all those of `count` that overlap it.
    const sums& below(std::uint32_t count, slot newer)
    {
        const std::uint32_t common = std::gcd(count, newer.count);
        auto& made = by_residue_[{count, common}];
        if (made.empty()) {
            made.resize(common);
            for (const shard_facts* each : by_count_[count]) {
                sums& into = made[each->slot.id % common];
                const double guild = each->load * each->heaviest_guild;
                into.guilds += each->guilds;
                into.load += each->load - guild;
                into.heaviest = std::max(into.heaviest, guild);
            }
        }
        return made[newer.id % common];
    }

    std::map<slot, const shard_facts*> facts_;
    std::map<std::uint32_t, std::vector<const shard_facts*>> by_count_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<sums>> by_residue_;
};

std::uint32_t guilds_of(estimate& known, const circumstances& at, const wish& what,
                        std::size_t newer)
{
    if (newer < at.newer_guilds.size())
        return at.newer_guilds[newer];
    return static_cast<std::uint32_t>(std::lround(known.guilds_of(what.newer[newer])));
}

// IDENTIFYs of one bucket come one after another. Discord Docs/Gateway, "Max Concurrency".
duration identify_time(const slots& newer, const ledger_view& ledger)
{
    const auto buckets = static_cast<std::uint32_t>(std::max(1, ledger.max_concurrency));
    std::map<std::uint32_t, int> in_bucket;
    int most = 1;
    for (const slot each : newer)
        most = std::max(most, ++in_bucket[each.id % buckets]);
    // Those that wait already go first, at worst all in the same bucket.
    int waiting = 0;
    for (const waiting_shard& each : ledger.waiting)
        waiting += each.by == hold::turn && in_bucket.contains(each.slot.id % buckets) ? 1 : 0;
    return discord::limits::identify_interval * (most - 1 + waiting);
}

void judge_budget(const wish& what, const circumstances& at, std::vector<objection>& into)
{
    const quote& starts = at.identifies;
    const std::string takes = "it takes " + std::to_string(starts.identifies) + " IDENTIFYs, and ";
    if (!at.ledger.suspended.empty())
        into.push_back({refusal::suspended, "nobody may IDENTIFY now: " + at.ledger.suspended});
    switch (starts.is) {
    case quote::verdict::fits:
        return;
    case quote::verdict::unknown:
        into.push_back({refusal::budget_unknown,
                        "Discord has not said yet how many IDENTIFYs are left; try again soon"});
        return;
    case quote::verdict::too_many:
        into.push_back({refusal::no_starts,
                        takes + "only " + std::to_string(at.ledger.remaining) +
                            " are left until the day's window ends; see `tinfoil budget`"});
        return;
    case quote::verdict::needs_operator:
        if (!what.by_operator)
            into.push_back(
                {refusal::reserve, takes + "that would eat the reserve of " +
                                       std::to_string(at.ledger.reserve) +
                                       ", which only an operator may spend: do it by hand"});
        return;
    }
}

void judge_rules(const wish& what, const circumstances& at, estimate& known,
                 std::vector<objection>& into)
{
    for (std::size_t i = 0; i < what.newer.size(); ++i)
        if (const std::uint32_t guilds = guilds_of(known, at, what, i); guilds > guilds_max)
            into.push_back({refusal::too_many_guilds,
                            to_string(what.newer[i]) + " would have " + std::to_string(guilds) +
                                " guilds, and Discord allows 2500 a shard: use more shards"});
    if (at.multiple == 0)
        return;
    for (const slot each : what.newer)
        if (each.count % at.multiple != 0) {
            into.push_back({refusal::not_a_multiple,
                            "the shards of this bot have to be a multiple of " +
                                std::to_string(at.multiple) + ", and " + to_string(each) +
                                " is of " + std::to_string(each.count)});
            return;
        }
}

void judge_use(const wish& what, const estimate& all, std::vector<objection>& into)
{
    for (const slot each : what.older) {
        const shard_facts* known = all.of(each);
        if (known == nullptr)
            continue;
        const bool is_split = what.newer.size() > what.older.size();
        if (is_split && known->heaviest_guild > heaviest_max)
            into.push_back(
                {refusal::one_guild, "one guild makes " + in_words(known->heaviest_guild) +
                                         " of the load of " + to_string(each) +
                                         ", and no guild can be divided: a split would not help"});
        if (known->voice_channels > 0)
            into.push_back({refusal::voice, "the bot is in " +
                                                std::to_string(known->voice_channels) +
                                                " voice channels of " + to_string(each) +
                                                " and would leave and join them again"});
    }
}

}  // namespace

std::string_view name(refusal why)
{
    switch (why) {
    case refusal::other_keys:
        return "other_keys";
    case refusal::no_starts:
        return "no_starts";
    case refusal::reserve:
        return "reserve";
    case refusal::suspended:
        return "suspended";
    case refusal::budget_unknown:
        return "budget_unknown";
    case refusal::too_many_guilds:
        return "too_many_guilds";
    case refusal::not_a_multiple:
        return "not_a_multiple";
    case refusal::one_guild:
        return "one_guild";
    case refusal::voice:
        return "voice";
    }
    TINFOIL_UNREACHABLE("a refusal without a name");
}

bool can_be_forced(refusal why)
{
    return why == refusal::one_guild || why == refusal::voice;
}

int identifies_of(const wish& what)
{
    return static_cast<int>(what.newer.size());
}

price price_of(const wish& what, const circumstances& at)
{
    price made;
    made.identifies = identifies_of(what);
    const auto parts = components(what.older, what.newer);
    if (!parts) {
        made.objections.push_back({refusal::other_keys, parts.error().detail});
        return made;
    }
    made.handoffs = parts->size();
    estimate all(what.older, at);
    for (const component& each : *parts) {
        const duration identifies = identify_time(each.after, at.ledger);
        made.usually += logging + identifies + settling;
        made.at_most += logging + identifies + giving_up;
        double decoding = 0;
        for (const slot older : each.before)
            if (const shard_facts* known = all.of(older)) {
                decoding += known->load * known->decoding;
                made.load_before = std::max(made.load_before, known->load);
            }
        made.cpu = std::max(made.cpu, decoding);
        for (const slot newer : each.after)
            made.load_after = std::max(made.load_after, all.load_of(newer));
    }
    std::vector<objection> found;
    judge_budget(what, at, found);
    judge_rules(what, at, all, found);
    judge_use(what, all, found);
    for (objection& each : found)
        (what.forced && can_be_forced(each.why) ? made.overruled : made.objections)
            .push_back(std::move(each));
    return made;
}

}  // namespace tinfoil::sharding
