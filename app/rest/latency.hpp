#pragma once

#include "base/time.hpp"

namespace tinfoil::rest {

/// How much of a round trip is certain to have passed before a request is counted and after.
///
/// Discord counts a request somewhere between its sending and its answer, so a place that is taken
/// again only a window after the *answer* is safe, and costs a round trip each time. What all
/// answers need at least can be taken off that: if request *i* was counted `d(i)` after it was sent
/// and no request is counted sooner than `d(min)`, then waiting `d(i) - d(min)` longer than the
/// window is enough, and that is at most `rtt(i) - rtt(min)`.
class latency {
public:
    void saw(duration round_trip, instant now);
    /// Three quarters of the shortest round trip of the last minutes; zero until enough were seen.
    [[nodiscard]] duration certain() const;
    /// In what time nearly all answers come, as of late: the mean and four deviations, which both
    /// follow what is seen (RFC 6298, 2). Zero while nothing was seen.
    [[nodiscard]] duration usual() const { return mean_ + 4 * deviation_; }

private:
    struct epoch {
        duration shortest = duration::max();
        int samples = 0;
    };
    epoch last_, current_;
    duration mean_{}, deviation_{};
    instant begun_{};
};

}  // namespace tinfoil::rest
