// Discord's objects, with every field that its documentation does not mark as optional: clients
// rely on them.
#include "discordsim/world.hpp"

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

json::value id_or_null(discord::snowflake id)
{
    return id ? json::value(to_string(id)) : json::value(nullptr);
}

json::value text_or_null(const std::string& text)
{
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::array ids_json(const std::vector<discord::snowflake>& ids)
{
    json::array all;
    for (const auto& each : ids)
        all.push_back(json::value(to_string(each)));
    return all;
}

json::array mentions_of(const written& what)
{
    json::array all;
    for (const person& each : what.mentioned)
        all.push_back(user_json(each));
    return all;
}

void add_thread_fields(json::object& to, const channel& what)
{
    const thread_part& own = *what.thread;
    to["owner_id"] = to_string(own.owner);
    to["parent_id"] = id_or_null(what.parent);
    to["message_count"] = own.messages;
    to["total_message_sent"] = own.messages;
    to["member_count"] = own.members.size();
    to["thread_metadata"] = {{"archived", own.archived},
                             {"auto_archive_duration", own.auto_archive_minutes},
                             {"archive_timestamp", own.archive_time},
                             {"locked", own.locked},
                             {"create_timestamp", own.created}};
    if (what.type == channel_type::private_thread)
        to["thread_metadata"].as_object()["invitable"] = own.invitable;
}

void add_reactions(json::object& to, const written& what)
{
    json::array all;
    for (const reaction& each : what.reactions)
        all.push_back({{"count", each.users.size()},
                       {"count_details", {{"burst", 0}, {"normal", each.users.size()}}},
                       {"me", each.own},
                       {"me_burst", false},
                       {"emoji", emoji_json(each)},
                       {"burst_colors", json::array()}});
    to["reactions"] = std::move(all);
}

}  // namespace

json::object user_json(const person& who, const json::storage_ptr& memory)
{
    json::object user(memory);
    user.reserve(7);
    user.insert({{"id", to_string(who.id)},
                 {"username", who.name},
                 {"global_name", who.name},
                 {"discriminator", "0"},
                 {"avatar", nullptr},
                 {"public_flags", 0}});
    if (who.bot)
        user["bot"] = true;
    return user;
}

json::object member_json(const person& who, const std::string& time)
{
    json::object made = bare_member_json(who, time);
    made["user"] = user_json(who);
    return made;
}

json::object bare_member_json(const person& who, const std::string& time,
                              const json::storage_ptr& memory)
{
    json::object made(memory);
    made.reserve(12);
    made.insert({{"nick", text_or_null(who.in.nick)},
                 {"avatar", nullptr},
                 {"banner", nullptr},
                 {"roles", ids_json(who.in.roles)},
                 {"joined_at", time},
                 {"premium_since", nullptr},
                 {"deaf", false},
                 {"mute", false},
                 {"flags", 0},
                 {"pending", false},
                 {"communication_disabled_until", text_or_null(who.in.timed_out_until)}});
    return made;
}

std::string joined_text(discord::snowflake who, discord::snowflake in)
{
    const auto since = std::max(who.created_ms(), in.created_ms());
    return time_text(static_cast<std::int64_t>(since));
}

json::object member_json(const person& who, const guild& in)
{
    return member_json(who, joined_text(who.id, in.id));
}

json::object voice_state_json(const person& who, const guild& in)
{
    const channel* const voice = in.channel_of_type(channel_type::voice);
    const bool is_in = who.in.in_voice && voice != nullptr;
    return {{"channel_id", is_in ? id_or_null(voice->id) : json::value(nullptr)},
            {"user_id", to_string(who.id)},
            {"session_id", "voice" + to_string(who.id)},
            {"deaf", false},
            {"mute", false},
            {"self_deaf", false},
            {"self_mute", who.in.self_mute},
            {"self_video", false},
            {"suppress", false},
            {"request_to_speak_timestamp", nullptr}};
}

person own_member(const world& of, const guild& in)
{
    person made = of.bot;
    made.in = in.own;
    return made;
}

json::object channel_json(const channel& what, const guild& in)
{
    json::array overwrites;
    for (const overwrite& each : what.overwrites)
        overwrites.push_back(json::object{{"id", to_string(each.id)},
                                          {"type", each.type},
                                          {"allow", std::to_string(each.allow)},
                                          {"deny", std::to_string(each.deny)}});
    json::object made{{"id", to_string(what.id)},
                      {"type", what.type},
                      {"guild_id", to_string(in.id)},
                      {"name", what.name},
                      {"parent_id", id_or_null(what.parent)},
                      {"flags", what.flags}};
    if (what.type != channel_type::category) {
        made["last_message_id"] = id_or_null(what.last_message);
        made["rate_limit_per_user"] = what.slowmode;
    }
    if (what.thread) {
        add_thread_fields(made, what);
        return made;
    }
    made["position"] = what.position;
    made["nsfw"] = what.nsfw;
    made["permission_overwrites"] = std::move(overwrites);
    if (what.type == channel_type::voice || what.type == channel_type::stage) {
        made["bitrate"] = what.bitrate;
        made["user_limit"] = what.user_limit;
        made["rtc_region"] = nullptr;
    } else if (what.type != channel_type::category) {
        made["topic"] = text_or_null(what.topic);
    }
    if (what.type == channel_type::forum || what.type == channel_type::media) {
        made["available_tags"] = json::array();
        made["default_reaction_emoji"] = nullptr;
        made["default_sort_order"] = nullptr;
        made["default_forum_layout"] = 0;
    }
    if (!what.last_pin.empty())
        made["last_pin_timestamp"] = what.last_pin;
    return made;
}

json::object direct_channel_json(const channel& what, const world& in)
{
    const person* with = in.find_user(what.recipient);
    return {{"id", to_string(what.id)},
            {"type", what.type},
            {"last_message_id", id_or_null(what.last_message)},
            {"flags", 0},
            {"recipients", json::array{user_json(with != nullptr ? *with : person{})}}};
}

json::object thread_member_json(const channel& thread, discord::snowflake who)
{
    return {{"id", to_string(thread.id)},
            {"user_id", to_string(who)},
            {"join_timestamp", thread.thread->created},
            {"flags", 0}};
}

json::object role_json(const role& what, const guild& in)
{
    const bool is_everyone = what.id == in.id;
    json::object made{{"id", to_string(what.id)},
                      {"name", what.name},
                      {"description", nullptr},
                      {"permissions", std::to_string(what.permissions)},
                      {"position", is_everyone ? 0 : what.position},
                      {"color", what.color},
                      {"colors",
                       {{"primary_color", what.color},
                        {"secondary_color", nullptr},
                        {"tertiary_color", nullptr}}},
                      {"hoist", what.hoist},
                      {"managed", static_cast<bool>(what.bot)},
                      {"mentionable", what.mentionable},
                      {"icon", nullptr},
                      {"unicode_emoji", nullptr},
                      {"flags", 0}};
    if (what.bot)
        made["tags"] = {{"bot_id", to_string(what.bot)}};
    return made;
}

json::object emoji_json(const reaction& what)
{
    return {{"id", id_or_null(what.emoji)}, {"name", what.name}, {"animated", false}};
}

json::object webhook_json(const webhook& what, const world& in, bool with_token)
{
    json::object made{{"id", to_string(what.id)},
                      {"type", 1},
                      {"guild_id", to_string(what.guild)},
                      {"channel_id", to_string(what.channel)},
                      {"name", what.name},
                      {"avatar", nullptr},
                      {"application_id", to_string(in.application)},
                      {"token", what.token}};
    // Discord Docs/Webhook, "Get Webhook with Token": without the user.
    if (!with_token)
        made["user"] = user_json(in.bot);
    return made;
}

json::object application_json(const world& in, std::uint64_t flags)
{
    json::object made{{"id", to_string(in.application)},
                      {"name", in.bot.name},
                      {"icon", nullptr},
                      {"description", ""},
                      {"summary", ""},
                      {"type", nullptr},
                      {"bot_public", true},
                      {"bot_require_code_grant", false},
                      {"verify_key", std::string(64, '0')},
                      {"team", nullptr},
                      {"flags", flags},
                      {"owner", user_json({in.application, "owner"})},
                      {"approximate_guild_count", in.guilds.size()},
                      {"approximate_user_install_count", 0},
                      {"redirect_uris", json::array()},
                      {"interactions_endpoint_url", nullptr},
                      {"role_connections_verification_url", nullptr},
                      {"event_webhooks_url", nullptr},
                      {"event_webhooks_status", 1},
                      {"event_webhooks_types", json::array()},
                      {"tags", json::array()},
                      {"bot", user_json(in.bot)}};
    for (const auto& each : in.application_changes)
        made[each.key()] = each.value();
    return made;
}

namespace {

// Discord Docs/Guild, "Guild Object", but for what says who lives in it.
json::object bare_guild(const guild& what)
{
    const channel* system = what.text_channel(0);
    return {{"id", to_string(what.id)},
            {"name", what.name},
            {"icon", nullptr},
            {"splash", nullptr},
            {"discovery_splash", nullptr},
            {"afk_channel_id", nullptr},
            {"afk_timeout", 300},
            {"verification_level", 0},
            {"default_message_notifications", 0},
            {"explicit_content_filter", 0},
            {"emojis", json::array()},
            {"stickers", json::array()},
            {"features", json::array()},
            {"mfa_level", 0},
            {"application_id", nullptr},
            {"system_channel_id", system != nullptr ? id_or_null(system->id) : nullptr},
            {"system_channel_flags", 0},
            {"rules_channel_id", nullptr},
            {"max_presences", nullptr},
            {"max_members", 500'000},
            {"vanity_url_code", nullptr},
            {"description", nullptr},
            {"banner", nullptr},
            {"premium_tier", 0},
            {"premium_subscription_count", 0},
            {"preferred_locale", "en-US"},
            {"public_updates_channel_id", nullptr},
            {"max_video_channel_users", 25},
            {"max_stage_video_channel_users", 50},
            {"nsfw_level", 0},
            {"premium_progress_bar_enabled", false},
            {"safety_alerts_channel_id", nullptr},
            {"incidents_data", nullptr}};
}

}  // namespace

json::object guild_json(const guild& what, const person& bot, bool whole, const std::string& time)
{
    json::object made = bare_guild(what);
    made["owner_id"] = to_string(what.people.empty() ? bot.id : what.people.front().id);
    for (const auto& each : what.changed)
        made[each.key()] = each.value();
    json::array roles;
    for (const role& each : what.roles)
        roles.push_back(role_json(each, what));
    made["roles"] = std::move(roles);
    if (!whole)
        return made;
    json::array channels, members, threads, voice_states;
    for (const channel& each : what.channels)
        channels.push_back(channel_json(each, what));
    for (const channel& each : what.threads)
        if (!each.thread->archived)
            threads.push_back(channel_json(each, what));
    person own = bot;
    own.in = what.own;
    members.push_back(member_json(own, time));
    // Discord Docs/Gateway Events, "Guild Create": besides the bot, those in voice channels.
    for (const person& each : what.people)
        if (each.in.in_voice) {
            members.push_back(member_json(each, what));
            voice_states.push_back(voice_state_json(each, what));
        }
    made["channels"] = std::move(channels);
    made["members"] = std::move(members);
    made["member_count"] = what.people.size() + 1;
    made["large"] = false;
    made["unavailable"] = false;
    made["joined_at"] = time;
    made["threads"] = std::move(threads);
    made["voice_states"] = std::move(voice_states);
    made["presences"] = json::array();
    made["stage_instances"] = json::array();
    made["guild_scheduled_events"] = json::array();
    made["soundboard_sounds"] = json::array();
    return made;
}

namespace {

// Discord Docs/Gateway, "Message Content Intent": without it these are empty.
bool is_content(std::string_view key)
{
    return key == "content" || key == "embeds" || key == "attachments" || key == "components" ||
           key == "poll";
}

}  // namespace

json::object message_json(const written& what, bool with_content, const json::storage_ptr& memory)
{
    json::object made(memory);
    made.reserve(20);
    made.insert({{"id", to_string(what.id)},
                 {"channel_id", to_string(what.channel)},
                 {"type", what.type != 0 ? what.type
                          : what.answers ? 19
                                         : 0},
                 {"author", user_json(what.author, memory)},
                 {"content", with_content ? what.content : std::string()},
                 {"timestamp", what.time},
                 {"edited_timestamp", text_or_null(what.edited)},
                 {"tts", false},
                 {"mention_everyone", false},
                 {"mentions", mentions_of(what)},
                 {"mention_roles", json::array()},
                 {"attachments", json::array()},
                 {"embeds", json::array()},
                 {"components", json::array()},
                 {"flags", what.flags},
                 {"pinned", what.pinned}});
    for (const auto& each : what.parts)
        if (with_content || !is_content(each.key()))
            made[each.key()] = each.value();
    if (!what.reactions.empty())
        add_reactions(made, what);
    if (what.answers)
        made["message_reference"] = {{"type", 0},
                                     {"message_id", to_string(what.answers)},
                                     {"channel_id", to_string(what.channel)}};
    if (what.webhook)
        made["webhook_id"] = to_string(what.webhook);
    if (what.interaction) {
        made["application_id"] = to_string(what.author.id);
        if (!made.contains("interaction_metadata"))
            made["interaction_metadata"] = {{"id", to_string(what.interaction)},
                                            {"type", 2},
                                            {"user", user_json(what.author)},
                                            {"authorizing_integration_owners", json::object()}};
    }
    return made;
}

}  // namespace tinfoil::discordsim
