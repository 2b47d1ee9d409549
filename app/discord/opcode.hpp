#pragma once

namespace tinfoil::discord::opcode {

// Discord Docs/Opcodes and Status Codes, "Gateway Opcodes".
inline constexpr int dispatch = 0;
inline constexpr int heartbeat = 1;
inline constexpr int identify = 2;
inline constexpr int presence_update = 3;
inline constexpr int voice_state_update = 4;
inline constexpr int resume = 6;
inline constexpr int reconnect = 7;
inline constexpr int request_guild_members = 8;
inline constexpr int invalid_session = 9;
inline constexpr int hello = 10;
inline constexpr int heartbeat_ack = 11;
inline constexpr int request_soundboard_sounds = 31;
inline constexpr int request_channel_info = 43;

}  // namespace tinfoil::discord::opcode
