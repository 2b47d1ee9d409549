#pragma once

#include "base/time.hpp"

#include <chrono>

/// What the two files of the session share.
namespace tinfoil::gateway {

inline constexpr duration hello_patience = std::chrono::seconds(15);
inline constexpr duration ready_patience = std::chrono::seconds(60);
inline constexpr duration resumed_patience = std::chrono::seconds(60);
/// Frames extend a handshake's deadline; nothing extends it for ever.
inline constexpr duration handshake_max = std::chrono::minutes(10);
/// In an outage Discord wants its clients to stay and to keep their hearts beating: a session comes
/// later, and each new try would cost an IDENTIFY. Discord Docs/Gateway, "Heartbeat Interval".
inline constexpr duration ready_max = std::chrono::hours(1);

namespace close_with {
inline constexpr int keep_session = 4000;
inline constexpr int end_of_session = 1000;
/// How RFC 6455 names an end without a close frame.
inline constexpr int no_code = 1006;
}  // namespace close_with

}  // namespace tinfoil::gateway
