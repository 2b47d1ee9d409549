#pragma once

#include "base/time.hpp"
#include "scaling/meter.hpp"
#include "scaling/policy.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace tinfoil::scaling {

/// What is known of a shard's load: averages, and how old the last sample is.
struct shard_load {
    micro load = 0, decoding = 0;
    std::array<micro, 2> halves{};                 ///< Of the two slots of a split.
    std::uint64_t events_milli = 0;                ///< A second, by a thousand.
    std::uint64_t bytes = 0;                       ///< A second.
    std::uint64_t lag_us = 0;                      ///< Of the last sample.
    std::uint32_t guilds = 0, voice_channels = 0;  ///< Of the last sample.
    discord::snowflake heaviest_guild;             ///< Zero: none is known.
    micro heaviest = 0;                            ///< What that guild takes.
    duration age{};                                ///< Of the last sample.
    bool is_settled = false;                       ///< Fresh, and of a whole time constant.
};

struct collection_load {
    micro busy = 0;
    micro other = 0;           ///< The part of it that is no shard's.
    std::uint64_t lag_us = 0;  ///< Of the last sample.
    duration age{};
    bool is_settled = false;
};

/// The gathering side: averages by slot and by collection, of the samples that collections send.
///
/// An average forgets exponentially with the policy's time constant, by the span that each sample
/// covers, and has no bias at its beginning. A slot keeps its average when it moves; after a split
/// the halves begin with what was counted for them, after a merge the sum goes on.
///
/// Failure modes: a collection that sends nothing (its numbers age, and are not settled any more);
/// samples of a process that has been replaced are the caller's to refuse (by epoch). Bounds: one
/// entry a slot and collection, 16 guilds a slot; forget() is the caller's duty, keep_only() its
/// simplest way.
class load_book {
public:
    explicit load_book(duration time_constant, duration stale_after)
        : time_constant_(time_constant),
          stale_after_(stale_after)
    {
    }
    explicit load_book(const policy& how) : load_book(how.time_constant, how.stale_after()) {}

    void on(std::uint32_t collection, const load_sample& what, instant now);
    /// A split (one older, its two halves newer) or a merge was committed; other changes begin
    /// anew.
    void replaced(std::span<const discord::slot> older, std::span<const discord::slot> newer);
    /// What is of other slots or collections is forgotten.
    void keep_only(std::span<const discord::slot> slots,
                   std::span<const std::uint32_t> collections);

    /// Nothing where no sample ever came.
    [[nodiscard]] std::optional<shard_load> shard(discord::slot which, instant now) const;
    [[nodiscard]] std::optional<collection_load> collection(std::uint32_t number,
                                                            instant now) const;

private:
    struct guild_load {
        discord::snowflake guild;
        double load = 0;
    };
    struct averages {
        double weight = 0;  ///< Of all that was added, up to 1: what the sums are divided by.
        double load = 0, decoding = 0, events = 0, bytes = 0;
        std::array<double, 2> halves{};
        std::vector<guild_load> guilds;
        std::uint64_t lag_us = 0;
        std::uint32_t guild_count = 0, voice_channels = 0;
        duration covered{};
        instant last{};
    };
    struct loop_averages {
        double weight = 0, busy = 0, other = 0;
        std::uint64_t lag_us = 0;
        duration covered{};
        instant last{};
    };
    void add(averages& to, const shard_sample& what, double keep, double seconds) const;
    [[nodiscard]] bool is_settled(duration covered, instant last, instant now) const;

    duration time_constant_, stale_after_;
    std::map<discord::slot, averages> shards_;
    std::map<std::uint32_t, loop_averages> collections_;
};

}  // namespace tinfoil::scaling
