#include "scaling/scaler.hpp"

#include "base/overloaded.hpp"
#include "scaling/spreading.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::scaling {
namespace {

using namespace std::chrono_literals;

constexpr duration change_retry = 5min, change_retry_most = 6h;
constexpr duration told_for = 1h;
constexpr duration other_retry = 1min, other_retry_most = 1h;
// Nobody serves a shard whose collection has to be left.
constexpr duration leave_retry_most = 5min;

milliseconds ms(duration of)
{
    return std::chrono::ceil<std::chrono::milliseconds>(of).count();
}

milliseconds remaining(instant until, instant now)
{
    return until > now ? ms(until - now) : 0;
}

duration doubled(duration first, int failures, duration most)
{
    duration made = first;
    for (int i = 1; i < failures && made < most; ++i)
        made *= 2;
    return std::min(made, most);
}

// Since when it holds; how long that is.
milliseconds held(std::optional<instant>& since, bool holds, instant now)
{
    if (!holds) {
        since.reset();
        return 0;
    }
    if (!since)
        since = now;
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - *since).count();
}

milliseconds held(std::map<discord::slot, instant>& since, discord::slot which, bool holds,
                  instant now)
{
    if (!holds) {
        since.erase(which);
        return 0;
    }
    const auto found = since.emplace(which, now).first;
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - found->second).count();
}

}  // namespace

void scaler::on(const scaler_input& what, instant now, std::vector<scaler_action>& todo)
{
    std::visit(overloaded{[&](const remembered& it) {
                              numbers_ = it.last;
                              for (const past_action& each : it.actions)
                                  past_.emplace_back(each, now - each.ago);
                          },
                          [&](const looked& it) { look(it.what, now, todo); },
                          [&](const ended& it) { end(it, now); }},
               what);
}

void scaler::recall_past()
{
    for (const auto& [past, when] : std::exchange(past_, {})) {
        if (past.how == outcome::kind::called_off && past.why != aim::evacuate)
            hold_back(past.what, when + how_.cool_down);
        else if (past.how == outcome::kind::done &&
                 !std::holds_alternative<move>(past.what))  // Those have no cool-down.
            end_action(past.why, past.what, {past.how, {}}, when);
    }
}

void scaler::look(situation at, instant now, actions& todo)
{
    how_ = at.with;
    next_look_ = now + how_.interval;
    recall_past();
    if (under_way_ && now >= under_way_->until) {
        // Whoever does it may still be at it: from the next look on they say so.
        if (at.under_way.empty())
            at.under_way =
                "decision " + std::to_string(under_way_->number) + ", which has not ended in time";
        end({under_way_->number,
             {under_way_->what.actions.size(),
              {outcome::kind::failed, "it has not ended in time"}}},
            now);
    }
    keep_only(at);
    recall(at, now);
    if (under_way_ && at.under_way.empty())
        at.under_way = "decision " + std::to_string(under_way_->number) + ", " +
                       std::string(name(under_way_->what.what));
    decision made = decide(at);
    tell(std::move(at), std::move(made), now, todo);
}

static bool is_away(collection_phase is)
{
    return is == collection_phase::down || is == collection_phase::starting;
}

// A collection that ends again and again is no better for the moments in which it tries to begin,
// nor for those in which it has begun.
void scaler::recall_phases(situation& at, instant now)
{
    for (collection_state& each : at.collections) {
        presence& known =
            phases_.emplace(each.number, presence{each.is, now, now, {}}).first->second;
        if (is_away(known.is))
            known.away += now - known.seen;
        known.seen = now;
        if (known.is != each.is)
            known.since = now;
        known.is = each.is;
        if (!is_away(each.is) && now - known.since >= at.with.abandon_after)
            known.away = {};
        each.in_phase = std::chrono::duration_cast<std::chrono::milliseconds>(
                            is_away(each.is) ? known.away : now - known.since)
                            .count();
    }
}

void scaler::recall(situation& at, instant now)
{
    recall_phases(at, now);
    recall_rests(at, now);
    const conditions is = conditions_of(at);
    for (std::size_t i = 0; i < at.shards.size(); ++i) {
        at.shards[i].hot_for = held(hot_since_, at.shards[i].slot, is.hot[i], now);
        at.shards[i].quiet_for = held(quiet_since_, at.shards[i].slot, is.quiet[i], now);
    }
    at.uneven_for = held(uneven_since_, is.uneven, now);
    at.crowded_for = held(crowded_since_, is.crowded, now);
    at.roomy_for = held(roomy_since_, is.roomy, now);
    at.grow_rest = remaining(grow_at_, now);
    at.shrink_rest = remaining(shrink_at_, now);
}

void scaler::recall_rests(situation& at, instant now)
{
    for (shard_state& each : at.shards) {
        each.split_rest = each.merge_rest = each.move_rest = each.leave_rest = 0;
        const auto found = rests_.find(each.slot);
        if (found == rests_.end())
            continue;
        resting& rest = found->second;
        const auto in = std::lower_bound(
            at.collections.begin(), at.collections.end(), each.collection,
            [](const auto& one, std::uint32_t other) { return one.number < other; });
        // It has left, or its collection is back: the next time is another matter.
        if (in == at.collections.end() || in->number != each.collection ||
            !has_to_be_left(*in, at.with)) {
            rest.leave = {};
            rest.leave_failures = 0;
        }
        each.split_rest = remaining(rest.split, now);
        each.merge_rest = remaining(rest.merge, now);
        each.move_rest = remaining(rest.move, now);
        each.leave_rest = remaining(rest.leave, now);
    }
}

void scaler::keep_only(const situation& at)
{
    const auto is_gone = [&](discord::slot slot) {
        const auto found = std::lower_bound(
            at.shards.begin(), at.shards.end(), slot,
            [](const shard_state& one, discord::slot other) { return one.slot < other; });
        return found == at.shards.end() || found->slot != slot;
    };
    std::erase_if(hot_since_, [&](const auto& each) { return is_gone(each.first); });
    std::erase_if(quiet_since_, [&](const auto& each) { return is_gone(each.first); });
    std::erase_if(rests_, [&](const auto& each) { return is_gone(each.first); });
    std::erase_if(phases_, [&](const auto& each) {
        return std::none_of(at.collections.begin(), at.collections.end(),
                            [&](const auto& one) { return one.number == each.first; });
    });
}

void scaler::tell(situation at, decision what, instant now, actions& todo)
{
    // There may be more than a decision has room for, so which of them it names changes.
    std::erase_if(refusals_told_, [&](const auto& each) { return now >= each.second + told_for; });
    bool is_new_refusal = false;
    for (const refused& each : what.refusals) {
        const auto [known, is_new] =
            refusals_told_.try_emplace({each.what, each.subject, each.reason}, now);
        known->second = now;
        is_new_refusal = is_new_refusal || is_new;
    }
    const bool does = what.what != aim::none && at.with.does == mode::automatic;
    const bool advises = what.what != aim::none && at.with.does == mode::advise &&
                         (what.actions != advised_ || now >= advised_at_ + advice_interval);
    if (!does && !advises && !is_new_refusal)
        return;
    if (advises) {
        advised_ = what.actions;
        advised_at_ = now;
    }
    const std::uint64_t number = ++numbers_;
    if (does)
        under_way_ = {number, what, now + operation_max};
    todo.emplace_back(decided{number, std::move(at), std::move(what), does});
}

void scaler::end(const ended& what, instant now)
{
    if (!under_way_ || under_way_->number != what.number)
        return;
    const operation done = *std::exchange(under_way_, std::nullopt);
    for (std::size_t i = 0; i < done.what.actions.size(); ++i)
        end_action(
            done.what.what, done.what.actions[i],
            i < what.actions.size() ? what.actions[i] : outcome{outcome::kind::not_tried, {}}, now);
}

// It is not done again before that.
void scaler::hold_back(const action& what, instant until)
{
    std::visit(overloaded{[&](const move& it) { rests_[it.slot].move = until; },
                          [&](const replace& it) {
                              const bool is_split = it.newer.size() > it.older.size();
                              for (const discord::slot each : it.older)
                                  (is_split ? rests_[each].split : rests_[each].merge) = until;
                          },
                          [&](const add_collection&) { grow_at_ = until; },
                          [&](const retire_collection&) { shrink_at_ = until; }},
               what);
}

void scaler::end_action(aim why, const action& what, const outcome& how, instant now)
{
    if (how.is == outcome::kind::not_tried)
        return;
    // A shard that nobody serves is not left so for a whole cool-down.
    if (how.is == outcome::kind::called_off && why != aim::evacuate)
        return hold_back(what, now + how_.cool_down);
    const bool is_done = how.is == outcome::kind::done;
    std::visit(
        overloaded{[&](const move& it) { end_move(why, it.slot, is_done, now); },
                   [&](const replace& it) { on_replaced(it, how, now); },
                   [&](const add_collection&) {
                       grow_failures_ = is_done ? 0 : grow_failures_ + 1;
                       (is_done ? shrink_at_ : grow_at_) =
                           now + (is_done ? how_.cool_down
                                          : doubled(other_retry, grow_failures_, other_retry_most));
                   },
                   [&](const retire_collection&) {
                       if (!is_done)
                           shrink_at_ = now + how_.cool_down;
                   }},
        what);
}

void scaler::end_move(aim why, discord::slot which, bool is_done, instant now)
{
    const bool leaves = why == aim::evacuate;
    resting& rest = rests_[which];
    int& failures = leaves ? rest.leave_failures : rest.move_failures;
    failures = is_done ? 0 : failures + 1;
    if (!is_done)
        (leaves ? rest.leave : rest.move) =
            now + doubled(other_retry, failures, leaves ? leave_retry_most : other_retry_most);
}

void scaler::on_replaced(const replace& what, const outcome& how, instant now)
{
    const bool is_split = what.newer.size() > what.older.size();
    if (how.is == outcome::kind::done) {
        for (const discord::slot each : what.newer)
            (is_split ? rests_[each].merge : rests_[each].split) = now + how_.cool_down;
        return;
    }
    for (const discord::slot each : what.older) {
        resting& rest = rests_[each];
        int& failures = is_split ? rest.split_failures : rest.merge_failures;
        (is_split ? rest.split : rest.merge) =
            now + doubled(change_retry, ++failures, change_retry_most);
    }
}

}  // namespace tinfoil::scaling
