#include "base/assert.hpp"
#include "handoff/stream.hpp"

#include <algorithm>

namespace tinfoil::handoff {
namespace {

// Where the sides have disagreed, only what is as near as this is taken for an anchor anew.
constexpr std::int64_t near_by = 64;

}  // namespace

// The same unique event on both sides.
void stream::anchor(std::int64_t older, std::int64_t newer, common& all)
{
    lane& in = lanes_[lasting_lane];
    const std::int64_t shift = older - newer;
    if (in.shift() && *in.shift() != shift) {
        ++all.count.shift_changed;
        in.mark_bad();
    }
    if (!in.fits_bounds(shift) && !in.is_bad())
        all.distrust();
    track(lasting_lane, shift, proof::anchor, all);
    const lane::logged* seen = in.at(older);
    if (seen == nullptr || seen->what.key == 0)
        return;
    if (const auto twin = newer_keys_.find(seen->what.key); twin != newer_keys_.end())
        matched(older, twin->second.ephemeral_before, all);
}

// One lasting event that both sides brought fixes the ephemeral lane too, so that an ephemeral
// event that one side lacks costs no more than the way to the next lasting one.
void stream::matched(std::int64_t older, std::int64_t ephemeral_newer, common& all)
{
    const lane::logged* seen = lanes_[lasting_lane].at(older);
    if (seen == nullptr)
        return;
    lane& other = lanes_[ephemeral_lane];
    const std::int64_t shift = seen->ephemeral_before - ephemeral_newer;
    if (other.shift() == shift)
        return;
    if (other.shift())
        ++all.count.ephemeral_resync;
    other.change_shift(shift, proof::anchor);
    other.drop_below(other.older() - shift, where_.newer, all);
}

void stream::mismatched(lane_number number, common& all)
{
    ++(number == lasting_lane ? all.count.mismatch_lasting : all.count.mismatch_ephemeral);
    lane& in = lanes_[number];
    in.spoil();
    if (number != lasting_lane)
        return;
    const std::size_t looked_at =
        std::min<std::size_t>(newer_key_order_.size(), static_cast<std::size_t>(near_by));
    for (std::size_t i = newer_key_order_.size() - looked_at; i < newer_key_order_.size(); ++i) {
        const std::uint64_t key = newer_key_order_[i];
        const auto twin = older_keys_.find(key);
        if (twin != older_keys_.end() && in.older() - twin->second < near_by)
            anchor(twin->second, newer_keys_.at(key).index, all);
    }
}

void stream::track(lane_number number, std::int64_t shift, proof how, common& all)
{
    lane& in = lanes_[number];
    in.change_shift(shift, how);
    const bool is_proof_of_all = how == proof::count || how == proof::run || how == proof::quiet;
    if (is_proof_of_all && in.disagreements(shift, all) != 0) {
        ++(number == lasting_lane ? all.count.overlap_mismatch_lasting
                                  : all.count.overlap_mismatch_ephemeral);
        in.spoil();
        if (number == lasting_lane && how != proof::quiet)
            all.distrust();
        return;
    }
    in.drop_below(in.older() - shift, where_.newer, all);
}

void stream::void_answers()
{
    for (auto& over : asked_)
        for (question_asked& each : over)
            each.is_void = true;
}

void stream::forget_answers(side over)
{
    asked_[index(over)].clear();
}

void stream::forget_what_answers_proved()
{
    for (lane& each : lanes_)
        each.forget_what_answers_proved();
    void_answers();
}

stream::question stream::asks_in(std::size_t round, const common& all) const
{
    if (!is_guild() || !is_followed_)
        return question::none;
    if (!is_there_)
        return question::newer_only;
    if (!all.trust)
        return question::none;
    const lane& in = lanes_[lasting_lane];
    if (!in.shift())
        return question::both;
    if (!lanes_[ephemeral_lane].shift() && round < all.how.ephemeral_rounds)
        return question::both;
    if (in.how() == proof::anchor && round <= all.how.calibration_rounds)
        return question::both;
    return question::none;
}

bool stream::has_unanswered_plain(side over) const
{
    const auto& list = asked_[index(over)];
    return std::any_of(list.begin(), list.end(),
                       [](const question_asked& each) { return each.nonce == 0; });
}

void stream::asked(side over, std::uint64_t nonce, instant now)
{
    question_asked made;
    made.nonce = nonce;
    made.sent = now;
    for (const lane_number each : {lasting_lane, ephemeral_lane})
        made.other[each] = over == side::older ? lanes_[each].newer() : lanes_[each].older();
    asked_[index(over)].push_back(made);
}

void stream::asked_elsewhere(side over)
{
    asked_[index(over)].push_back({0, true, false, {}, long_ago});
}

// Answers without nonce come in the order of their questions, so the first that is open is the
// oldest that this can be the answer to. Where a question was lost it is the answer to a later one,
// and what is concluded is weaker than it could be, but true.
bool stream::answered(side over, std::uint64_t nonce, instant now, common& all)
{
    auto& list = asked_[index(over)];
    const bool is_ours = std::all_of(list.begin(), list.end(), [](const question_asked& each) {
        return each.nonce != 0 || each.is_ours;
    });
    const auto found = std::find_if(
        list.begin(), list.end(), [&](const question_asked& each) { return each.nonce == nonce; });
    if (found == list.end()) {
        ++all.count.answers_unknown;
        return nonce != 0;
    }
    const question_asked which = *found;
    list.erase(found);
    if (!which.is_void && is_followed_)
        learn(over, which, now, all);
    return nonce != 0 || is_ours;
}

void stream::learn(side over, const question_asked& which, instant now, common& all)
{
    if (over == side::newer)
        alive_at_ = std::max(alive_at_, which.sent);
    if (!is_there_ || !all.trust)
        return;
    for (const lane_number number : {lasting_lane, ephemeral_lane}) {
        lane& in = lanes_[number];
        if (number == lasting_lane && in.is_bad())
            continue;
        if (over == side::older)
            in.bound_above(in.older() - which.other[number]);
        else
            in.bound_below(which.other[number] - in.newer());
        const bool anchor_refutes =
            number == lasting_lane && in.how() == proof::anchor && !in.fits_bounds(*in.shift());
        if (in.is_contradicted() || anchor_refutes) {
            if (number == lasting_lane) {
                all.distrust();
                return;
            }
            ++all.count.ephemeral_contradicted;
            in.forget_what_answers_proved();
            continue;
        }
        if (!in.shift())
            prove_by_count(number, now, all);
    }
}

bool stream::owes(instant now, const common& all) const
{
    return owed_ != 0 && now - snapshot_at_ < all.how.owed_max;
}

void stream::prove_by_count(lane_number number, instant now, common& all)
{
    const lane& in = lanes_[number];
    if (number == lasting_lane && owes(now, all))
        return;
    if (in.low() == lane::unknown_low || in.high() == lane::unknown_high)
        return;
    if (in.low() == in.high()) {
        track(number, in.low(), proof::count, all);
        return;
    }
    if (in.high() - in.low() > all.how.run_max)
        return;
    const auto fitting = in.candidates(in.low(), in.high(), all);
    if (fitting.size() == 1)
        track(number, fitting.front(), proof::run, all);
}

void stream::force(lane_number number, common& all)
{
    ++(number == lasting_lane ? all.count.forced_lasting : all.count.forced_ephemeral);
    track(number, lanes_[number].guess(all), proof::forced, all);
}

// No event on either side for so long that none can be on its way any more.
void stream::on_quiet(lane_number number, instant quiet_since, instant now, common& all)
{
    const lane& in = lanes_[number];
    const bool is_by_rule = is_guild() ? !all.trust || in.is_bad() : true;
    if (!is_by_rule || owes(now, all))
        return;
    instant last = is_guild() ? std::max(last_event_[0], last_event_[1]) : last_event_[number];
    last = std::max({last, snapshot_at_, older_guild_at_, quiet_since});
    if (last >= now || now - last <= (is_guild() ? all.how.quiet_after : all.how.quiet_dm_after))
        return;
    // Where the events themselves speak against it, something was on its way longer than that.
    const std::int64_t level = in.older() - in.newer();
    if (in.disagreements(level, all) != 0)
        return;
    ++all.count.by_time;
    track(number, level, proof::quiet, all);
}

void stream::on_time(instant ready, instant quiet_since, instant now, common& all)
{
    if (!is_followed_ || !is_there_)
        return;
    if (owed_ != 0 && !owed_told_ && !owes(now, all)) {
        owed_told_ = true;
        ++all.count.owed_expired;
    }
    const duration age = now - std::max(snapshot_at_, older_guild_at_);
    for (const lane_number number : {lasting_lane, ephemeral_lane}) {
        if (lanes_[number].shift())
            continue;
        on_quiet(number, quiet_since, now, all);
        if (lanes_[number].shift())
            continue;
        const bool is_time =
            number == lasting_lane
                ? now - ready > all.how.force_after && !owes(now, all) &&
                      (!is_guild() || age > all.how.force_after_snapshot)
                : is_guild() && lanes_[lasting_lane].shift() && age > all.how.force_ephemeral_after;
        if (is_time)
            force(number, all);
    }
}

bool stream::is_ready(instant now, const common& all) const
{
    if (!let_go_.empty() || is_overrun_)
        return false;
    if (!is_guild())
        return is_followed_ && lanes_[lasting_lane].can_go_on();
    if (is_there_)
        return is_followed_ && now - snapshot_at_ > all.how.after_snapshot &&
               lanes_[lasting_lane].can_go_on() && lanes_[ephemeral_lane].can_go_on();
    if (is_followed_)
        return now - std::max(older_guild_at_, snapshot_at_) > all.how.down_max &&
               alive_at_ > older_guild_at_;
    return now - older_guild_at_ > all.how.after_snapshot;
}

bool stream::is_level() const
{
    if (!is_followed_ || !is_there_)
        return true;
    const auto level = [](const lane& each) { return !each.shift() || each.is_level(); };
    return level(lanes_[lasting_lane]) && level(lanes_[ephemeral_lane]);
}

}  // namespace tinfoil::handoff
