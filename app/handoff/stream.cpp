#include "handoff/stream.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace tinfoil::handoff {
namespace {

trace trace_of(const event& what)
{
    return {what.type, what.hash, what.is == event_class::unique ? what.key : 0};
}

}  // namespace

stream::stream(stream_id id, place where, bool is_there)
    : id_(id),
      where_(where),
      is_there_(is_there)
{
}

stream::lane_number stream::lane_of(const event& what)
{
    return what.is == event_class::ephemeral ? ephemeral_lane : lasting_lane;
}

bool stream::is_proven() const
{
    return lanes_[lasting_lane].shift() && lanes_[ephemeral_lane].shift();
}

bool stream::is_guessed() const
{
    return std::any_of(lanes_.begin(), lanes_.end(), [](const lane& each) {
        return each.how() == proof::forced || each.how() == proof::quiet;
    });
}

void stream::on_older(const event& what, instant now, common& all)
{
    if (what.is == event_class::own) {
        if (what.means == own_event::guild_there || what.means == own_event::guild_gone)
            on_older_guild(what.means == own_event::guild_there, now, all);
        else if (what.means == own_event::voice)
            older_voice_hash_ = what.hash;
        return;
    }
    if (what.is == event_class::interaction) {
        on_older_interaction(what.key, all);
        return;
    }
    if (what.one_sided)
        return;
    const lane_number number = lane_of(what);
    const trace traced = trace_of(what);
    last_event_[number] = now;
    std::vector<std::uint64_t> forgotten;
    const auto at = lanes_[number].log({traced, lanes_[ephemeral_lane].older()}, all, forgotten);
    for (const std::uint64_t key : forgotten)
        older_keys_.erase(key);
    if (traced.key != 0)
        older_keys_[traced.key] = at;
    if (traced.key != 0 && owed_ == traced.key)
        owed_ = 0;
    if (is_followed_)
        compare_older(number, at, traced.key, all);
}

// The guild begins anew on the older side. What the newer side brought stays: it may already be
// past that point.
void stream::on_older_guild(bool is_there, instant now, common& all)
{
    is_there_ = is_there;
    older_guild_at_ = now;
    is_first_life_ = false;
    owed_ = 0;
    older_keys_.clear();
    for (lane& each : lanes_)
        each.restart_older(all);
    void_answers();
}

void stream::on_older_interaction(std::uint64_t key, common& all)
{
    let_go_.erase(key);
    if (interactions_.insert(key).second)
        interaction_order_.push_back(key);
    if (interaction_order_.size() > all.how.interactions_max) {
        interactions_.erase(interaction_order_.front());
        interaction_order_.pop_front();
    }
    const auto twin = std::find_if(held_interactions_.begin(), held_interactions_.end(),
                                   [&](const held_interaction& each) { return each.key == key; });
    if (twin == held_interactions_.end())
        return;
    all.let_go(where_.newer, twin->sequence);
    all.held -= 1;
    all.held_bytes -= twin->bytes;
    held_interactions_.erase(twin);
}

// The older side's event `at` against what the newer side has brought already.
void stream::compare_older(lane_number number, std::int64_t at, std::uint64_t key, common& all)
{
    lane& in = lanes_[number];
    const auto twin = key == 0 ? newer_keys_.end() : newer_keys_.find(key);
    if (twin != newer_keys_.end() && (!in.shift() || twin->second.index != at - *in.shift())) {
        anchor(at, twin->second.index, all);
        return;
    }
    if (!in.shift())
        return;
    const std::int64_t index = at - *in.shift();
    in.drop_below(index, where_.newer, all);
    if (in.waiting().empty() || in.waiting().front().index != index)
        return;
    const lane::held other = in.waiting().front();
    if (!same(other.what, in.at(at)->what, all)) {
        if (other.what.type == in.at(at)->what.type)
            all.differ(other.what.type);
        mismatched(number, all);
        return;
    }
    in.drop_below(index + 1, where_.newer, all);
    if (number == lasting_lane)
        matched(at, other.ephemeral_before, all);
}

void stream::on_newer(const event& what, std::int64_t sequence, instant now, common& all)
{
    if (what.is == event_class::own) {
        on_newer_own(what, sequence, now, all);
        return;
    }
    if (what.is == event_class::interaction) {
        on_newer_interaction(what, sequence, all);
        return;
    }
    if (what.one_sided)
        return;
    if (!is_followed_) {
        ++all.count.event_before_snapshot;
        return;
    }
    const lane_number number = lane_of(what);
    last_event_[number] = now;
    lane::held held;
    held.index = lanes_[number].count_newer();
    held.what = trace_of(what);
    held.ephemeral_before = lanes_[ephemeral_lane].newer();
    held.sequence = sequence;
    held.bytes = what.bytes;
    if (held.what.key != 0)
        remember_newer_key(held.what.key, {held.index, held.ephemeral_before}, all);
    compare_newer(number, held, all);
}

void stream::on_newer_own(const event& what, std::int64_t sequence, instant now, common& all)
{
    if (what.means == own_event::guild_there) {
        on_newer_snapshot(what, sequence, now, all);
    } else if (what.means == own_event::guild_gone) {
        forget_newer(all);
    } else if (what.means == own_event::voice) {
        if (voice_ != 0)
            all.let_go(where_.newer, voice_);
        voice_ = sequence;
        voice_hash_ = what.hash;
        all.todo->push_back(hold{where_.newer, sequence});
    }
}

void stream::on_newer_snapshot(const event& what, std::int64_t sequence, instant now, common& all)
{
    forget_newer(all);
    is_followed_ = true;
    snapshot_at_ = now;
    if (what.bytes + all.snapshot_bytes <= all.how.snapshot_bytes_max) {
        snapshot_ = sequence;
        snapshot_bytes_ = what.bytes;
        all.snapshot_bytes += what.bytes;
        all.todo->push_back(hold{where_.newer, sequence});
    } else {
        ++all.count.snapshots_dropped;
    }
    const std::uint64_t key = what.last ? message_key(what.last) : 0;
    if (key != 0 && is_first_life_ && !older_keys_.contains(key)) {
        owed_ = key;
        ++all.count.owed;
    }
}

void stream::on_newer_interaction(const event& what, std::int64_t sequence, common& all)
{
    if (interactions_.contains(what.key))
        return;
    const bool is_room = held_interactions_.size() < all.how.interactions_max &&
                         all.held < all.how.held_total_max &&
                         all.held_bytes + what.bytes <= all.how.held_bytes_max;
    if (!is_room) {
        // Nothing is lost by it: the commit waits for the older side to bring it.
        ++all.count.overflow;
        if (let_go_.size() < all.how.interactions_max)
            let_go_.insert(what.key);
        else
            is_overrun_ = true;
        return;
    }
    held_interactions_.push_back({what.key, sequence, what.bytes});
    all.held += 1;
    all.held_bytes += what.bytes;
    all.todo->push_back(hold{where_.newer, sequence});
}

// The newer side's event against the log of the older side.
void stream::compare_newer(lane_number number, const lane::held& what, common& all)
{
    lane& in = lanes_[number];
    const auto twin = what.what.key == 0 ? older_keys_.end() : older_keys_.find(what.what.key);
    if (!in.shift() || what.index + *in.shift() >= in.older()) {
        in.hold(where_.newer, what, all);
        if (twin != older_keys_.end())
            anchor(twin->second, what.index, all);
        return;
    }
    const std::int64_t at = what.index + *in.shift();
    const lane::logged* other = in.at(at);
    if (twin != older_keys_.end() && twin->second != at) {
        anchor(twin->second, what.index, all);
    } else if (other != nullptr && !same(other->what, what.what, all)) {
        if (other->what.type == what.what.type)
            all.differ(what.what.type);
        in.hold(where_.newer, what, all);
        mismatched(number, all);
    } else if (number == lasting_lane) {
        matched(at, what.ephemeral_before, all);
    }
}

void stream::remember_newer_key(std::uint64_t key, newer_place at, const common& all)
{
    if (newer_keys_.insert_or_assign(key, at).second)
        newer_key_order_.push_back(key);
    if (newer_key_order_.size() > all.how.log_max) {
        newer_keys_.erase(newer_key_order_.front());
        newer_key_order_.pop_front();
    }
}

void stream::forget_newer(common& all)
{
    for (lane& each : lanes_)
        each.restart_newer(where_.newer, all);
    newer_keys_.clear();
    newer_key_order_.clear();
    forget_held(all);
    is_followed_ = false;
    snapshot_at_ = alive_at_ = long_ago;
    owed_ = 0;
    owed_told_ = false;
    void_answers();
}

// All of the newer side that is held outside the lanes.
void stream::forget_held(common& all)
{
    for (const held_interaction& each : held_interactions_) {
        all.let_go(where_.newer, each.sequence);
        all.held -= 1;
        all.held_bytes -= each.bytes;
    }
    held_interactions_.clear();
    let_go_.clear();
    is_overrun_ = false;
    for (std::int64_t* each : {&snapshot_, &voice_}) {
        if (*each != 0)
            all.let_go(where_.newer, *each);
        *each = 0;
    }
    all.snapshot_bytes -= snapshot_bytes_;
    snapshot_bytes_ = 0;
}

void stream::follow_from(instant ready)
{
    is_followed_ = true;
    snapshot_at_ = ready;
}

}  // namespace tinfoil::handoff
