#include "discord/rate_limit_headers.hpp"

#include <boost/json.hpp>

#include <algorithm>
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

// The body of an error, if it is an object and not too large to be one of Discord's.
boost::json::value error_body(const rest_response& answer)
{
    constexpr std::size_t error_bytes_max = 64U << 10;
    if (answer.body.size() > error_bytes_max)
        return {};
    boost::system::error_code failed;
    auto body = boost::json::parse(answer.body, failed);
    return failed ? boost::json::value() : body;
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

rate_limit_headers parse_rate_limits(const rest_response& answer)
{
    rate_limit_headers found = parse_rate_limit_headers(answer.headers);
    if (answer.status != 429)
        return found;
    // Those of Discord have come through its proxies, or tell of a bucket.
    found.is_edge = find(answer.headers, "via").empty() &&
                    find(answer.headers, "x-ratelimit-scope").empty() && found.bucket.empty();
    const boost::json::value body = error_body(answer);
    const auto* fields = body.if_object();
    if (fields == nullptr)
        return found;
    if (const auto* wait = fields->if_contains("retry_after");
        wait != nullptr && wait->is_number()) {
        boost::system::error_code failed;
        const auto value = wait->to_number<double>(failed);
        char text[32];
        const auto end = std::to_chars(text, text + sizeof text, value).ptr;
        const auto told = seconds({text, static_cast<std::size_t>(end - text)});
        if (!failed && told)
            found.retry_after = std::max(found.retry_after.value_or(duration::zero()), *told);
        // No other server has a body of this form.
        found.is_edge = false;
    }
    if (const auto* global = fields->if_contains("global");
        global != nullptr && global->is_bool() && global->get_bool())
        found.scope = limit_scope::global;
    return found;
}

int error_code_of(const rest_response& answer)
{
    if (answer.status < 400)
        return 0;
    const boost::json::value body = error_body(answer);
    const auto* fields = body.if_object();
    const auto* code = fields == nullptr ? nullptr : fields->if_contains("code");
    boost::system::error_code failed;
    const int value = code != nullptr && code->is_number() ? code->to_number<int>(failed) : 0;
    return failed ? 0 : value;
}

}  // namespace tinfoil::discord
