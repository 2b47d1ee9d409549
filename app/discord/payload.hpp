#pragma once

#include "base/redacted.hpp"
#include "discord/slot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// Discord Docs/Gateway Events, "Identify". The result holds the token: it goes to the socket only.
[[nodiscard]] std::string identify_payload(const redacted& token, slot which,
                                           std::uint64_t intents);

/// The IDENTIFY with that presence (the `d` of an op 3), unless it would become too large for a
/// payload: then nothing. Discord Docs/Gateway Events, "Identify".
[[nodiscard]] std::optional<std::string> with_presence(std::string_view identify,
                                                       std::string_view presence);

/// Discord Docs/Gateway Events, "Resume". Holds the token.
[[nodiscard]] std::string resume_payload(const redacted& token, std::string_view session_id,
                                         std::int64_t sequence);

/// Discord Docs/Gateway Events, "Heartbeat"; nothing before the first event.
[[nodiscard]] std::string heartbeat_payload(std::optional<std::int64_t> sequence);

}  // namespace tinfoil::discord
