#pragma once

#include "discordsim/world.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tinfoil::discordsim {

/// Discord Docs/Permissions, "Bitwise Permission Flags": those that the sandbox knows by name.
namespace permission {
inline constexpr std::uint64_t kick_members = 1ULL << 1, ban_members = 1ULL << 2;
inline constexpr std::uint64_t administrator = 1ULL << 3, manage_channels = 1ULL << 4;
inline constexpr std::uint64_t manage_guild = 1ULL << 5, add_reactions = 1ULL << 6;
inline constexpr std::uint64_t view_channel = 1ULL << 10, send_messages = 1ULL << 11;
inline constexpr std::uint64_t manage_messages = 1ULL << 13, attach_files = 1ULL << 15;
inline constexpr std::uint64_t change_nickname = 1ULL << 26, manage_nicknames = 1ULL << 27;
inline constexpr std::uint64_t manage_roles = 1ULL << 28, manage_webhooks = 1ULL << 29;
inline constexpr std::uint64_t manage_threads = 1ULL << 34, create_public_threads = 1ULL << 35;
inline constexpr std::uint64_t create_private_threads = 1ULL << 36;
inline constexpr std::uint64_t send_messages_in_threads = 1ULL << 38;
inline constexpr std::uint64_t moderate_members = 1ULL << 40, pin_messages = 1ULL << 51;
}  // namespace permission

inline constexpr std::uint64_t everything_allowed = (1ULL << 53) - 1;

/// As Discord's documentation writes it, `SEND_MESSAGES`; nothing for one that no operation of the
/// sandbox asks for.
[[nodiscard]] std::optional<std::uint64_t> parse_permission(std::string_view name);

/// Somebody in a guild.
struct party {
    discord::snowflake id;
    const std::vector<discord::snowflake>& roles;
};

/// What they may do in the guild, and with a channel in it: its overwrites, or of a thread those of
/// its parent, hold. The owner and administrators may do everything. Discord Docs/Permissions,
/// "Permission Overwrites".
[[nodiscard]] std::uint64_t permissions_of(const guild& in, const party& who, const channel* where);

}  // namespace tinfoil::discordsim
