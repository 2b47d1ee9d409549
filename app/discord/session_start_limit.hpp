#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace tinfoil::discord {

/// The answer of `GET /gateway/bot`. Discord Docs/Gateway, "Get Gateway Bot".
struct gateway_bot {
    std::string url;
    int shards = 1;  ///< Recommended; 1 to 100,000.
    int total = 0;   ///< Session starts a day.
    int remaining = 0;
    duration reset_after{};
    int max_concurrency = 1;  ///< At least 1.
};

/// Fails with errc::malformed naming the member that is missing or out of range.
[[nodiscard]] result<gateway_bot> parse_gateway_bot(std::string_view text);

}  // namespace tinfoil::discord
