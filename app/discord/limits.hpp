#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Discord's numbers and ours, each with where it comes from; relations are checked where they
/// meet.
namespace tinfoil::discord::limits {

using namespace std::chrono_literals;

/// Largest payload that may be sent over the gateway. Discord Docs/Gateway, "Sending Events".
inline constexpr std::size_t gateway_payload_bytes_max = 4096;
/// Events sent a connection and window, heartbeats included. Discord Docs/Gateway, "Rate Limiting".
inline constexpr int gateway_sends_max = 120;
inline constexpr auto gateway_sends_window = 60s;
/// Presences a session and window. Discord Docs/Gateway Events, "Activity Object".
inline constexpr int presences_max = 5;
inline constexpr auto presences_window = 20s;
/// Between two requests for all members of one guild. Discord Docs/Gateway Events, "Request Guild
/// Members".
inline constexpr auto all_members_interval = 30s;
/// Ours: what was sent is counted for so much longer than Discord's windows, since two payloads
/// need not be equally long on their way.
inline constexpr auto way_margin = 1s;
/// Between two IDENTIFYs of one bucket. Discord Docs/Gateway, "Max Concurrency".
inline constexpr auto identify_interval = 5s;
/// Requests a second of one bot over all routes. Discord Docs/Rate Limits, "Global Rate Limit".
inline constexpr int global_requests_max = 50;
inline constexpr auto global_requests_window = 1s;
/// 401, 403 and 429 answers in ten minutes before a ban. Discord Docs/Rate Limits, "Invalid Request
/// Limit".
inline constexpr int invalid_requests_max = 10'000;
inline constexpr auto invalid_requests_window = 10min;
/// Until the first answer to an interaction. Discord Docs/Receiving and Responding, "Interaction
/// Callback".
inline constexpr auto interaction_answer = 3s;
/// Application commands created a day, of each guild and of global ones together. Discord
/// Docs/Application Commands, "Registering a Command".
inline constexpr std::size_t command_creates_max = 200;
inline constexpr auto command_creates_window = 24h;
/// How many there may be of a kind, in each guild and globally. The same page.
inline constexpr std::size_t chat_commands_max = 100;
inline constexpr std::size_t menu_commands_max = 15;
inline constexpr std::size_t entry_point_commands_max = 1;

/// Ours: one decompressed gateway payload. The largest seen in the wild, a GUILD_CREATE, is a few
/// MiB.
inline constexpr std::size_t gateway_message_bytes_max = 32U << 20;
/// Ours: a REST answer.
inline constexpr std::size_t rest_answer_bytes_max = 32U << 20;

}  // namespace tinfoil::discord::limits
