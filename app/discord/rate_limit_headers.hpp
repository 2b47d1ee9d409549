#pragma once

#include "base/time.hpp"
#include "discord/http.hpp"

#include <optional>
#include <string>

namespace tinfoil::discord {

enum class limit_scope { user, global, shared };

/// What an answer says of the limits. A header that makes no sense counts as absent.
/// Discord Docs/Rate Limits, "Header Format".
struct rate_limit_headers {
    std::string bucket;
    std::optional<int> limit, remaining;
    std::optional<duration> reset_after;  ///< At most a day.
    std::optional<duration> retry_after;  ///< Of a 429; at most a day.
    limit_scope scope = limit_scope::user;
    bool is_edge = false;  ///< Of a 429: not Discord's API answers, but what stands before it.
};

[[nodiscard]] rate_limit_headers parse_rate_limit_headers(const http_headers& headers);

/// What an answer says with its body, too: of a 429 the larger of both times to wait, and whether
/// it is for all routes. Discord Docs/Rate Limits, "Exceeding A Rate Limit".
[[nodiscard]] rate_limit_headers parse_rate_limits(const rest_response& answer);

/// Discord's own code of an error answer; 0 when it has none.
/// Discord Docs/Opcodes and Status Codes, "JSON Error Codes".
[[nodiscard]] int error_code_of(const rest_response& answer);

}  // namespace tinfoil::discord
