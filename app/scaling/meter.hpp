#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"
#include "scaling/heavy_guilds.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace tinfoil::scaling {

/// What a shard did between two samples; whole numbers, so that it is small on its way to the host.
struct shard_sample {
    discord::slot slot;
    std::uint64_t events = 0, bytes = 0;  ///< Bytes as they are after inflating.
    std::uint64_t busy_us = 0;            ///< Of the loop: inflating, scanning, plugins.
    std::uint64_t decoding_us = 0;        ///< The part of it before plugins.
    std::uint64_t lag_us = 0;             ///< The longest that an event waited for the loop.
    /// The part of busy_us of the guilds of either half that a split makes: those of `i/2n` and of
    /// `(i+n)/2n`. What has no guild is of the half that has slot 0, or of neither.
    std::array<std::uint64_t, 2> halves_us{};
    std::uint32_t guilds = 0, voice_channels = 0;
    std::vector<heavy_guilds::entry> heaviest;  ///< By busy time, at most `meter::sent_max`.
};

/// What a collection sends each second or so.
struct load_sample {
    std::uint64_t span_us = 0;  ///< From the last sample to this.
    std::uint64_t busy_us = 0;  ///< Of the loop, with what belongs to no shard.
    std::uint64_t lag_us = 0;   ///< The latest that the loop was.
    std::vector<shard_sample> shards;
};

/// One event, as the loop that handled it saw it.
struct metered {
    discord::snowflake guild;  ///< Zero: of none.
    std::uint64_t bytes = 0;
    duration decoding{};  ///< Inflating and scanning.
    duration handling{};  ///< Plugins.
    duration waited{};    ///< From its bytes being there to their reading.
    /// So many events are counted as of its guild; 0: nobody has looked which one that is.
    std::uint32_t stands_for = 1;
};

/// The measuring side of a collection: counts what its shards take of the loop.
///
/// count() is for every event: two dozen additions and a look at sixteen entries, no allocation.
/// Times come from the caller, which reads the clock once an event anyway. A shard is named by the
/// handle that open() gave. Not thread-safe: it belongs to the loop.
class meter {
public:
    using handle = std::size_t;
    /// So many guilds of each shard go into a sample.
    static constexpr std::size_t sent_max = 3;

    /// A shard begins; its handle is worth something until close().
    handle open(discord::slot slot);
    void close(handle which);

    void count(handle which, const metered& what);
    /// Loop time of a shard that is no event's: a heartbeat, a payload written.
    void spend(handle which, duration time);
    /// Loop time that is no shard's: timers of plugins, REST answers.
    void spend(duration time);
    /// The loop was so late.
    void lagged(duration late);
    /// How many guilds a shard has, and in how many voice channels the bot is there.
    void has(handle which, std::uint32_t guilds, std::uint32_t voice_channels);

    /// All since the last one, which was `span` ago; counting begins anew.
    [[nodiscard]] load_sample take(duration span);

private:
    struct counted {
        shard_sample sum;
        duration busy{}, decoding{}, waited{};
        std::array<duration, 2> halves{};
        heavy_guilds guilds;
        bool is_open = false;
    };
    std::vector<counted> shards_;
    duration busy_{}, lag_{};
};

}  // namespace tinfoil::scaling
