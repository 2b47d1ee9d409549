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
};

[[nodiscard]] rate_limit_headers parse_rate_limit_headers(const http_headers& headers);

}  // namespace tinfoil::discord
