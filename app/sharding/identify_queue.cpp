#include "sharding/identify_queue.hpp"

#include "discord/limits.hpp"

#include <algorithm>

namespace tinfoil::sharding {
namespace {

// The session machine ends every handshake long before; this only keeps a lost `ended` from
// blocking a bucket for ever.
constexpr duration turn_max = std::chrono::minutes(15);
// What was sent last on a connection that has ended may still be on its way for so long.
constexpr duration unproven_interval = discord::limits::identify_interval + std::chrono::seconds(1);

}  // namespace

void identify_queue::on(const identify_queue_input& what, instant now,
                        std::vector<identify_queue_action>& todo)
{
    if (const auto* asked = std::get_if<requested>(&what)) {
        if (std::find(waiting_.begin(), waiting_.end(), asked->slot) == waiting_.end())
            waiting_.push_back(asked->slot);
    } else if (const auto* gone = std::get_if<left>(&what)) {
        std::erase(waiting_, gone->slot);
        // The turn may have been used just before: it counts as if it had been.
        end_turn(gone->slot, now + unproven_interval);
    } else if (const auto* over = std::get_if<ended>(&what)) {
        end_turn(over->slot,
                 now + (over->received ? discord::limits::identify_interval : unproven_interval));
    } else if (const auto* back = std::get_if<unused>(&what)) {
        take_back(back->slot);
    } else if (const auto* used = std::get_if<used_before>(&what)) {
        used_before_[used->slot] = now + unproven_interval;
    } else if (const auto* limit = std::get_if<budget>(&what)) {
        concurrency_ = static_cast<std::uint32_t>(std::max(limit->max_concurrency, 1));
        total_ = limit->total;
        remaining_ = limit->remaining;
        reset_at_ = now + limit->reset_after;
        told_exhausted_ = false;
    }
    give_turns(now, todo);
}

void identify_queue::end_turn(discord::slot slot, instant next)
{
    for (auto& [key, each] : buckets_) {
        if (each.out != slot)
            continue;
        each.out.reset();
        each.until = never;
        each.not_before = next;
    }
}

void identify_queue::take_back(discord::slot slot)
{
    for (auto& [key, each] : buckets_) {
        if (each.out != slot)
            continue;
        each.out.reset();
        each.until = never;
        ++remaining_;
    }
}

instant identify_queue::free_at(discord::slot slot) const
{
    const std::uint32_t key = slot.id % concurrency_;
    const auto own = buckets_.find(key);
    instant at = own == buckets_.end() ? instant{} : own->second.not_before;
    for (const auto& [used, until] : used_before_)
        if (used.id % concurrency_ == key)
            at = std::max(at, until);
    return at;
}

void identify_queue::give_turns(instant now, std::vector<identify_queue_action>& todo)
{
    if (now >= reset_at_) {
        remaining_ = total_;
        reset_at_ = never;
        told_exhausted_ = false;
    }
    for (auto& [key, each] : buckets_)
        if (each.out && now >= each.until)
            end_turn(*each.out, now + unproven_interval);
    std::erase_if(used_before_, [&](const auto& each) { return now >= each.second; });
    for (auto next = waiting_.begin(); next != waiting_.end() && remaining_ > 0;) {
        bucket& own = of(*next);
        if (own.out || now < free_at(*next)) {
            ++next;
            continue;
        }
        own.out = *next;
        own.until = now + turn_max;
        --remaining_;
        todo.emplace_back(permit{*next});
        next = waiting_.erase(next);
    }
    if (!waiting_.empty() && remaining_ == 0 && reset_at_ != never && !told_exhausted_) {
        told_exhausted_ = true;
        todo.emplace_back(exhausted{reset_at_ - now});
    }
}

instant identify_queue::deadline() const
{
    instant due = never;
    for (const auto& [key, each] : buckets_)
        due = std::min(due, each.until);
    if (waiting_.empty())
        return due;
    if (remaining_ == 0)
        return std::min(due, reset_at_);
    for (const discord::slot slot : waiting_)
        if (const auto own = buckets_.find(slot.id % concurrency_);
            own == buckets_.end() || !own->second.out)
            due = std::min(due, free_at(slot));
    return due;
}

}  // namespace tinfoil::sharding
