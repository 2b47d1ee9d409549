#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::discord {

// Discord Docs/Gateway, "List of Intents".
inline constexpr std::uint64_t intent_guilds = 1U << 0;
inline constexpr std::uint64_t intent_guild_members = 1U << 1;
inline constexpr std::uint64_t intent_guild_presences = 1U << 8;
inline constexpr std::uint64_t intent_message_content = 1U << 15;

/// Intents that an application has to be granted. Discord Docs/Gateway, "Privileged Intents".
inline constexpr std::uint64_t privileged_intents =
    intent_guild_members | intent_guild_presences | intent_message_content;

/// `MESSAGE_CONTENT` to its bit; nothing for a name that Discord does not have.
[[nodiscard]] std::optional<std::uint64_t> parse_intent(std::string_view name);

/// The names of all these bits, with commas; bits without a name as numbers.
[[nodiscard]] std::string intent_names(std::uint64_t all);

/// Without any of these bits an event of this type never comes; 0 for types that always come. A
/// type that comes with any of several intents (messages of guilds, of DMs) has all of their bits,
/// except that no bit of another area is asked for. Nothing for a type that Discord does not have.
[[nodiscard]] std::optional<std::uint64_t> intents_of_event(std::string_view type);

}  // namespace tinfoil::discord
