#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"

#include <cstddef>
#include <deque>
#include <map>

namespace tinfoil::sharding {

/// Counts what should be rare: `most` times in an hour are free, each one more comes after a pause
/// that doubles from a minute to an hour. The pauses shrink again only when nothing was counted for
/// an hour longer than the last pause, so that a loop does not begin anew every hour.
class loop_counter {
public:
    static constexpr duration window = std::chrono::hours(1);
    static constexpr duration pause_least = std::chrono::minutes(1);
    static constexpr duration pause_most = std::chrono::hours(1);

    /// `most` >= 1. True when a pause follows where none was before. Times never go back.
    bool count(instant when, std::size_t most);

    /// Before this nothing more should happen by itself.
    [[nodiscard]] instant free_at() const { return free_at_; }
    [[nodiscard]] std::size_t recent(instant now) const;
    [[nodiscard]] bool is_tripped(instant now) const { return now < free_at_; }

private:
    std::deque<instant> recent_;  ///< At most a few more than `most`.
    int level_ = 0;               ///< Of the pause; 0: none.
    instant last_{}, free_at_{};
};

/// The breaker of identify loops: one counter for each shard, and one for all IDENTIFYs of shards
/// that had identified within the last hour already. A shard's first one of an hour is no loop, so
/// a cold start of any size passes. Of the same rows it is always in the same state, so a restart
/// changes nothing.
class identify_breaker {
public:
    /// IDENTIFYs of one shard in an hour before it waits.
    static constexpr std::size_t usual_per_shard = 10;
    /// Repeated ones of all shards in an hour: a tenth of the day's starts, and not less than this.
    static constexpr std::size_t overall_least = 20;

    explicit identify_breaker(std::size_t per_shard = usual_per_shard) : per_shard_(per_shard) {}

    enum class trip { none, shard, overall };
    /// One was sent, or may have been. What waits from now on.
    trip count(discord::slot slot, instant when);
    /// Session starts of a day.
    void set_total(int total);

    /// From when on this shard may IDENTIFY without an operator.
    [[nodiscard]] instant free_at(discord::slot slot) const;
    [[nodiscard]] const loop_counter& overall() const { return overall_; }
    [[nodiscard]] std::size_t overall_most() const { return overall_most_; }
    [[nodiscard]] std::size_t per_shard() const { return per_shard_; }

private:
    struct of_shard {
        loop_counter counter;
        instant last{};
    };

    std::size_t per_shard_;
    std::size_t overall_most_ = overall_least;
    loop_counter overall_;
    std::map<discord::slot, of_shard> shards_;  ///< Bounded by the slots there ever were in a run.
};

}  // namespace tinfoil::sharding
