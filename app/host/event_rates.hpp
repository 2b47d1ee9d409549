#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"

#include <cstdint>
#include <map>

namespace tinfoil::host {

/// How many events a second each shard brings, as an average of the last ten seconds or so that
/// weighs what is recent: it also falls where nothing comes any more. A machine without deadlines.
class event_rates {
public:
    static constexpr duration memory = std::chrono::seconds(10);

    /// The shard has received events up to this one. A lower number is another session's.
    void note(discord::slot slot, std::int64_t sequence, instant now);
    [[nodiscard]] double per_second(discord::slot slot, instant now) const;

private:
    struct rate {
        std::int64_t sequence = 0;
        double per_second = 0;
        instant at{};
    };
    std::map<discord::slot, rate> rates_;
};

}  // namespace tinfoil::host
