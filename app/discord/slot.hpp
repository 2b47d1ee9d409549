#pragma once

#include "discord/snowflake.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// A shard as Discord names it, `[shard_id, num_shards]`, written `3/16`: the guilds whose
/// `id >> 22` leaves `id` modulo `count`. Valid when id < count.
/// Discord Docs/Gateway, "Sharding".
struct slot {
    std::uint32_t id = 0;
    std::uint32_t count = 1;

    auto operator<=>(const slot&) const = default;

    [[nodiscard]] bool serves(snowflake guild) const { return (guild.value >> 22) % count == id; }
};

[[nodiscard]] std::string to_string(slot which);

/// `3/16`, with id < count <= 1,000,000; anything else is nothing.
[[nodiscard]] std::optional<slot> parse_slot(std::string_view text);

/// `1 shard`, `2 shards`.
[[nodiscard]] std::string shards_in_words(std::size_t count);

}  // namespace tinfoil::discord
