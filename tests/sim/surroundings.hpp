#pragma once

#include "base/random.hpp"
#include "sim/agenda.hpp"
#include "sim/coverage.hpp"
#include "sim/disk.hpp"
#include "sim/promises.hpp"

#include <algorithm>

namespace tinfoil::sim {

/// What everything in a simulated world shares, and the conditions that faults change for a while.
struct surroundings {
    explicit surroundings(std::uint64_t seed) : random(seed), held(time), state(time) {}
    surroundings(const surroundings&) = delete;
    surroundings& operator=(const surroundings&) = delete;

    [[nodiscard]] bool chance(unsigned percent) { return random.below(100) < percent; }
    [[nodiscard]] duration between(duration least, duration most)
    {
        return least + duration(static_cast<duration::rep>(
                           random.below(static_cast<std::uint64_t>((most - least).count()) + 1)));
    }

    agenda time;
    random_source random;
    /// Plugins that have no end when they are slow, and a bound of handlers that is soon reached.
    bool tight = false;
    promises held;
    coverage seen;
    disk state;

    struct {
        bool resume_url_dead = false;
        bool dials_refused = false;
        bool dials_swallowed = false;
        bool slow_answers = false;  ///< Of Discord, on connections made meanwhile.
        bool slow_handlers = false;
        bool slow_link = false;     ///< Between host and collections.
        bool never_begins = false;  ///< The next collection hangs before it can do anything.
        bool calm = false;          ///< Faults are over.
    } now;
};

}  // namespace tinfoil::sim
