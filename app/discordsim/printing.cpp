#include "discordsim/printing.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tinfoil::discordsim {
namespace {

void put_number(std::string& to, std::uint64_t number)
{
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    to.append(digits, end);
}

void put_id(std::string& to, discord::snowflake id)
{
    to += '"';
    put_number(to, id.value);
    to += '"';
}

void put_id_or_null(std::string& to, discord::snowflake id)
{
    if (id)
        put_id(to, id);
    else
        to += "null";
}

void put_text_or_null(std::string& to, std::string_view text)
{
    if (text.empty())
        to += "null";
    else
        print_text(to, text);
}

void put_bool(std::string& to, bool is)
{
    to += is ? "true" : "false";
}

// Whether it has nothing but what people write in chats.
bool is_plain(const written& what)
{
    return what.parts.empty() && what.reactions.empty() && !what.answers && !what.webhook &&
           !what.interaction && what.content.find("<@") == std::string::npos;
}

struct presence {
    std::string_view status, client, activity;
    int activity_type;
};
constexpr std::array presences{presence{"online", "desktop", "Tiny Train Tycoon", 0},
                               presence{"idle", "mobile", "", 0},
                               presence{"offline", "", "", 0},
                               presence{"online", "web", "", 0},
                               presence{"dnd", "desktop", "Rain on a Tin Roof", 2},
                               presence{"online", "mobile", "", 0}};

}  // namespace

void print_text(std::string& to, std::string_view text)
{
    constexpr const char* hex = "0123456789abcdef";
    to += '"';
    for (;;) {
        const auto special = std::find_if(text.begin(), text.end(), [](char each) {
            return static_cast<unsigned char>(each) < 0x20 || each == '"' || each == '\\';
        });
        to.append(text.begin(), special);
        if (special == text.end())
            break;
        const auto code = static_cast<unsigned char>(*special);
        if (code >= 0x20)
            (to += '\\') += *special;
        else
            ((to += "\\u00") += hex[code >> 4]) += hex[code & 15];
        text.remove_prefix(static_cast<std::size_t>(special - text.begin()) + 1);
    }
    to += '"';
}

void print_user(std::string& to, const person& who)
{
    to += R"({"id":)";
    put_id(to, who.id);
    to += R"(,"username":)";
    print_text(to, who.name);
    to += R"(,"global_name":)";
    print_text(to, who.name);
    to += R"(,"discriminator":"0","avatar":null,"public_flags":0)";
    to += who.bot ? R"(,"bot":true})" : "}";
}

namespace {

void put_member_fields(std::string& to, const person& who, discord::snowflake in)
{
    to += R"("nick":)";
    put_text_or_null(to, who.in.nick);
    to += R"(,"avatar":null,"banner":null,"roles":[)";
    for (const auto& each : who.in.roles) {
        if (&each != who.in.roles.data())
            to += ',';
        put_id(to, each);
    }
    to += R"(],"joined_at":")";
    to += joined_text(who.id, in);
    to += R"(","premium_since":null,"deaf":false,"mute":false,"flags":0,"pending":false)"
          R"(,"communication_disabled_until":)";
    put_text_or_null(to, who.in.timed_out_until);
}

}  // namespace

void print_member(std::string& to, const person& who, discord::snowflake in, bool with_user)
{
    to += '{';
    if (with_user) {
        to += R"("user":)";
        print_user(to, who);
        to += ',';
    }
    put_member_fields(to, who, in);
    to += '}';
}

void print_message(std::string& to, const written& what, bool with_content)
{
    if (!is_plain(what)) {
        boost::json::object message = message_json(what, with_content);
        // Discord Docs/Gateway Events, "Message Create": of events alone.
        if (what.guild)
            message["guild_id"] = to_string(what.guild);
        if (what.guild && !what.webhook) {
            std::string member;
            print_member(member, what.author, what.guild, false);
            message["member"] = boost::json::parse(member);
        }
        to += boost::json::serialize(message);
        return;
    }
    to += R"({"id":)";
    put_id(to, what.id);
    to += R"(,"channel_id":)";
    put_id(to, what.channel);
    to += R"(,"type":)";
    to += std::to_string(what.type);
    to += R"(,"author":)";
    print_user(to, what.author);
    to += R"(,"content":)";
    print_text(to, with_content ? std::string_view(what.content) : std::string_view());
    to += R"(,"timestamp":)";
    print_text(to, what.time);
    to += R"(,"edited_timestamp":)";
    put_text_or_null(to, what.edited);
    to += R"(,"tts":false,"mention_everyone":false,"mentions":[],"mention_roles":[])"
          R"(,"attachments":[],"embeds":[],"components":[],"flags":)";
    put_number(to, what.flags);
    to += R"(,"pinned":)";
    put_bool(to, what.pinned);
    if (what.guild) {
        to += R"(,"guild_id":)";
        put_id(to, what.guild);
        to += R"(,"member":)";
        print_member(to, what.author, what.guild, false);
    }
    to += '}';
}

void print_presence(std::string& to, const doer& of, std::uint64_t mood, std::int64_t wall_ms)
{
    const presence& now = presences[mood % presences.size()];
    to += R"({"user":{"id":)";
    put_id(to, of.who.id);
    to += R"(},"guild_id":)";
    put_id(to, of.in);
    to += R"(,"status":)";
    print_text(to, now.status);
    to += R"(,"activities":[)";
    if (!now.activity.empty()) {
        to += R"({"name":)";
        print_text(to, now.activity);
        to += R"(,"type":)";
        to += std::to_string(now.activity_type);
        to += R"(,"url":null,"created_at":)";
        put_number(to, static_cast<std::uint64_t>(wall_ms));
        to += '}';
    }
    to += R"(],"client_status":{)";
    if (!now.client.empty()) {
        print_text(to, now.client);
        to += ':';
        print_text(to, now.status);
    }
    to += "}}";
}

void print_typing(std::string& to, const doer& of, discord::snowflake channel, std::int64_t wall_ms)
{
    to += R"({"channel_id":)";
    put_id(to, channel);
    to += R"(,"guild_id":)";
    put_id(to, of.in);
    to += R"(,"user_id":)";
    put_id(to, of.who.id);
    to += R"(,"timestamp":)";
    put_number(to, static_cast<std::uint64_t>(wall_ms / 1000));
    to += R"(,"member":)";
    print_member(to, of.who, of.in, true);
    to += '}';
}

void print_reaction(std::string& to, const doer& of, const overheard& on, bool added)
{
    to += R"({"user_id":)";
    put_id(to, of.who.id);
    to += R"(,"channel_id":)";
    put_id(to, on.channel);
    to += R"(,"message_id":)";
    put_id(to, on.id);
    to += R"(,"guild_id":)";
    put_id(to, of.in);
    to += R"(,"emoji":{"id":null,"name":)";
    print_text(to, on.emoji);
    to += R"(,"animated":false},"burst":false,"type":0)";
    if (added) {
        to += R"(,"message_author_id":)";
        put_id(to, on.author);
        to += R"(,"burst_colors":[],"member":)";
        print_member(to, of.who, of.in, true);
    }
    to += '}';
}

void print_member_update(std::string& to, const doer& of)
{
    to += R"({"guild_id":)";
    put_id(to, of.in);
    to += R"(,"user":)";
    print_user(to, of.who);
    to += ',';
    put_member_fields(to, of.who, of.in);
    to += '}';
}

void print_voice_state(std::string& to, const doer& of, discord::snowflake channel)
{
    to += R"({"guild_id":)";
    put_id(to, of.in);
    to += R"(,"channel_id":)";
    put_id_or_null(to, channel);
    to += R"(,"user_id":)";
    put_id(to, of.who.id);
    to += R"(,"member":)";
    print_member(to, of.who, of.in, true);
    to += R"(,"session_id":"voice)";
    put_number(to, of.who.id.value);
    to += R"(","deaf":false,"mute":false,"self_deaf":false,"self_mute":)";
    put_bool(to, of.who.in.self_mute);
    to += R"(,"self_video":false,"suppress":false,"request_to_speak_timestamp":null})";
}

void print_message_delete(std::string& to, const overheard& what, discord::snowflake in)
{
    to += R"({"id":)";
    put_id(to, what.id);
    to += R"(,"channel_id":)";
    put_id(to, what.channel);
    to += R"(,"guild_id":)";
    put_id(to, in);
    to += '}';
}

}  // namespace tinfoil::discordsim
