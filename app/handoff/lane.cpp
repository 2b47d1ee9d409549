#include "handoff/lane.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tinfoil::handoff {
namespace {

// After so many differences a type is compared by its name alone.
constexpr int differences_max = 3;
// How far a guess may be from what the bounds say where the sides disagree.
constexpr std::int64_t near = 16;

std::int64_t distance(std::int64_t one, std::int64_t other)
{
    return std::abs(one - other);
}

}  // namespace

void common::distrust()
{
    ++count.answers_contradicted;
    trust = false;
    distrust_all = true;
}

void common::differ(std::uint32_t type)
{
    if (++differing[type] == differences_max && loose.insert(type).second)
        ++count.loose_types;
}

void common::let_go(std::uint32_t newer, std::int64_t sequence)
{
    todo->push_back(discard{newer, sequence});
}

bool same(const trace& one, const trace& other, const common& all)
{
    if (one.type != other.type)
        return false;
    return one.hash == other.hash ||
           (one.key == 0 && other.key == 0 && all.loose.contains(one.type));
}

const lane::logged* lane::at(std::int64_t index) const
{
    if (index < log_base_ || index >= older_)
        return nullptr;
    return &log_[static_cast<std::size_t>(index - log_base_)];
}

std::int64_t lane::log(const logged& what, common& all, std::vector<std::uint64_t>& forgotten)
{
    log_.push_back(what);
    ++all.logged;
    const auto is_too_long = [&] {
        return log_.size() > all.how.log_max ||
               (all.logged > all.how.log_total_max && log_.size() > all.how.log_least);
    };
    while (is_too_long()) {
        if (log_.front().what.key != 0)
            forgotten.push_back(log_.front().what.key);
        log_.pop_front();
        ++log_base_;
        --all.logged;
    }
    all.count.log_peak = std::max<std::uint64_t>(all.count.log_peak, all.logged);
    return older_++;
}

void lane::hold(std::uint32_t newer_index, const held& what, common& all)
{
    TINFOIL_ASSERT(held_.empty() || held_.back().index < what.index);
    TINFOIL_ASSERT(held_.empty() || held_.back().sequence < what.sequence);
    held_.push_back(what);
    ++all.held;
    all.held_bytes += what.bytes;
    all.todo->push_back(handoff::hold{newer_index, what.sequence});
    const auto is_too_much = [&] {
        return held_.size() > all.how.held_max || all.held > all.how.held_total_max ||
               all.held_bytes > all.how.held_bytes_max;
    };
    while (is_too_much() && !held_.empty()) {
        ++all.count.overflow;
        lost_below_ = held_.front().index + 1;
        drop_below(lost_below_, newer_index, all);
        forget_shift();
    }
    all.count.held_peak = std::max<std::uint64_t>(all.count.held_peak, all.held);
    all.count.held_bytes_peak = std::max<std::uint64_t>(all.count.held_bytes_peak, all.held_bytes);
}

void lane::drop_below(std::int64_t index, std::uint32_t newer_index, common& all)
{
    while (!held_.empty() && held_.front().index < index) {
        all.let_go(newer_index, held_.front().sequence);
        all.held -= 1;
        all.held_bytes -= held_.front().bytes;
        held_.pop_front();
    }
}

void lane::drop_all(std::uint32_t newer_index, common& all)
{
    drop_below(newer_, newer_index, all);
    TINFOIL_ASSERT(held_.empty());
}

void lane::restart_older(common& all)
{
    all.logged -= log_.size();
    log_.clear();
    log_base_ = older_ = 0;
    clear();
}

void lane::restart_newer(std::uint32_t newer_index, common& all)
{
    drop_all(newer_index, all);
    newer_ = lost_below_ = 0;
    clear();
}

void lane::clear()
{
    forget_shift();
    forget_bounds();
    bad_ = false;
}

void lane::spoil()
{
    clear();
    bad_ = true;
}

void lane::change_shift(std::int64_t to, proof how)
{
    shift_ = to;
    how_ = how;
}

void lane::forget_shift()
{
    shift_.reset();
    how_ = proof::none;
}

void lane::forget_bounds()
{
    low_ = unknown_low;
    high_ = unknown_high;
    low_support_ = high_support_ = 0;
}

void lane::forget_what_answers_proved()
{
    if (how_ == proof::count || how_ == proof::run)
        forget_shift();
    forget_bounds();
}

void lane::bound_above(std::int64_t value)
{
    if (value < high_) {
        high_ = value;
        high_support_ = 0;
    }
    if (value == high_)
        ++high_support_;
}

void lane::bound_below(std::int64_t value)
{
    if (value > low_) {
        low_ = value;
        low_support_ = 0;
    }
    if (value == low_)
        ++low_support_;
}

std::int64_t lane::disagreements(std::int64_t shift, const common& all) const
{
    return std::count_if(held_.begin(), held_.end(), [&](const held& each) {
        const logged* other = at(each.index + shift);
        return other != nullptr && !same(other->what, each.what, all);
    });
}

std::vector<std::int64_t> lane::candidates(std::int64_t low, std::int64_t high,
                                           const common& all) const
{
    const auto fits = [&](std::int64_t shift) {
        return std::none_of(held_.begin(), held_.end(), [&](const held& each) {
            const logged* other = at(each.index + shift);
            return other != nullptr && !same(other->what, each.what, all);
        });
    };
    std::vector<std::int64_t> found;
    for (std::int64_t shift = low; shift <= high; ++shift)
        if (fits(shift))
            found.push_back(shift);
    return found;
}

std::int64_t lane::guess(const common& all) const
{
    const std::int64_t level = older_ - newer_;
    std::int64_t want = level;
    if (std::max(low_support_, high_support_) >= 2)
        want = low_support_ > high_support_ ? low_ : high_;
    const auto nearest = [&](const std::vector<std::int64_t>& of) {
        return *std::min_element(of.begin(), of.end(), [&](std::int64_t one, std::int64_t other) {
            return distance(one, want) < distance(other, want);
        });
    };
    auto fitting = candidates(std::max(low_, level - all.how.run_max),
                              std::min({high_, older_, level + all.how.run_max}), all);
    if (!fitting.empty()) {
        const std::int64_t best = nearest(fitting);
        return bad_ && distance(best, want) > near ? want : best;
    }
    // Nothing fits: A1 is broken somewhere. The fewest disagreements near by, with some tolerance
    // for what happened elsewhere.
    constexpr std::int64_t tolerance = 2;
    std::vector<std::pair<std::int64_t, std::int64_t>> wrong;
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t shift = want - near; shift <= want + near; ++shift) {
        wrong.emplace_back(shift, disagreements(shift, all));
        fewest = std::min(fewest, wrong.back().second);
    }
    for (const auto& [shift, count] : wrong)
        if (count <= fewest + tolerance)
            fitting.push_back(shift);
    return nearest(fitting);
}

std::deque<lane::held> lane::take_held(common& all)
{
    for (const held& each : held_)
        all.held_bytes -= each.bytes;
    all.held -= held_.size();
    return std::exchange(held_, {});
}

void lane::begin_again_behind()
{
    newer_ = 0;
    shift_ = older_;
}

void lane::recover(std::int64_t skip)
{
    older_ = skip;
    newer_ = 0;
    log_base_ = skip;  // The log itself is gone.
    shift_ = 0;
}

}  // namespace tinfoil::handoff
