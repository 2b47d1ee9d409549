#include "discord/route.hpp"

#include "discord/snowflake.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace tinfoil::discord {
namespace {

std::vector<std::string_view> split(std::string_view path)
{
    std::vector<std::string_view> parts;
    path = path.substr(0, path.find('?'));
    while (!path.empty()) {
        path.remove_prefix(path.front() == '/' ? 1 : 0);
        const auto slash = std::min(path.find('/'), path.size());
        if (slash != 0)
            parts.push_back(path.substr(0, slash));
        path.remove_prefix(slash);
    }
    return parts;
}

}  // namespace

route route_of(std::string_view method, std::string_view path)
{
    const auto parts = split(path);
    route found;
    found.name = std::string(method) + " ";
    const std::string_view first = parts.empty() ? "" : parts[0];
    const bool carries_token = (first == "webhooks" || first == "interactions") && parts.size() > 2;
    found.bot_token = !carries_token;
    // Discord Docs/Receiving and Responding: the first answer is not bound to the global limit.
    found.exempt = first == "interactions" || carries_token;
    if (parts.size() > 1 && (first == "channels" || first == "guilds" || first == "webhooks" ||
                             first == "interactions"))
        found.major = parts[1];
    if (carries_token)
        (found.major += "/") += parts[2];
    for (std::size_t at = 0; at < parts.size(); ++at) {
        found.name += '/';
        if (carries_token && at == 2)
            found.name += "{token}";
        else if (parse_snowflake(parts[at]))
            found.name += "{id}";
        else
            found.name += parts[at];
        // All reactions of a channel share one bucket, whatever the emoji.
        if (parts[at] == "reactions")
            break;
    }
    return found;
}

std::string kind_of(std::string_view method, std::string_view path, std::string_view body,
                    std::int64_t wall_ms)
{
    using namespace std::chrono_literals;
    constexpr std::size_t body_bytes_max = 64U << 10;
    constexpr auto young = 10s;
    constexpr auto old = 14 * 24h;
    if (method != "PATCH" && method != "DELETE")
        return {};
    const auto parts = split(path);
    if (parts.empty() || parts[0] != "channels")
        return {};
    if (method == "PATCH" && parts.size() == 2 && body.size() <= body_bytes_max) {
        boost::system::error_code failed;
        const auto value = boost::json::parse(body, failed);
        const auto* fields = failed ? nullptr : value.if_object();
        const bool renames =
            fields != nullptr && (fields->contains("name") || fields->contains("topic"));
        return renames ? "name" : "";
    }
    if (method != "DELETE" || parts.size() != 4 || parts[2] != "messages")
        return {};
    const auto which = parse_snowflake(parts[3]);
    if (!which)
        return {};
    const std::chrono::milliseconds age(wall_ms - static_cast<std::int64_t>(which->created_ms()));
    return age < young ? "young" : age > old ? "old" : "";
}

snowflake answered_interaction(std::string_view method, std::string_view path)
{
    const auto parts = split(path);
    if (method != "POST" || parts.size() != 4 || parts[0] != "interactions" ||
        parts[3] != "callback")
        return {};
    return parse_snowflake(parts[1]).value_or(snowflake{});
}

}  // namespace tinfoil::discord
