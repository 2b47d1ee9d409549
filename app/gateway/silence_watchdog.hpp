#pragma once

#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::gateway {

/// Notices when a shard whose heartbeats are fine gets no events any more, or none of a type that
/// it usually gets, by that shard's own habit.
///
/// The habit is a mean over about an hour, so it follows days and nights; what falls slowly is no
/// silence. Silence is when at least `expected_min` events should have come, over `silent_min` or
/// longer, and hardly any did: minutes on a busy shard, an hour on a quiet one.
///
/// Failure modes: a shard that went quiet for a good reason is found silent once more an hour later
/// and then has a new habit; one that is new, or has no habit worth the name, is never judged.
class silence_watchdog {
public:
    static constexpr duration between_findings = std::chrono::hours(1);
    static constexpr duration silent_min = std::chrono::minutes(3);
    struct bounds {
        duration learning = std::chrono::minutes(10);
        double expected_min = 100;
    };

    silence_watchdog() = default;
    explicit silence_watchdog(bounds of) : bounds_(of) {}

    /// An event has come.
    void event(std::string_view type)
    {
        ++all().count;
        for (std::size_t i = 1; i < series_.size(); ++i)
            series_[i].count += type == types[i] ? 1 : 0;
    }

    /// To be called every few seconds. `live`: the shard is up and is being read; what is not live
    /// is not judged and teaches nothing. What is silent, for people, at most once in
    /// `between_findings`.
    [[nodiscard]] std::optional<std::string> look(instant now, bool live);

    struct gauge {
        double usual = 0;      ///< Events a minute, by habit.
        double lately = 0;     ///< In the last whole minute.
        instant when = never;  ///< When that ended; `never` if there was none.
    };
    [[nodiscard]] gauge rate() const { return gauge_; }

private:
    /// What a bot can't do without comes apart from the sum, in which a flood of something else
    /// would hide that it is missing.
    static constexpr std::array<std::string_view, 3> types{"", "INTERACTION_CREATE",
                                                           "MESSAGE_CREATE"};
    struct series {
        std::uint64_t count = 0;  // In the minute that runs.
        double usual = 0;         // A minute.
        double minutes = 0;       // That taught it.
        // Since it was last as usual.
        double expected = 0, seen = 0, silent = 0;
        bool was_found = false;
    };
    [[nodiscard]] series& all() { return series_[0]; }
    /// Takes the count of so many minutes; true when it is silent.
    [[nodiscard]] bool judge(series& of, double minutes);
    static void learn(series& of, double rate, double minutes);

    bounds bounds_;
    std::array<series, types.size()> series_{};
    instant minute_began_ = never;
    instant last_finding_ = never;
    gauge gauge_;
};

}  // namespace tinfoil::gateway
