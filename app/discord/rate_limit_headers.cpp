#include "discord/rate_limit_headers.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

namespace tinfoil::discord {
namespace {

std::string_view find(const http_headers& headers, std::string_view name)
{
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<int> count(std::string_view text)
{
    constexpr int most = 1'000'000;
    int value = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || stopped != text.data() + text.size() ||
        value < 0 || value > most)
        return std::nullopt;
    return value;
}

// Seconds with a fraction. Rounded up to whole milliseconds: too early would be a 429.
std::optional<duration> seconds(std::string_view text)
{
    constexpr double day = 24 * 3600;
    double value = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || stopped != text.data() + text.size() ||
        !std::isfinite(value) || value < 0 || value > day)
        return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(value * 1000)));
}

}  // namespace

rate_limit_headers parse_rate_limit_headers(const http_headers& headers)
{
    constexpr std::size_t bucket_bytes_max = 128;
    rate_limit_headers found;
    found.bucket = find(headers, "x-ratelimit-bucket").substr(0, bucket_bytes_max);
    found.limit = count(find(headers, "x-ratelimit-limit"));
    found.remaining = count(find(headers, "x-ratelimit-remaining"));
    found.reset_after = seconds(find(headers, "x-ratelimit-reset-after"));
    found.retry_after = seconds(find(headers, "retry-after"));
    const std::string_view scope = find(headers, "x-ratelimit-scope");
    if (scope == "shared")
        found.scope = limit_scope::shared;
    else if (scope == "global" || find(headers, "x-ratelimit-global") == "true")
        found.scope = limit_scope::global;
    return found;
}

}  // namespace tinfoil::discord
