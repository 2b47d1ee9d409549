#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace tinfoil {

/// An id of Discord's. 0 means none. Discord Docs/Reference, "Snowflakes".
using snowflake = std::uint64_t;

/// A moment as Discord's ids hold it, in UTC.
using snowflake_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// The first moment that an id can hold: the beginning of 2015.
inline constexpr snowflake_time discord_epoch{std::chrono::milliseconds(1'420'070'400'000)};

/// When the thing with that id was made.
constexpr snowflake_time created_at(snowflake id)
{
    return discord_epoch + std::chrono::milliseconds(id >> 22);
}

/// The least id of that moment, for `before` and `after` of what is listed by pages. Moments before
/// the epoch give 0, those that no id can hold the last one.
constexpr snowflake snowflake_at(snowflake_time when)
{
    constexpr std::int64_t last = (std::int64_t{1} << 42) - 1;
    const std::int64_t ms = (when - discord_epoch).count();
    return static_cast<snowflake>(ms < 0 ? 0 : ms > last ? last : ms) << 22;
}

/// Which of `num_shards` shards gets the events of a guild. `num_shards` is at least 1.
/// Discord Docs/Gateway, "Sharding".
constexpr std::uint32_t shard_of(snowflake guild, std::uint32_t num_shards)
{
    return static_cast<std::uint32_t>((guild >> 22) % num_shards);
}

/// The id that a text consists of; 0 when it is anything else.
inline snowflake to_snowflake(std::string_view text)
{
    snowflake id = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? id : 0;
}

}  // namespace tinfoil
