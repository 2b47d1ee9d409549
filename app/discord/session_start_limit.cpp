#include "discord/session_start_limit.hpp"

#include <boost/json.hpp>

#include <optional>

namespace tinfoil::discord {
namespace {

namespace json = boost::json;

error bad(std::string_view member)
{
    return {errc::malformed, "GET /gateway/bot answered without a usable " + std::string(member) +
                                 "; is the API address right?"};
}

std::optional<std::int64_t> number(const json::object& from, std::string_view key,
                                   std::int64_t least, std::int64_t most)
{
    const auto* found = from.if_contains({key.data(), key.size()});
    if (found == nullptr || !found->is_number())
        return std::nullopt;
    json::error_code failed;
    const auto value = found->to_number<std::int64_t>(failed);
    if (failed || value < least || value > most)
        return std::nullopt;
    return value;
}

}  // namespace

result<gateway_bot> parse_gateway_bot(std::string_view text)
{
    constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
    json::error_code failed;
    const json::value document = json::parse({text.data(), text.size()}, failed);
    const auto* root = failed ? nullptr : document.if_object();
    if (root == nullptr)
        return bad("JSON object");
    const auto* url = root->if_contains("url");
    if (url == nullptr || !url->is_string() || url->get_string().empty())
        return bad("url");
    const auto* limit_value = root->if_contains("session_start_limit");
    const auto* limit = limit_value == nullptr ? nullptr : limit_value->if_object();
    if (limit == nullptr)
        return bad("session_start_limit");
    const auto shards = number(*root, "shards", 1, 100'000);
    const auto total = number(*limit, "total", 0, 1'000'000'000);
    const auto remaining = number(*limit, "remaining", 0, 1'000'000'000);
    const auto reset_after = number(*limit, "reset_after", 0, 2 * day_ms);
    const auto concurrency = number(*limit, "max_concurrency", 1, 100'000);
    if (!shards)
        return bad("shards");
    if (!total || !remaining || !reset_after || !concurrency)
        return bad("session_start_limit");
    return gateway_bot{.url = url->get_string().c_str(),
                       .shards = static_cast<int>(*shards),
                       .total = static_cast<int>(*total),
                       .remaining = static_cast<int>(*remaining),
                       .reset_after = std::chrono::milliseconds(*reset_after),
                       .max_concurrency = static_cast<int>(*concurrency)};
}

}  // namespace tinfoil::discord
