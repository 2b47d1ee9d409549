#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"

#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace tinfoil::sharding {

// clang-format off
struct requested { discord::slot slot; };
struct left { discord::slot slot; };               ///< Harmless for a slot that is not here.
struct ended { discord::slot slot; bool received; };  ///< IDENTIFY proven received, or its connection ended without proof.
struct unused { discord::slot slot; };             ///< Its turn was never passed on, so nothing was sent.
struct budget { int total; int remaining; duration reset_after; int max_concurrency; };
struct used_before { discord::slot slot; };        ///< IDENTIFYed in an earlier process, seconds ago at most.
struct elapsed {};
using identify_queue_input = std::variant<requested, left, ended, unused, budget, used_before, elapsed>;

struct permit { discord::slot slot; };             ///< IDENTIFY now; `ended` or `left` follows.
struct exhausted { duration reset_after; };        ///< No session start is left until then; told once.
using identify_queue_action = std::variant<permit, exhausted>;
// clang-format on

/// Decides whose turn it is to IDENTIFY: one at a time in each bucket `shard_id % max_concurrency`,
/// the next 5 s after proof that the last one was received, or 6 s after its connection ended
/// without (what was sent may still have been on its way), so that network jitter can't bring two
/// closer; never more than the day has left.
///
/// Discord Docs/Gateway, "Max Concurrency" and "Session Start Limit Object".
class identify_queue {
public:
    void on(const identify_queue_input& what, instant now,
            std::vector<identify_queue_action>& todo);
    [[nodiscard]] instant deadline() const;

private:
    struct bucket {
        std::optional<discord::slot> out;  ///< Has the turn.
        instant until = never;             ///< A turn that nobody ends is over then.
        instant not_before{};
    };

    [[nodiscard]] bucket& of(discord::slot slot) { return buckets_[slot.id % concurrency_]; }
    void end_turn(discord::slot slot, instant next);
    void take_back(discord::slot slot);
    /// When the slot's bucket may be used again.
    [[nodiscard]] instant free_at(discord::slot slot) const;
    void give_turns(instant now, std::vector<identify_queue_action>& todo);

    std::uint32_t concurrency_ = 1;
    int total_ = 0, remaining_ = 0;
    instant reset_at_ = never;
    bool told_exhausted_ = false;
    std::vector<discord::slot>
        waiting_;  ///< In the order of asking; bounded by the number of shards.
    std::map<std::uint32_t, bucket> buckets_;
    /// Of earlier processes, until when. By slot, since they may be told before the number of
    /// buckets.
    std::map<discord::slot, instant> used_before_;
};

}  // namespace tinfoil::sharding
