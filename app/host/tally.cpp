#include "host/tally.hpp"

#include "discord/envelope.hpp"
#include "discord/snowflake.hpp"

namespace tinfoil::host {
namespace {

// Discord Docs/Receiving and Responding, "Interaction Type".
constexpr std::string_view application_command = "2";

// The id in `/interactions/ID/TOKEN/callback`.
std::optional<discord::snowflake> answered_interaction(const discord::rest_request& request)
{
    constexpr std::string_view prefix = "/interactions/";
    const std::string_view path = std::string_view(request.path).substr(0, request.path.find('?'));
    if (request.method != "POST" || !path.starts_with(prefix) || !path.ends_with("/callback"))
        return std::nullopt;
    const std::string_view rest = path.substr(prefix.size());
    return discord::parse_snowflake(rest.substr(0, rest.find('/')));
}

}  // namespace

void tally::event(std::string_view type, std::string_view data, bool redelivered, instant now)
{
    if (!first_event_)
        first_event_ = now - started_;
    if (const auto known = events_.find(type); known != events_.end())
        ++known->second;
    else
        events_.emplace(type, 1);
    redelivered_ += redelivered ? 1 : 0;
    if (type != "INTERACTION_CREATE" || discord::find_member(data, "type") != application_command)
        return;
    const auto id = discord::parse_snowflake(discord::find_member(data, "id"));
    if (!id || !open_commands_.insert(id->value).second)
        return;
    ++commands_seen_;
    if (open_commands_.size() > open_commands_max)
        open_commands_.erase(open_commands_.begin());
}

void tally::answered(const discord::rest_request& request, int status)
{
    ++rest_[status];
    if (status < 200 || status > 299)
        return;
    if (const auto id = answered_interaction(request); id && open_commands_.erase(id->value) != 0)
        ++commands_answered_;
}

}  // namespace tinfoil::host
