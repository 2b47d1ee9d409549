#pragma once

#include "base/time.hpp"
#include "host/status.hpp"
#include "link/message.hpp"

#include <cstdint>
#include <map>

namespace tinfoil::host {

/// What collections tell of their shards' health, kept for whoever asks; decides nothing. Pure: the
/// caller says when.
class gateway_watch {
public:
    void on(std::uint64_t epoch, const link::gauges& what, instant now)
    {
        for (const link::shard_gauge& each : what.shards)
            gauges_[each.slot] = {each, now, epoch};
    }
    void on(const link::shard_noticed& what);
    void on(std::uint64_t epoch, const link::pulse& what);
    /// Its process has ended; only what it counted stays.
    void gone(std::uint64_t epoch);

    [[nodiscard]] gateway_status all() const;
    /// With ages as of now.
    [[nodiscard]] link::shard_gauge of(discord::slot slot, instant now) const;

private:
    struct told {
        link::shard_gauge what;
        instant when{};
        std::uint64_t epoch = 0;
    };
    struct pulse {
        std::uint32_t resumes_waiting = 0, full = 0;
        std::uint64_t resumes_ms = 0, dropped = 0;
    };
    std::map<discord::slot, told> gauges_;   // As many as there are shards.
    std::map<std::uint64_t, pulse> pulses_;  // By epoch.
    std::uint64_t dropped_before_ = 0, own_mistakes_ = 0, silences_ = 0, suspensions_ = 0;
};

}  // namespace tinfoil::host
