#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "discord/slot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::gateway {

// clang-format off
struct resume_wanted { discord::slot which; instant since; };  ///< Has had no connection since then. Twice is harmless.
struct resume_left { discord::slot which; };                   ///< Wants it no more.
struct resume_result { bool failed; };                         ///< Of one that went. Not failed: Discord answered, be it with op 9.
struct pacer_elapsed {};
using pacer_input = std::variant<resume_wanted, resume_left, resume_result, pacer_elapsed>;

struct resume_go { discord::slot which; };                     ///< Connect and RESUME now.
using pacer_action = std::variant<resume_go>;
// clang-format on

/// The pace at which the shards of one collection come back by RESUME. It asks nobody: the rate is
/// divided by the number of collections, and the order of IDENTIFYs has no part in it.
///
/// One that is alone goes at once. Of many the one that has been without a connection for longest
/// goes first, since Discord forgets it first; the rate begins at `start_rate`, doubles each second
/// in which Discord answered and nothing failed, and is halved, once a second at most, when
/// something fails. Gaps are jittered. After `quiet` without anybody the pace begins anew.
///
/// Failure mode: Discord, or the way to it, fails for everybody; then the rate sinks to
/// `least_rate` and grows again from the first answer on.
class resume_pacer {
public:
    /// A second, of all collections together.
    static constexpr double start_rate = 50, least_rate = start_rate / 32,
                            most_rate = start_rate * 128;
    static constexpr duration quiet = std::chrono::seconds(10);

    /// `collections`: 1 or more.
    resume_pacer(std::uint32_t collections, std::uint64_t seed);

    void on(const pacer_input& what, instant now, std::vector<pacer_action>& todo);
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] std::size_t waiting() const { return order_.size(); }
    /// Until the last of them has gone, if nothing fails.
    [[nodiscard]] duration estimate() const;
    /// A second, of this collection.
    [[nodiscard]] double rate() const { return rate_ / share_; }

private:
    using key = std::pair<instant, std::uint64_t>;  // Since when, and the order of asking.

    void want(const resume_wanted& who, instant now);
    void leave(discord::slot which);
    void look_at_window(instant now);
    void release(instant now, std::vector<pacer_action>& todo);

    double share_;
    random_source random_;
    double rate_ = start_rate;
    instant next_{};
    instant last_go_{};
    instant window_end_ = never;  // Of the second that is watched.
    bool failed_ = false, answered_ = false;
    std::uint64_t asked_ = 0;
    std::map<key, discord::slot> order_;  // As many as the collection has shards, at most.
    std::map<discord::slot, key> known_;
};

}  // namespace tinfoil::gateway
