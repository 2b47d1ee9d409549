// Discord Docs/Application, Discord Docs/User, and Discord Docs/Gateway, "Get Gateway Bot".
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "Application Flags": those that an application may set itself are the limited intents.
constexpr std::uint64_t flags_settable = (1U << 13) | (1U << 15) | (1U << 19);
constexpr std::uint64_t flags_intents = 0xFFU << 12;

void get_gateway(const call& got)
{
    got.reply(json::object{{"url", got.with.gateway_url(got.plain)}});
}

void get_bot_gateway(const call& got)
{
    const settings& rules = got.with.rules;
    got.reply(json::object{
        {"url", got.with.gateway_url(got.plain)},
        {"shards", rules.recommended_shards},
        {"session_start_limit",
         {{"total", rules.session_starts},
          {"remaining", got.with.session_starts_left},
          {"reset_after", got.with.session_starts_reset_after / std::chrono::milliseconds(1)},
          {"max_concurrency", rules.max_concurrency}}}});
}

void get_application(const call& got)
{
    if (got.path[1] != "@me" && got.id(1) != got.all().application)
        return got.refuse(404, 10002, "Unknown Application");
    got.reply(application_json(got.all(), got.with.rules.flags));
}

void update_application(const call& got)
{
    if (got.path[1] != "@me" && got.id(1) != got.all().application)
        return got.refuse(404, 10002, "Unknown Application");
    for (const auto& [key, value] : got.object()) {
        if (key == "flags") {
            // "Edit Current Application": only limited intent flags can be updated.
            const auto wanted =
                static_cast<std::uint64_t>(number_in(got.object(), "flags").value_or(0));
            std::uint64_t& own = got.with.rules.flags;
            if ((wanted & ~flags_settable & ~own) != 0)
                return got.invalid("flags", "BASE_TYPE_CHOICES", "Invalid flags");
            own = (own & ~(flags_settable & flags_intents)) | (wanted & flags_settable);
        } else if (key == "description" && value.is_object()) {
            got.all().application_changes[key] = value.get_object().at("default");
        } else if (key == "description" || key == "tags" || key == "icon" ||
                   key == "interactions_endpoint_url" || key == "custom_install_url" ||
                   key == "role_connections_verification_url" || key == "event_webhooks_url" ||
                   key == "event_webhooks_status" || key == "event_webhooks_types" ||
                   key == "install_params" || key == "integration_types_config") {
            got.all().application_changes[key] = value;
        }
    }
    get_application(got);
}

// Discord Docs/OAuth2, "Get Current Bot Application Information".
void get_oauth2_application(const call& got)
{
    got.reply(application_json(got.all(), got.with.rules.flags));
}

json::object own_user(const call& got)
{
    json::object made = user_json(got.all().bot);
    made["verified"] = true;
    made["email"] = nullptr;
    made["mfa_enabled"] = true;
    made["flags"] = 0;
    made["locale"] = "en-US";
    return made;
}

void get_my_user(const call& got)
{
    got.reply(own_user(got));
}

void update_my_user(const call& got)
{
    if (const std::string name = text_in(got.object(), "username"); !name.empty())
        got.all().bot.name = name;
    got.announce("USER_UPDATE", got.all().bot.id, {}, own_user(got));
    got.reply(own_user(got));
}

void get_user(const call& got)
{
    const person* found = got.all().find_user(got.id(1));
    if (found == nullptr)
        return got.refuse(404, 10013, "Unknown User");
    got.reply(user_json(*found));
}

void list_my_guilds(const call& got)
{
    std::size_t most = 0;
    if (!got.limit(200, 200, most))
        return;
    const auto after = got.query_id("after"), before = got.query_id("before");
    json::array all;
    for (const guild& each : got.all().guilds) {
        if (all.size() == most || (before && !(each.id < before)))
            break;
        if (each.id < after || each.id == after)
            continue;
        json::object made{{"id", to_string(each.id)},
                          {"name", each.name},
                          {"icon", nullptr},
                          {"banner", nullptr},
                          {"owner", false},
                          {"permissions", std::to_string(each.roles.front().permissions)},
                          {"features", json::array()}};
        if (got.query_flag("with_counts")) {
            made["approximate_member_count"] = each.people.size() + 1;
            made["approximate_presence_count"] = each.people.size() + 1;
        }
        all.push_back(std::move(made));
    }
    got.reply(all);
}

void get_my_guild_member(const call& got)
{
    if (const guild* of = got.guild_at(3); of != nullptr)
        got.reply(member_json(own_member(got.all(), *of), *of));
}

void create_dm(const call& got)
{
    const auto with = id_in(got.object(), "recipient_id");
    if (with == got.all().bot.id || got.all().find_user(with) == nullptr)
        return got.refuse(400, 50033, "Invalid Recipient(s)");
    got.reply(direct_channel_json(got.all().direct_channel(with, got.now), got.all()));
}

}  // namespace

std::span<const handling> application_handlings()
{
    static constexpr handling all[] = {{"get_gateway", get_gateway},
                                       {"get_bot_gateway", get_bot_gateway},
                                       {"get_my_application", get_application},
                                       {"get_application", get_application},
                                       {"update_my_application", update_application},
                                       {"update_application", update_application},
                                       {"get_my_oauth2_application", get_oauth2_application},
                                       {"get_my_user", get_my_user},
                                       {"update_my_user", update_my_user},
                                       {"get_user", get_user},
                                       {"list_my_guilds", list_my_guilds},
                                       {"get_my_guild_member", get_my_guild_member},
                                       {"create_dm", create_dm}};
    return all;
}

}  // namespace tinfoil::discordsim
