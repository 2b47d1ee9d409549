#include "scaling/rebalance.hpp"

#include "scaling/decide.hpp"
#include "scaling/spreading.hpp"

#include <algorithm>

namespace tinfoil::scaling {
namespace {

milliseconds ms(duration of)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
}

error not_now(const std::string& why)
{
    return {errc::invalid_argument, why};
}

class planning {
public:
    explicit planning(const situation& at) : begin_(at), at_(at) {}

    void add(int wanted)
    {
        while (static_cast<int>(at_.collections.size()) < wanted)
            step(add_collection{}, "one of " + std::to_string(wanted) + " collections", 0,
                 start_usually);
    }

    void split_all(std::size_t& moves_left)
    {
        // Where a loop has no room for its split, shards are spread first: moves cost nothing.
        if (std::any_of(at_.shards.begin(), at_.shards.end(), [&](const shard_state& each) {
                return wants_split(each) && !has_room(each);
            }))
            spread_all(moves_left);
        std::vector<discord::slot> tried;
        for (const shard_state* next = heaviest(tried); next != nullptr; next = heaviest(tried)) {
            tried.push_back(next->slot);
            split(*next);
        }
    }

    void spread_all(std::size_t& moves_left)
    {
        const layout now = layout_of(at_);
        const auto moves = moves_between(now, spread(now, at_.with.move_to), at_);
        take(moves, "spreads the load", moves_left);
    }

    void empty(std::uint32_t number, std::size_t& moves_left)
    {
        for (collection_state& each : at_.collections)
            if (each.number == number)
                each.is = collection_phase::draining;
        // By hand a shard that has just failed to move is tried again.
        for (shard_state& each : at_.shards)
            if (each.collection == number)
                each.move_rest = each.leave_rest = 0;
        const layout now = layout_of(at_);
        if (!now.bins.empty())
            take(moves_between(now, placed(now), at_),
                 "collection " + std::to_string(number) + " is to be empty", moves_left);
    }

    void retire(int wanted, std::size_t& moves_left)
    {
        while (static_cast<int>(at_.collections.size()) > wanted) {
            const std::uint32_t goes = idlest();
            empty(goes, moves_left);
            if (std::any_of(at_.shards.begin(), at_.shards.end(),
                            [&](const shard_state& each) { return each.collection == goes; })) {
                made_.refusals.push_back(
                    {aim::shrink, "collections", "moves_max",
                     "collection " + std::to_string(goes) +
                         " can't be retired with so few moves: raise --max-moves"});
                return;
            }
            step(retire_collection{goes}, "one of those beyond " + std::to_string(wanted), 0,
                 1'000);
        }
    }

    rebalancing finish()
    {
        for (const collection_state& each : begin_.collections)
            count(begin_, each, true);
        for (const collection_state& each : at_.collections)
            count(at_, each, false);
        const layout after = layout_of(at_);
        if (!after.bins.empty())
            made_.best = largest_first(after).most();
        return std::move(made_);
    }

private:
    void step(action what, std::string why, int identifies, milliseconds usually, micro overlap = 0)
    {
        carry_out(what, at_);
        const bool goes_with_last = std::holds_alternative<move>(what) && !made_.steps.empty() &&
                                    std::holds_alternative<move>(made_.steps.back().what);
        made_.moves += std::holds_alternative<move>(what) ? 1 : 0;
        made_.splits += std::holds_alternative<replace>(what) ? 1 : 0;
        made_.identifies += identifies;
        made_.usually += goes_with_last ? 0 : usually;
        made_.overlap = std::max(made_.overlap, overlap);
        at_.starts.remaining -= identifies;
        made_.steps.push_back({std::move(what), std::move(why), identifies, usually, overlap});
    }

    void take(const std::vector<move>& moves, const std::string& why, std::size_t& left)
    {
        for (const move& each : moves) {
            if (left == 0) {
                made_.refusals.push_back({aim::spread, "shards", "moves_max",
                                          "more moves would spread the load better: raise "
                                          "--max-moves"});
                return;
            }
            --left;
            step(each, why, 0, move_usually);
        }
    }

    [[nodiscard]] bool wants_split(const shard_state& which) const
    {
        return which.is_known && (which.load >= whole_loop / 100 * at_.with.split_at ||
                                  which.guilds >= std::uint32_t(at_.with.split_guilds));
    }

    [[nodiscard]] bool has_room(const shard_state& which) const
    {
        const layout now = layout_of(at_);
        const auto bin = std::find_if(now.bins.begin(), now.bins.end(), [&](const auto& each) {
            return each.number == which.collection;
        });
        return bin != now.bins.end() && bin->load <= whole_loop / 100 * at_.with.room &&
               bin->load + which.decoding <= whole_loop / 100 * overlap_max;
    }

    [[nodiscard]] const shard_state* heaviest(const std::vector<discord::slot>& but) const
    {
        const shard_state* found = nullptr;
        for (const shard_state& each : at_.shards)
            if (wants_split(each) && std::find(but.begin(), but.end(), each.slot) == but.end() &&
                (found == nullptr || each.load > found->load))
                found = &each;
        return found;
    }

    void split(const shard_state& which)
    {
        const std::string subject = to_string(which.slot);
        const change made = split_of(at_, which, true);
        // What a price lets an operator force is for `shards split --force`, not for a plan.
        const change careful = split_of(at_, which, false);
        if (made.refusal) {
            made_.refusals.push_back(*made.refusal);
        } else if (careful.refusal && careful.refusal->reason != "reserve") {
            made_.refusals.push_back(*careful.refusal);
        } else if (!has_room(which)) {
            made_.refusals.push_back(
                {aim::split, subject, "no_room",
                 subject + " takes " + in_percent(which.load) +
                     " of its loop, which has no room for the overlap of a split: add collections "
                     "with --collections"});
        } else {
            const std::string why = subject + " takes " + in_percent(which.load) +
                                    " of a loop, with " + std::to_string(which.guilds) + " guilds";
            step(made.what, why, made.identifies, ms(made.usually), made.overlap);
        }
    }

    [[nodiscard]] std::uint32_t idlest() const
    {
        const layout now = layout_of(at_);
        std::uint32_t found = at_.collections.back().number;
        micro least = INT64_MAX;
        for (const collection_state& each : at_.collections) {
            // Somebody has to take the shards.
            if (now.bins.size() == 1 && now.bins.front().number == each.number)
                continue;
            const auto bin = std::find_if(now.bins.begin(), now.bins.end(), [&](const auto& one) {
                return one.number == each.number;
            });
            // One that is not up has nothing to lose.
            const micro load = bin == now.bins.end() ? 0 : bin->load;
            if (load <= least) {
                least = load;
                found = each.number;
            }
        }
        return found;
    }

    void count(const situation& in, const collection_state& what, bool is_before)
    {
        auto at = std::lower_bound(made_.collections.begin(), made_.collections.end(), what.number,
                                   [](const rebalancing::share& one, std::uint32_t other) {
                                       return one.collection < other;
                                   });
        if (at == made_.collections.end() || at->collection != what.number) {
            at = made_.collections.insert(at, rebalancing::share{});
            at->collection = what.number;
            at->was = at->stays = false;
        }
        (is_before ? at->was : at->stays) = true;
        micro load = what.other;
        std::size_t shards = 0;
        for (const shard_state& each : in.shards)
            if (each.collection == what.number) {
                load += each.load;
                ++shards;
            }
        (is_before ? at->before : at->after) = load;
        (is_before ? at->shards_before : at->shards_after) = shards;
    }

    const situation& begin_;
    situation at_;
    rebalancing made_;
};

result<void> check_idle(const situation& at)
{
    if (!at.under_way.empty())
        return not_now("something is under way already: " + at.under_way +
                       "; wait until it has ended");
    if (std::none_of(at.collections.begin(), at.collections.end(),
                     [](const auto& each) { return each.is == collection_phase::up; }))
        return not_now("no collection is up; see `tinfoil status`");
    return {};
}

}  // namespace

result<rebalancing> plan_rebalance(const situation& at, const rebalance_wish& what)
{
    if (auto idle = check_idle(at); !idle)
        return idle.error();
    if (what.collections && (*what.collections < 1 || *what.collections > collections_limit))
        return not_now("there can be 1 to 1000 collections, not " +
                       std::to_string(*what.collections));
    planning plan(at);
    std::size_t left = what.moves_max;
    if (what.collections)
        plan.add(*what.collections);
    if (what.splits)
        plan.split_all(left);
    if (what.collections)
        plan.retire(*what.collections, left);
    plan.spread_all(left);
    return plan.finish();
}

result<rebalancing> plan_drain(const situation& at, std::uint32_t collection)
{
    if (auto idle = check_idle(at); !idle)
        return idle.error();
    if (std::none_of(at.collections.begin(), at.collections.end(),
                     [&](const auto& each) { return each.number == collection; }))
        return not_now("there is no collection " + std::to_string(collection) +
                       "; `tinfoil status` lists them");
    if (std::none_of(at.collections.begin(), at.collections.end(), [&](const auto& each) {
            return each.number != collection && each.is == collection_phase::up;
        }))
        return not_now("no other collection is up that could take the shards of " +
                       std::to_string(collection) +
                       ": add one with `tinfoil shards rebalance "
                       "--collections N`");
    planning plan(at);
    std::size_t left = std::numeric_limits<std::size_t>::max();
    plan.empty(collection, left);
    return plan.finish();
}

std::string plan_id(const rebalancing& of)
{
    // FNV-1a: it is compared, and protects from nothing.
    std::uint64_t made = 0xcbf29ce484222325U;
    for (const rebalance_step& each : of.steps)
        for (const char byte : to_string(each.what) + '\n')
            made = (made ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, made >>= 4U)
        *digit = "0123456789abcdef"[made & 15U];
    return text;
}

milliseconds resumes_take(std::size_t shards)
{
    std::size_t rate = 50, resumed = rate;
    milliseconds made = 1'000;
    for (; resumed < shards; made += 1'000) {
        rate *= 2;
        resumed += rate;
    }
    return made;
}

std::vector<restart_step> rolling_restart(const situation& at)
{
    std::vector<restart_step> made;
    for (const collection_state& each : at.collections) {
        if (each.is != collection_phase::up)
            continue;
        restart_step next{each.number, 0, each.other, 0};
        for (const shard_state& shard : at.shards)
            if (shard.collection == each.number) {
                ++next.shards;
                next.load += shard.load;
            }
        next.usually = start_usually + resumes_take(next.shards);
        made.push_back(next);
    }
    std::stable_sort(
        made.begin(), made.end(),
        [](const restart_step& one, const restart_step& other) { return one.load < other.load; });
    return made;
}

}  // namespace tinfoil::scaling
