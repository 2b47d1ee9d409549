#pragma once

#include "base/time.hpp"

namespace tinfoil::gateway {

/// Keeps one connection's heart beating and notices when Discord has stopped answering.
///
/// Failure mode: a beat still owed when the next one is due means a zombie connection. Discord's
/// own request for a beat (op 1) is answered at once and never makes one.
///
/// See Discord Docs/Gateway, "Sending Heartbeats".
class heartbeat {
public:
    enum class verdict { wait, beat, zombie };

    /// Counts from `now`, when HELLO came. `jitter` in [0, 1) is where in the interval the first
    /// beat falls, so that many shards do not beat together.
    heartbeat(duration interval, double jitter, instant now);

    /// What is due. A `beat` counts as sent.
    [[nodiscard]] verdict on_time(instant now);
    void on_ack() { owed_ = false; }

    [[nodiscard]] instant deadline() const { return due_; }
    [[nodiscard]] duration interval() const { return interval_; }

private:
    duration interval_;
    instant due_;
    bool owed_ = false;
};

}  // namespace tinfoil::gateway
