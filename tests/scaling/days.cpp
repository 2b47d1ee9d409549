#include "scaling/days.hpp"

#include "sharding/plan.hpp"

#include <algorithm>
#include <deque>
#include <queue>
#include <set>

namespace tinfoil::scaling_test {
namespace {

using namespace scaling;
using discord::slot;

constexpr std::int64_t hour = 3600, five_minutes = 300;
constexpr int steady_actions_max = 6;
// The same as the scaler's own floor: a difference of less is not worth a move to anybody.
constexpr micro negligible = whole_loop * 2 / 100;

class judge {
public:
    judge(const rehearsal& of, bool is_steady, sabotage broken)
        : of_(of),
          is_steady_(is_steady),
          sabotage_(broken)
    {
        made_.shards_least = made_.collections_least = INT32_MAX;
    }

    void look()
    {
        const stage at = spoilt(of_.now());
        judge_owners(at);
        judge_reserve(at);
        judge_guilds(at);
        judge_spread(at);
        for (; decided_ < of_.decisions().size(); ++decided_)
            begin(at, of_.decisions()[decided_]);
        for (; ended_ < of_.decisions().size() && is_over(of_.decisions()[ended_]); ++ended_)
            end(of_.decisions()[ended_]);
        judge_overlap(at);
        const int shards = int(at.shards.size()), collections = int(at.collections.size());
        made_.shards_least = std::min(made_.shards_least, shards);
        made_.shards_most = std::max(made_.shards_most, shards);
        made_.collections_least = std::min(made_.collections_least, collections);
        made_.collections_most = std::max(made_.collections_most, collections);
    }

    day finish() { return std::move(made_); }

private:
    // The stage, or what a scaler without that promise would have made of it.
    stage spoilt(stage at)
    {
        if (at.now_s < 2 * hour)
            return at;
        if (sabotage_ == sabotage::owner)
            at.shards.pop_back();
        if (sabotage_ == sabotage::second_owner)
            at.shards.push_back(at.shards.front());
        if (sabotage_ == sabotage::reserve)
            at.starts_left = at.reserve - 1;
        if (sabotage_ == sabotage::guilds)
            at.shards.front().guilds = 2'501;
        if (sabotage_ == sabotage::spread)
            for (auto& each : at.shards)
                each.collection = at.collections.front().number;
        return at;
    }

    void broke(const stage& at, const std::string& what)
    {
        if (made_.broken.size() < 10)
            made_.broken.push_back("at " + std::to_string(at.now_s) + " s: " + what);
    }

    // Never a guild without owner or with two. The plan is looked at when it has changed, and every
    // shard has one collection that there is.
    void judge_owners(const stage& at)
    {
        std::vector<slot> slots;
        for (const auto& each : at.shards) {
            slots.push_back(each.slot);
            if (at.find(each.collection) == nullptr)
                broke(at, to_string(each.slot) + " is in a collection that there is not");
        }
        std::sort(slots.begin(), slots.end());
        if (slots == slots_)
            return;
        slots_ = slots;
        if (const auto good = sharding::check_plan(slots); !good)
            broke(at, good.error().detail);
        for (const guild_life& guild : of_.played().guilds) {
            const auto owners = std::count_if(slots.begin(), slots.end(),
                                              [&](slot each) { return each.serves(guild.id); });
            if (owners != 1)
                broke(at, "guild " + to_string(guild.id) + " has " + std::to_string(owners) +
                              " owners");
            if (slots.size() > 64)
                break;  // check_plan() has shown it already; this is to check that one.
        }
    }

    void judge_reserve(const stage& at)
    {
        if (at.starts_left < at.reserve)
            broke(at, std::to_string(at.reserve - at.starts_left) + " of the reserve are spent");
    }

    // Discord Docs/Gateway, "Sharding": at most 2500 guilds a shard.
    void judge_guilds(const stage& at)
    {
        for (const auto& each : at.shards) {
            made_.guilds_most = std::max(made_.guilds_most, int(each.guilds));
            if (each.guilds > 2'500)
                broke(at, to_string(each.slot) + " has " + std::to_string(each.guilds) + " guilds");
        }
    }

    void judge_spread(const stage& at)
    {
        std::map<std::uint32_t, micro> busy;
        for (const auto& each : at.collections)
            if (each.is_up)
                busy[each.number] = of_.played().other;
        for (const auto& each : at.shards)
            if (const auto found = busy.find(each.collection); found != busy.end())
                found->second += at.load_of(each);
        micro most = 0;
        for (const auto& [number, load] : busy)
            most = std::max(most, load);
        made_.hottest = std::max(made_.hottest, double(most) / whole_loop);
        const micro best = largest_first(at, of_.played().other);
        const bool is_fair = busy.empty() || most <= best + best / 10 || most - best <= negligible;
        if (is_fair || of_.changed_s() > uneven_since_)
            uneven_since_ = at.now_s;
        const std::int64_t uneven = at.now_s - uneven_since_;
        made_.uneven_longest_s = std::max(made_.uneven_longest_s, uneven);
        if (uneven > five_minutes)
            broke(at, "the busiest takes " + std::to_string(most) + " for " +
                          std::to_string(uneven) + " s, and " + std::to_string(best) +
                          " is possible");
    }

    void begin(const stage& at, const rehearsed& what)
    {
        made_.refusals += what.what.what.actions.empty() ? 1 : 0;
        if (!what.what.is_to_be_done)
            return;
        std::size_t actions = what.what.what.actions.size();
        if (sabotage_ == sabotage::hourly && at.now_s > 2 * hour)
            actions += 7;
        for (std::size_t i = 0; i < actions; ++i)
            times_.push_back(at.now_s);
        while (!times_.empty() && times_.front() <= at.now_s - hour)
            times_.pop_front();
        if (at.now_s > hour)
            made_.hourly_most = std::max(made_.hourly_most, int(times_.size()));
        if (is_steady_ && at.now_s > hour && times_.size() > steady_actions_max)
            broke(at, std::to_string(times_.size()) + " actions within an hour of steady load");
    }

    [[nodiscard]] static bool is_over(const rehearsed& what)
    {
        return !what.what.is_to_be_done || what.ended_s >= 0;
    }

    // What was done, in the order of the log.
    void end(const rehearsed& what)
    {
        if (!what.what.is_to_be_done)
            return;
        made_.failed += what.has_failed ? 1 : 0;
        for (const action& each : what.what.what.actions) {
            if (const auto* change = std::get_if<replace>(&each)) {
                made_.identifies += int(change->newer.size());
                if (!what.has_failed)
                    judge_change(*change, what.ended_s);
            }
            if (what.has_failed)
                continue;
            made_.moves += std::holds_alternative<move>(each) ? 1 : 0;
            made_.added += std::holds_alternative<add_collection>(each) ? 1 : 0;
            made_.retired += std::holds_alternative<retire_collection>(each) ? 1 : 0;
        }
    }

    // No slot split and merged, or the reverse, within its cool-down.
    void judge_change(const replace& what, std::int64_t now)
    {
        const bool is_split = what.newer.size() > what.older.size();
        (is_split ? made_.splits : made_.merges) += 1;
        const slot whole = is_split ? what.older.front() : what.newer.front();
        const auto before = changed_.find(whole);
        const std::int64_t cool_down =
            sabotage_ == sabotage::flapping
                ? of_.played().seconds
                : std::chrono::duration_cast<std::chrono::seconds>(of_.played().with.cool_down)
                      .count();
        const bool is_reverse = before != changed_.end() && before->second.second != is_split;
        if (is_reverse && now - before->second.first < cool_down)
            broke(of_.now(), to_string(whole) + " was split and merged within its cool-down");
        changed_[whole] = {now, is_split};
    }

    // A handoff decodes twice while it lasts: its loop has to have room for that.
    void judge_overlap(const stage& at)
    {
        for (std::size_t i = ended_; i < of_.decisions().size(); ++i)
            for (const action& each : of_.decisions()[i].what.what.actions)
                if (const auto* change = std::get_if<replace>(&each);
                    change != nullptr && of_.decisions()[i].at_s == at.now_s)
                    judge_overlap_of(at, *change, of_.decisions()[i].what.what);
    }

    void judge_overlap_of(const stage& at, const replace& what, const decision& of)
    {
        micro busy = of_.played().other;
        for (const auto& each : at.shards) {
            const bool joins =
                std::find(what.older.begin(), what.older.end(), each.slot) != what.older.end();
            if (each.collection == what.collection || joins)
                busy += at.load_of(each);
            if (joins)
                busy += at.load_of(each) / 2;
        }
        if (sabotage_ == sabotage::overlap)
            busy += whole_loop;
        if (busy > whole_loop)
            broke(at, "a loop would be " + in_percent(busy) + " busy: " + of.why);
    }

    const rehearsal& of_;
    bool is_steady_;
    sabotage sabotage_;
    day made_;
    std::vector<slot> slots_;
    std::int64_t uneven_since_ = 0;
    std::size_t decided_ = 0, ended_ = 0;
    std::deque<std::int64_t> times_;
    std::map<slot, std::pair<std::int64_t, bool>> changed_;
};

}  // namespace

micro largest_first(const stage& at, micro other)
{
    std::priority_queue<micro, std::vector<micro>, std::greater<>> bins;
    std::set<std::uint32_t> up;
    for (const auto& each : at.collections)
        if (each.is_up) {
            bins.push(other);
            up.insert(each.number);
        }
    std::vector<micro> loads;
    for (const auto& each : at.shards)
        if (up.contains(each.collection))
            loads.push_back(at.load_of(each));
    std::sort(loads.rbegin(), loads.rend());
    micro most = other;
    if (bins.empty())
        return most;
    for (const micro each : loads) {
        const micro load = bins.top() + each;
        bins.pop();
        bins.push(load);
        most = std::max(most, load);
    }
    return most;
}

day play(const curve& what, std::uint64_t seed, bool is_steady, sabotage broken)
{
    rehearsal of(what, seed);
    judge by(of, is_steady, broken);
    while (of.step())
        by.look();
    return by.finish();
}

}  // namespace tinfoil::scaling_test
