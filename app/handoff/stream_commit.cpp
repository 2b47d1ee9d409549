#include "base/assert.hpp"
#include "handoff/stream.hpp"

#include <algorithm>

namespace tinfoil::handoff {

bool stream::choose_shifts(common& all)
{
    bool is_gap = false;
    for (lane& each : lanes_) {
        if (each.can_go_on())
            continue;
        const bool is_guess =
            &each == &lanes_[ephemeral_lane] && !is_guild() && lanes_[lasting_lane].can_go_on();
        if (is_guess && each.older() + each.newer() != 0)
            ++all.count.guessed_dm_ephemeral;
        if (is_there_ && !is_guess)
            is_gap = true;
        // Of a guild that the older side does not have, or lost, all that is held is new.
        each.change_shift(is_guess ? each.older() - each.newer() : each.older(),
                          is_guess ? proof::quiet : proof::none);
    }
    return is_gap || (!is_there_ && is_followed_ && snapshot_ == 0);
}

bool stream::needs_snapshot(bool is_gap) const
{
    return snapshot_ != 0 && (is_gap || !is_there_);
}

stream_record stream::record(std::int64_t seen, bool is_gap) const
{
    stream_record made;
    made.stream = id_;
    made.is_gap = is_gap;
    made.is_guessed = is_guessed();
    for (const lane_number number : {lasting_lane, ephemeral_lane}) {
        const lane& in = lanes_[number];
        TINFOIL_ASSERT(in.shift());
        lane_record& of = made.lanes[number];
        of.from = in.waiting().empty() ? seen + 1 : in.waiting().front().sequence;
        of.skip = std::max<std::int64_t>(0, in.older() - *in.shift() - in.newer());
        TINFOIL_ASSERT(in.waiting().empty() || of.skip == 0);
    }
    if (needs_snapshot(is_gap))
        made.snapshot = snapshot_;
    made.interactions.assign(interactions_.begin(), interactions_.end());
    if (is_gap || is_recovered_) {
        for (const auto& [key, at] : older_keys_)
            made.uniques.push_back(key);
        std::sort(made.uniques.begin(), made.uniques.end());
    }
    return made;
}

std::optional<std::int64_t> stream::first_needed(bool is_gap) const
{
    std::optional<std::int64_t> first;
    const auto take = [&](std::int64_t sequence) {
        first = first ? std::min(*first, sequence) : sequence;
    };
    for (const lane& each : lanes_)
        if (!each.waiting().empty())
            take(each.waiting().front().sequence);
    for (const held_interaction& each : held_interactions_)
        take(each.sequence);
    if (needs_snapshot(is_gap))
        take(snapshot_);
    return first;
}

void stream::commit(bool is_gap, std::vector<std::int64_t>& release, common& all)
{
    const auto end = [&](bool due, std::int64_t sequence) {
        if (due)
            release.push_back(sequence);
        else
            all.let_go(where_.newer, sequence);
    };
    if (snapshot_ != 0)
        end(needs_snapshot(is_gap), snapshot_);
    all.snapshot_bytes -= snapshot_bytes_;
    snapshot_ = 0;
    snapshot_bytes_ = 0;
    for (const lane_number number : {lasting_lane, ephemeral_lane}) {
        for (const lane::held& each : lanes_[number].take_held(all))
            end(is_due(number, each.what, each.index, all), each.sequence);
    }
    for (const held_interaction& each : held_interactions_) {
        end(true, each.sequence);
        all.held -= 1;
        all.held_bytes -= each.bytes;
    }
    held_interactions_.clear();
    if (voice_ != 0)
        end(voice_hash_ != older_voice_hash_, voice_);
    voice_ = 0;
    newer_keys_.clear();
    newer_key_order_.clear();
}

// The newer side's event `index` of that lane, after the commit: ids have the last word.
bool stream::is_due(lane_number number, const trace& what, std::int64_t index, common& all)
{
    lane& in = lanes_[number];
    const std::int64_t at = index + *in.shift();
    if (what.key != 0) {
        const auto twin = older_keys_.find(what.key);
        if (twin != older_keys_.end()) {
            if (at >= in.older())
                ++all.count.unique_suppressed;
            if (in.at(twin->second) != nullptr)
                in.go_on(twin->second - index);
            return false;
        }
        // The ids that an earlier process knew are gone with it; places alone decide.
        if (at < in.older() && is_recovered_)
            return false;
        if (at < in.older()) {
            ++all.count.unique_saved;
            in.go_on(in.older() - index);
        }
        return true;
    }
    if (at >= in.older())
        return true;
    const lane::logged* other = in.at(at);
    if (other != nullptr && !same(other->what, what, all))
        ++(number == lasting_lane ? all.count.late_mismatch_lasting
                                  : all.count.late_mismatch_ephemeral);
    return false;
}

bool stream::passes(const event& what, std::int64_t sequence, common& all)
{
    if (what.is == event_class::interaction)
        return !interactions_.contains(what.key);
    const bool has_no_lane = what.is == event_class::own || what.one_sided;
    if (has_no_lane && sequence <= seen_)
        return sequence == snapshot_;
    if (what.means == own_event::guild_gone || what.means == own_event::guild_there)
        on_committed_guild(what.means == own_event::guild_there);
    if (has_no_lane)
        return true;
    const lane_number number = lane_of(what);
    if (sequence < from_[number])
        return false;
    const trace traced{what.type, what.hash, what.is == event_class::unique ? what.key : 0};
    return is_due(number, traced, lanes_[number].count_newer(), all);
}

// What follows a guild's return is new. A GUILD_CREATE over a guild that is there interrupts
// nothing: events before and after it are counted on.
void stream::on_committed_guild(bool is_there)
{
    if (!is_there || !is_followed_) {
        for (lane& each : lanes_)
            each.begin_again_behind();
        from_ = {};
    }
    is_followed_ = is_there;
}

bool stream::is_settled() const
{
    return skip_left() == 0;
}

std::int64_t stream::skip_left() const
{
    std::int64_t left = 0;
    for (const lane& each : lanes_)
        if (each.shift())
            left += std::max<std::int64_t>(0, each.older() - *each.shift() - each.newer());
    return left;
}

void stream::recover(const stream_record& from, std::int64_t seen)
{
    for (const lane_number number : {lasting_lane, ephemeral_lane}) {
        lanes_[number].recover(from.lanes[number].skip);
        from_[number] = from.lanes[number].from;
    }
    snapshot_ = from.snapshot;
    seen_ = seen;
    is_recovered_ = true;
    is_followed_ = true;
    interactions_.insert(from.interactions.begin(), from.interactions.end());
    for (const std::uint64_t key : from.uniques)
        older_keys_[key] = -1;
}

}  // namespace tinfoil::handoff
