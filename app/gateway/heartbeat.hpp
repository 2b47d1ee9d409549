#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>

namespace tinfoil::gateway {

/// Keeps one connection's heart beating and notices when Discord has stopped answering.
///
/// Failure modes: a beat still owed when the next one is due, with no frame of any kind since it
/// was sent, means a zombie connection; frames without an acknowledgement (which may be behind a
/// flood of guilds) excuse `owed_max` beats. Discord's own request for a beat (op 1) is answered at
/// once and never makes a zombie.
///
/// See Discord Docs/Gateway, "Sending Heartbeats".
class heartbeat {
public:
    static constexpr std::uint64_t owed_max = 4;

    enum class verdict { wait, beat, zombie };

    /// Counts from `now`, when HELLO came. `jitter` in [0, 1) is where in the interval the first
    /// beat falls, so that many shards do not beat together.
    heartbeat(duration interval, double jitter, instant now);

    /// What is due. A `beat` counts as sent.
    [[nodiscard]] verdict on_time(instant now);
    /// One more beat was sent, out of turn. Its number, for acknowledged().
    std::uint64_t on_extra(instant now);
    void on_ack(instant now);
    /// Any frame.
    void on_frame() { heard_ = true; }
    /// What is not read can't be missed.
    void excuse();

    /// So many beats are, in the order in which they were sent.
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }

    struct measure {
        duration took{};
        instant when{};
    };
    [[nodiscard]] std::optional<measure> latency() const { return latency_; }

    [[nodiscard]] duration interval() const { return interval_; }
    [[nodiscard]] instant deadline() const { return due_; }

private:
    duration interval_;
    instant due_;
    std::uint64_t sent_ = 0, acknowledged_ = 0;
    instant last_sent_{};
    bool heard_ = true;  // Since the last beat in turn.
    std::optional<measure> latency_;
};

}  // namespace tinfoil::gateway
