#include "scaling/decide.hpp"

#include "scaling/spreading.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::scaling {
namespace {

using discord::slot;

milliseconds ms(duration of)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
}

constexpr std::size_t refusals_max = 16;

constexpr micro loops(int percent)
{
    return whole_loop / 100 * percent;
}

std::string number(std::int64_t of)
{
    return std::to_string(of);
}

std::string minutes(milliseconds of)
{
    return of < 120'000 ? number((of + 999) / 1000) + " s"
                        : number((of + 59'999) / 60'000) + " min";
}

bool is_heavy(const situation& at, const shard_state& of)
{
    return of.is_known && of.load >= loops(at.with.split_at);
}

bool is_large(const situation& at, const shard_state& of)
{
    return of.guilds >= static_cast<std::uint32_t>(at.with.split_guilds);
}

const shard_state* find(const situation& at, slot which)
{
    const auto found =
        std::lower_bound(at.shards.begin(), at.shards.end(), which,
                         [](const shard_state& one, slot other) { return one.slot < other; });
    return found != at.shards.end() && found->slot == which ? &*found : nullptr;
}

bool is_up(const situation& at, std::uint32_t number)
{
    return std::any_of(at.collections.begin(), at.collections.end(), [&](const auto& each) {
        return each.number == number && each.is == collection_phase::up;
    });
}

// Each runs that is to run: one that is drained stands aside for as long as its operator likes.
bool are_all_up(const situation& at)
{
    return std::all_of(at.collections.begin(), at.collections.end(), [&](const auto& each) {
        return each.is == collection_phase::up ||
               (each.is == collection_phase::draining &&
                std::none_of(at.shards.begin(), at.shards.end(), [&](const shard_state& one) {
                    return one.collection == each.number;
                }));
    });
}

bool is_any_starting(const situation& at)
{
    return std::any_of(at.collections.begin(), at.collections.end(),
                       [](const auto& each) { return each.is == collection_phase::starting; });
}

// Two siblings that together are little enough for one shard.
bool is_pair_quiet(const situation& at, const shard_state& one, const shard_state& other)
{
    return one.is_known && other.is_known && one.load + other.load <= loops(at.with.merge_at) &&
           one.guilds + other.guilds <= static_cast<std::uint32_t>(at.with.merge_guilds);
}

// The layout with the collection gone that has least to give away.
layout without_idlest(layout from)
{
    std::size_t least = 0;
    for (std::size_t i = 0; i < from.bins.size(); ++i)
        if (from.bins[i].load <= from.bins[least].load)
            least = i;
    from.bins.erase(from.bins.begin() + static_cast<std::ptrdiff_t>(least));
    for (layout::item& each : from.items) {
        if (each.at == layout::nowhere)
            continue;
        if (each.at == least) {
            each.at = layout::nowhere;
            each.may_move = true;
        } else if (each.at > least) {
            --each.at;
        }
    }
    return from;
}

std::uint32_t missing_bin(const layout& whole, const layout& less)
{
    for (std::size_t i = 0; i < less.bins.size(); ++i)
        if (whole.bins[i].number != less.bins[i].number)
            return whole.bins[i].number;
    return whole.bins.back().number;
}

layout with_one_more(layout from)
{
    from.bins.push_back({UINT32_MAX, 0, 0});
    return from;
}

bool is_uneven(const situation& at, const layout& now, micro best)
{
    return now.bins.size() > 1 && now.most() - best > loops(at.with.move_floor) &&
           now.most() > best + best * at.with.move_at / 100;
}

// Equal shards are not less on the busiest with one more, but with some more: so all that there may
// be are asked.
bool would_help(const situation& at, layout now, micro best)
{
    const auto more = at.with.collections_max - static_cast<int>(at.collections.size());
    for (int i = 0; i < more; ++i)
        now = with_one_more(std::move(now));
    return largest_first(std::move(now)).most() * 20 <= best * 19;
}

bool is_crowded(const situation& at, const layout& now, micro best)
{
    return !now.bins.empty() && best > loops(at.with.grow_at) &&
           static_cast<int>(at.collections.size()) < at.with.collections_max &&
           !is_any_starting(at) && would_help(at, now, best);
}

bool is_roomy(const situation& at, const layout& now)
{
    if (static_cast<int>(now.bins.size()) <= std::max(1, at.with.collections_min) ||
        !are_all_up(at))
        return false;
    if (!std::all_of(at.shards.begin(), at.shards.end(),
                     [](const shard_state& each) { return each.is_known; }))
        return false;
    return largest_first(without_idlest(now)).most() < loops(at.with.shrink_at);
}

class deciding {
public:
    explicit deciding(const situation& at)
        : at_(at),
          now_(layout_of(at)),
          best_(now_.bins.empty() ? 0 : largest_first(now_).most())
    {
        made_.busiest = made_.busiest_after = now_.bins.empty() ? 0 : now_.most();
    }

    decision run()
    {
        if (at_.with.does == mode::off)
            return nothing("the scaler is off");
        if (!at_.under_way.empty())
            return nothing("waits for what is under way: " + at_.under_way);
        if (now_.bins.empty())
            return nothing("no collection is up");
        const bool is_made = evacuate() || correct_number() || split() || grow() || spread_out() ||
                             merge() || shrink();
        return is_made ? std::move(made_) : nothing("all is as it should be");
    }

private:
    decision nothing(std::string why)
    {
        if (!made_.refusals.empty())
            why = made_.refusals.front().text;
        made_.why = std::move(why);
        return std::move(made_);
    }

    void refuse(refused what)
    {
        if (made_.refusals.size() < refusals_max)
            made_.refusals.push_back(std::move(what));
    }

    void refuse(aim what, std::string subject, std::string reason, std::string text)
    {
        refuse({what, std::move(subject), std::move(reason), std::move(text)});
    }

    bool done(aim what, std::string why)
    {
        made_.what = what;
        made_.why = std::move(why);
        return true;
    }

    // As many of the moves as one operation has.
    void take(std::vector<move> moves, std::size_t most)
    {
        layout after = now_;
        for (std::size_t i = 0; i < std::min(moves.size(), most); ++i) {
            const move& each = moves[i];
            const auto item = std::find_if(after.items.begin(), after.items.end(),
                                           [&](const auto& one) { return one.slot == each.slot; });
            const auto bin = std::find_if(after.bins.begin(), after.bins.end(),
                                          [&](const auto& one) { return one.number == each.to; });
            after.put(static_cast<std::size_t>(item - after.items.begin()),
                      static_cast<std::size_t>(bin - after.bins.begin()));
            made_.actions.emplace_back(each);
        }
        made_.busiest_after = after.most();
        made_.usually += move_usually;
    }

    bool evacuate()
    {
        if (std::none_of(now_.items.begin(), now_.items.end(),
                         [](const auto& each) { return each.at == layout::nowhere; }))
            return false;
        const auto moves = moves_between(now_, placed(now_), at_);
        take(moves, static_cast<std::size_t>(at_.with.moves_at_once));
        return done(aim::evacuate, number(static_cast<std::int64_t>(moves.size())) +
                                       " shards are in collections that are down or being drained");
    }

    [[nodiscard]] std::string why_none_grows() const
    {
        return "failed to begin, or an operator called it off: next try in " +
               minutes(at_.grow_rest);
    }

    bool correct_number()
    {
        const int have = static_cast<int>(at_.collections.size());
        if (have < at_.with.collections_min && at_.grow_rest > 0) {
            refuse(aim::grow, "collections", "cool_down",
                   "there are " + number(have) + " collections, the least is " +
                       number(at_.with.collections_min) + ", and the last one more " +
                       why_none_grows());
        } else if (have < at_.with.collections_min && !is_any_starting(at_)) {
            made_.actions.emplace_back(add_collection{});
            made_.usually = start_usually;
            return done(aim::grow, "there are " + number(have) + " collections, and the least is " +
                                       number(at_.with.collections_min));
        }
        const auto running = static_cast<std::int64_t>(now_.bins.size());
        if (running <= at_.with.collections_max || running == 1 || !are_all_up(at_))
            return false;
        const std::string why = "there are " + number(running) + " collections, and the most is " +
                                number(at_.with.collections_max);
        if (at_.shrink_rest == 0)
            return retire(why);
        refuse(aim::shrink, "collections", "cool_down",
               why + ", and none is retired for another " + minutes(at_.shrink_rest));
        return false;
    }

    bool split()
    {
        std::vector<const shard_state*> wanted;
        for (const shard_state& each : at_.shards)
            if ((is_heavy(at_, each) && each.hot_for >= ms(at_.with.sustain)) ||
                is_large(at_, each))
                wanted.push_back(&each);
        std::stable_sort(wanted.begin(), wanted.end(), [](const auto* one, const auto* other) {
            return one->load > other->load;
        });
        return std::any_of(wanted.begin(), wanted.end(),
                           [&](const shard_state* each) { return split_one(*each); });
    }

    // What speaks against any change of this shard before its price is looked at.
    bool is_held(aim what, const shard_state& which, milliseconds rest)
    {
        const std::string subject = to_string(which.slot);
        if (const std::string fixed = plan_is_fixed(at_); !fixed.empty())
            refuse(what, subject, "plan_fixed", fixed);
        else if (rest > 0)
            refuse(what, subject, "cool_down",
                   subject +
                       " has changed or failed to lately, or an operator called that off, and "
                       "rests for " +
                       minutes(rest));
        else if (at_.starts.waiting > 0)
            refuse(what, subject, "waiting",
                   number(at_.starts.waiting) + " shards wait to IDENTIFY, and go first");
        else if (!is_up(at_, which.collection))
            refuse(what, subject, "not_up",
                   "collection " + number(which.collection) + " of " + subject + " is not up");
        else
            return false;
        return true;
    }

    bool split_one(const shard_state& which)
    {
        if (is_held(aim::split, which, which.split_rest))
            return false;
        const std::string subject = to_string(which.slot);
        if (static_cast<int>(at_.shards.size()) >= at_.with.shards_max) {
            refuse(aim::split, subject, "too_many_shards",
                   "there are " + number(static_cast<std::int64_t>(at_.shards.size())) +
                       " shards, the most that scaler.shards_max allows");
            return false;
        }
        const change made = split_of(at_, which, false);
        if (made.refusal) {
            refuse(*made.refusal);
            return false;
        }
        if (!has_room(which.collection, made.overlap))
            return make_room(which, made.overlap);
        price(made);
        return done(aim::split, is_large(at_, which)
                                    ? subject + " has " + number(which.guilds) +
                                          " guilds, and is split at " +
                                          number(at_.with.split_guilds)
                                    : subject + " takes " + in_percent(which.load) +
                                          " of a loop for " + minutes(which.hot_for) +
                                          ", and is split at " + number(at_.with.split_at) + " %");
    }

    void price(const change& made)
    {
        made_.actions.emplace_back(made.what);
        made_.identifies = made.identifies;
        made_.usually += ms(made.usually);
        made_.overlap = made.overlap;
    }

    [[nodiscard]] std::size_t bin_of(std::uint32_t collection) const
    {
        return static_cast<std::size_t>(
            std::find_if(now_.bins.begin(), now_.bins.end(),
                         [&](const auto& one) { return one.number == collection; }) -
            now_.bins.begin());
    }

    [[nodiscard]] bool fits(micro load, micro overlap) const
    {
        return load <= loops(at_.with.room) && load + overlap <= loops(overlap_max);
    }

    [[nodiscard]] bool has_room(std::uint32_t collection, micro overlap) const
    {
        return fits(now_.bins[bin_of(collection)].load, overlap);
    }

    // Others leave the loop of a shard that is to be split, the largest that have room elsewhere.
    bool make_room(const shard_state& which, micro overlap)
    {
        const std::size_t here = bin_of(which.collection);
        layout after = now_;
        std::vector<std::size_t> others;
        for (std::size_t i = 0; i < after.items.size(); ++i)
            if (after.items[i].at == here && after.items[i].may_move &&
                after.items[i].slot != which.slot)
                others.push_back(i);
        std::stable_sort(others.begin(), others.end(), [&](std::size_t one, std::size_t other) {
            return after.items[one].load > after.items[other].load;
        });
        for (const std::size_t each : others) {
            if (fits(after.bins[here].load, overlap))
                break;
            const std::size_t to = after.idlest();
            if (to != here && after.bins[to].load + after.items[each].load <= loops(at_.with.room))
                after.put(each, to);
        }
        const std::string subject = to_string(which.slot);
        if (!fits(after.bins[here].load, overlap)) {
            const bool is_alone = after.bins[here].load == now_.bins[here].load;
            refuse(aim::split, subject, "no_room",
                   subject + " takes " + in_percent(which.load) + " of a loop that is " +
                       in_percent(now_.bins[here].load) + " busy, its split would take " +
                       in_percent(overlap) + " more for half a minute, and " +
                       (is_alone ? "nothing else there can be moved away: split it by hand in a "
                                   "quiet hour"
                                 : "no other collection has room for the rest: allow more "
                                   "collections"));
            return false;
        }
        take(moves_between(now_, after, at_), SIZE_MAX);
        return done(aim::make_room, "others leave collection " + number(which.collection) +
                                        ", which is " + in_percent(now_.bins[here].load) +
                                        " busy, so that " + subject + " can be split there");
    }

    bool grow()
    {
        if (!is_crowded(at_, now_, best_) || at_.crowded_for < ms(at_.with.grow_sustain))
            return false;
        if (at_.grow_rest > 0) {
            refuse(aim::grow, "collections", "cool_down",
                   "another collection is wanted, and the last one more " + why_none_grows());
            return false;
        }
        made_.actions.emplace_back(add_collection{});
        made_.usually = start_usually;
        made_.busiest_after = largest_first(with_one_more(now_)).most();
        return done(aim::grow, "evenly spread the busiest of " + number(std::ssize(now_.bins)) +
                                   " collections takes " + in_percent(best_) + " of a loop for " +
                                   minutes(at_.crowded_for) + ", and one is added at " +
                                   number(at_.with.grow_at) + " %");
    }

    bool spread_out()
    {
        if (!is_uneven(at_, now_, best_) || at_.uneven_for < ms(at_.with.move_sustain))
            return false;
        const auto moves = moves_between(now_, spread(now_, at_.with.move_to), at_);
        if (moves.empty())
            return false;
        take(moves, static_cast<std::size_t>(at_.with.moves_at_once));
        return done(aim::spread, "collection " + number(now_.bins[now_.busiest()].number) +
                                     " takes " + in_percent(now_.most()) +
                                     " of a loop, and the best that can be is " +
                                     in_percent(best_));
    }

    bool merge()
    {
        const shard_state *first = nullptr, *second = nullptr;
        for (const shard_state& each : at_.shards) {
            const auto half = sibling(each.slot);
            const shard_state* other = half && each.slot < *half ? find(at_, *half) : nullptr;
            if (other == nullptr || !is_pair_quiet(at_, each, *other) ||
                each.quiet_for < ms(at_.with.merge_sustain) || !may_merge(each, *other))
                continue;
            if (first == nullptr || each.load + other->load < first->load + second->load) {
                first = &each;
                second = other;
            }
        }
        return first != nullptr && merge_these(*first, *second);
    }

    bool may_merge(const shard_state& one, const shard_state& other)
    {
        const int shards = static_cast<int>(at_.shards.size());
        // A collection without a shard would be of no use.
        const int least = std::max({at_.with.shards_min, at_.with.collections_min});
        if (shards <= least)
            return false;
        return !is_held(aim::merge, one, std::max(one.merge_rest, other.merge_rest)) &&
               is_up(at_, other.collection);
    }

    bool merge_these(const shard_state& one, const shard_state& other)
    {
        const change made = merge_of(at_, one, other, false);
        if (made.refusal) {
            refuse(*made.refusal);
            return false;
        }
        const shard_state& comes = made.what.collection == one.collection ? other : one;
        const bool is_apart = one.collection != other.collection;
        const micro load =
            now_.bins[bin_of(made.what.collection)].load + (is_apart ? comes.load : 0);
        if (!fits(load, made.overlap)) {
            refuse(aim::merge, to_string(one.slot), "no_room",
                   "collection " + number(made.what.collection) + " is " + in_percent(load) +
                       " busy, too much for the overlap of a merge");
            return false;
        }
        if (is_apart)
            take({{comes.slot, comes.collection, made.what.collection}}, 1);
        price(made);
        return done(aim::merge, to_string(one.slot) + " and " + to_string(other.slot) +
                                    " together take " + in_percent(one.load + other.load) +
                                    " of a loop for " + minutes(one.quiet_for) +
                                    ", and are merged at " + number(at_.with.merge_at) + " %");
    }

    bool shrink()
    {
        if (!is_roomy(at_, now_) || at_.roomy_for < ms(at_.with.shrink_sustain))
            return false;
        if (at_.shrink_rest > 0) {
            refuse(aim::shrink, "collections", "cool_down",
                   "one collection less would do, and none is retired for another " +
                       minutes(at_.shrink_rest));
            return false;
        }
        return retire("one collection less would do for " + minutes(at_.roomy_for) +
                      ", with the busiest below " + number(at_.with.shrink_at) + " % of a loop");
    }

    bool retire(std::string why)
    {
        const layout less = without_idlest(now_);
        const std::uint32_t goes = missing_bin(now_, less);
        if (std::any_of(at_.shards.begin(), at_.shards.end(), [&](const shard_state& each) {
                return each.collection == goes && (!each.is_known || each.move_rest > 0);
            })) {
            refuse(aim::shrink, "collections", "not_movable",
                   "one collection less would do, and a shard of " + number(goes) +
                       " can't be moved now");
            return false;
        }
        const layout after = placed(less);
        // Only what has to go moves; evenness is for a later look.
        for (const move& each : moves_between(less, after, at_))
            made_.actions.emplace_back(each);
        made_.usually = move_usually;
        made_.busiest_after = after.most();
        made_.actions.emplace_back(retire_collection{goes});
        return done(aim::shrink, std::move(why));
    }

    const situation& at_;
    layout now_;
    micro best_;
    decision made_;
};

}  // namespace

conditions conditions_of(const situation& at)
{
    conditions made;
    const layout now = layout_of(at);
    if (!now.bins.empty()) {
        const micro best = largest_first(now).most();
        made.uneven = is_uneven(at, now, best);
        made.crowded = is_crowded(at, now, best);
        made.roomy = is_roomy(at, now);
    }
    for (const shard_state& each : at.shards) {
        made.hot.push_back(is_heavy(at, each));
        const auto half = sibling(each.slot);
        const shard_state* other = half ? find(at, *half) : nullptr;
        made.quiet.push_back(other != nullptr && is_pair_quiet(at, each, *other));
    }
    return made;
}

decision decide(const situation& at)
{
    return deciding(at).run();
}

}  // namespace tinfoil::scaling
