#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <deque>

namespace tinfoil::gateway {

/// What may still be sent on one connection: 120 payloads in 60 seconds, whatever they are, of
/// which as many as the heart may need stay free for it. A sliding log: every window is held to,
/// not only those that begin with the minute.
///
/// See Discord Docs/Gateway, "Rate Limiting".
class send_budget {
public:
    /// A connection has begun, on which nothing was sent.
    void begin();
    /// From HELLO; keeps room for its beats and for a few that Discord asks for.
    void reserve_for(duration heartbeat_interval);

    enum class kind { command, handshake, beat };
    /// May one of that kind be sent? A beat always may, unless Discord has asked for so many that
    /// the last places are needed for those of the heart: then only what comes an interval after
    /// the one before.
    [[nodiscard]] bool admits(kind what, instant now);
    void count(kind what, instant now);

    /// When admits() of a kind that is refused is worth asking again.
    [[nodiscard]] instant again_at(kind what, instant now) const;

private:
    void forget(instant now);
    [[nodiscard]] std::size_t room_needed(kind what, instant now) const;

    std::deque<instant> log_;
    std::size_t heart_ = 0;  // Beats that the heart itself has in any window.
    duration interval_ = duration::zero();
    instant last_own_beat_ = never;  // never: none yet.
};

}  // namespace tinfoil::gateway
