#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tinfoil/snowflake.hpp>
#include <utility>

namespace tinfoil {

/// A set of permissions, a bit each. Discord writes it as text. Discord Docs/Permissions.
using permissions = std::uint64_t;

/// Discord Docs/Permissions, "Bitwise Permission Flags".
namespace permission {

inline constexpr permissions create_instant_invite = 1ULL << 0;
inline constexpr permissions kick_members = 1ULL << 1;
inline constexpr permissions ban_members = 1ULL << 2;
inline constexpr permissions administrator = 1ULL << 3;
inline constexpr permissions manage_channels = 1ULL << 4;
inline constexpr permissions manage_guild = 1ULL << 5;
inline constexpr permissions add_reactions = 1ULL << 6;
inline constexpr permissions view_audit_log = 1ULL << 7;
inline constexpr permissions priority_speaker = 1ULL << 8;
inline constexpr permissions stream = 1ULL << 9;
inline constexpr permissions view_channel = 1ULL << 10;
inline constexpr permissions send_messages = 1ULL << 11;
inline constexpr permissions send_tts_messages = 1ULL << 12;
inline constexpr permissions manage_messages = 1ULL << 13;
inline constexpr permissions embed_links = 1ULL << 14;
inline constexpr permissions attach_files = 1ULL << 15;
inline constexpr permissions read_message_history = 1ULL << 16;
inline constexpr permissions mention_everyone = 1ULL << 17;
inline constexpr permissions use_external_emojis = 1ULL << 18;
inline constexpr permissions view_guild_insights = 1ULL << 19;
inline constexpr permissions connect = 1ULL << 20;
inline constexpr permissions speak = 1ULL << 21;
inline constexpr permissions mute_members = 1ULL << 22;
inline constexpr permissions deafen_members = 1ULL << 23;
inline constexpr permissions move_members = 1ULL << 24;
inline constexpr permissions use_vad = 1ULL << 25;
inline constexpr permissions change_nickname = 1ULL << 26;
inline constexpr permissions manage_nicknames = 1ULL << 27;
inline constexpr permissions manage_roles = 1ULL << 28;
inline constexpr permissions manage_webhooks = 1ULL << 29;
inline constexpr permissions manage_guild_expressions = 1ULL << 30;
inline constexpr permissions use_application_commands = 1ULL << 31;
inline constexpr permissions request_to_speak = 1ULL << 32;
inline constexpr permissions manage_events = 1ULL << 33;
inline constexpr permissions manage_threads = 1ULL << 34;
inline constexpr permissions create_public_threads = 1ULL << 35;
inline constexpr permissions create_private_threads = 1ULL << 36;
inline constexpr permissions use_external_stickers = 1ULL << 37;
inline constexpr permissions send_messages_in_threads = 1ULL << 38;
inline constexpr permissions use_embedded_activities = 1ULL << 39;
inline constexpr permissions moderate_members = 1ULL << 40;
inline constexpr permissions view_creator_monetization_analytics = 1ULL << 41;
inline constexpr permissions use_soundboard = 1ULL << 42;
inline constexpr permissions create_guild_expressions = 1ULL << 43;
inline constexpr permissions create_events = 1ULL << 44;
inline constexpr permissions use_external_sounds = 1ULL << 45;
inline constexpr permissions send_voice_messages = 1ULL << 46;
inline constexpr permissions set_voice_channel_status = 1ULL << 48;
inline constexpr permissions send_polls = 1ULL << 49;
inline constexpr permissions use_external_apps = 1ULL << 50;
inline constexpr permissions pin_messages = 1ULL << 51;
inline constexpr permissions bypass_slowmode = 1ULL << 52;

/// Of each bit, from the lowest; empty where Discord has none.
inline constexpr std::array<std::string_view, 53> names{"CREATE_INSTANT_INVITE",
                                                        "KICK_MEMBERS",
                                                        "BAN_MEMBERS",
                                                        "ADMINISTRATOR",
                                                        "MANAGE_CHANNELS",
                                                        "MANAGE_GUILD",
                                                        "ADD_REACTIONS",
                                                        "VIEW_AUDIT_LOG",
                                                        "PRIORITY_SPEAKER",
                                                        "STREAM",
                                                        "VIEW_CHANNEL",
                                                        "SEND_MESSAGES",
                                                        "SEND_TTS_MESSAGES",
                                                        "MANAGE_MESSAGES",
                                                        "EMBED_LINKS",
                                                        "ATTACH_FILES",
                                                        "READ_MESSAGE_HISTORY",
                                                        "MENTION_EVERYONE",
                                                        "USE_EXTERNAL_EMOJIS",
                                                        "VIEW_GUILD_INSIGHTS",
                                                        "CONNECT",
                                                        "SPEAK",
                                                        "MUTE_MEMBERS",
                                                        "DEAFEN_MEMBERS",
                                                        "MOVE_MEMBERS",
                                                        "USE_VAD",
                                                        "CHANGE_NICKNAME",
                                                        "MANAGE_NICKNAMES",
                                                        "MANAGE_ROLES",
                                                        "MANAGE_WEBHOOKS",
                                                        "MANAGE_GUILD_EXPRESSIONS",
                                                        "USE_APPLICATION_COMMANDS",
                                                        "REQUEST_TO_SPEAK",
                                                        "MANAGE_EVENTS",
                                                        "MANAGE_THREADS",
                                                        "CREATE_PUBLIC_THREADS",
                                                        "CREATE_PRIVATE_THREADS",
                                                        "USE_EXTERNAL_STICKERS",
                                                        "SEND_MESSAGES_IN_THREADS",
                                                        "USE_EMBEDDED_ACTIVITIES",
                                                        "MODERATE_MEMBERS",
                                                        "VIEW_CREATOR_MONETIZATION_ANALYTICS",
                                                        "USE_SOUNDBOARD",
                                                        "CREATE_GUILD_EXPRESSIONS",
                                                        "CREATE_EVENTS",
                                                        "USE_EXTERNAL_SOUNDS",
                                                        "SEND_VOICE_MESSAGES",
                                                        "",
                                                        "SET_VOICE_CHANNEL_STATUS",
                                                        "SEND_POLLS",
                                                        "USE_EXTERNAL_APPS",
                                                        "PIN_MESSAGES",
                                                        "BYPASS_SLOWMODE"};

/// Every one that has a name: what owners and administrators have.
inline constexpr permissions all = [] {
    permissions made = 0;
    for (std::size_t bit = 0; bit < names.size(); ++bit)
        if (!names[bit].empty())
            made |= 1ULL << bit;
    return made;
}();

/// Of a name as Discord writes it, `SEND_MESSAGES`; 0 when there is none.
constexpr permissions named(std::string_view name)
{
    for (std::size_t bit = 0; bit < names.size(); ++bit)
        if (!name.empty() && names[bit] == name)
            return 1ULL << bit;
    return 0;
}

}  // namespace permission

/// Whether all of `wanted` are in the set.
constexpr bool has(permissions in, permissions wanted)
{
    return (in & wanted) == wanted;
}

/// The names of a set with commas between them, for people: `VIEW_CHANNEL, SEND_MESSAGES`. A bit
/// that has none is written as `1<<47`.
inline std::string names_of(permissions set)
{
    std::string made;
    for (std::size_t bit = 0; bit < 64; ++bit) {
        if ((set >> bit & 1) == 0)
            continue;
        const bool known = bit < permission::names.size() && !permission::names[bit].empty();
        made += made.empty() ? "" : ", ";
        made += known ? std::string(permission::names[bit]) : "1<<" + std::to_string(bit);
    }
    return made;
}

/// What a role allows in its guild. @everyone is the role that has the guild's own id.
struct role_grant {
    snowflake role;
    permissions allow;
};

/// What a channel changes for a role, or for one member.
struct overwrite {
    snowflake id;
    bool is_member;
    permissions allow, deny;
};

/// The one whose permissions are asked for.
struct permission_holder {
    snowflake user;
    std::span<const snowflake> roles;  ///< Without @everyone.
    bool is_owner = false;
    bool is_timed_out = false;
};

/// What a channel's type means for permissions.
enum class channel_kind { text, voice, thread };

/// Of a `type`. Discord Docs/Channel, "Channel Types".
constexpr channel_kind kind_of_channel(std::int64_t type)
{
    return type == 2 || type == 13    ? channel_kind::voice
           : type >= 10 && type <= 12 ? channel_kind::thread
                                      : channel_kind::text;
}

namespace detail {

// Discord Docs/Permissions, "Permissions For Timed Out Members".
constexpr permissions unless_timed_out(permissions from, const permission_holder& who)
{
    const bool exempt = who.is_owner || has(from, permission::administrator);
    return who.is_timed_out && !exempt
               ? from & (permission::view_channel | permission::read_message_history)
               : from;
}

// Before a time-out takes away.
constexpr permissions granted(snowflake guild, const permission_holder& who,
                              std::span<const role_grant> roles)
{
    permissions made = 0;
    for (const role_grant& each : roles) {
        bool is_own = each.role == guild;
        for (const snowflake role : who.roles)
            is_own = is_own || role == each.role;
        made |= is_own ? each.allow : 0;
    }
    return who.is_owner || has(made, permission::administrator) ? permission::all : made;
}

}  // namespace detail

/// In the guild, wherever no channel says otherwise.
constexpr permissions guild_permissions(snowflake guild, const permission_holder& who,
                                        std::span<const role_grant> roles)
{
    return detail::unless_timed_out(detail::granted(guild, who, roles), who);
}

/// Without what can't be used for lack of another permission: nothing without VIEW_CHANNEL; without
/// SEND_MESSAGES (in threads: SEND_MESSAGES_IN_THREADS) no mentions of everyone, no text to speech,
/// no files and no links; without CONNECT nothing that is done while connected, nor managing the
/// channel. In a thread SEND_MESSAGES is there exactly when SEND_MESSAGES_IN_THREADS is.
/// Discord Docs/Permissions, "Implicit Permissions" and "Inherited Permissions (Threads)".
constexpr permissions usable(permissions from, channel_kind in)
{
    using namespace permission;
    if (has(from, administrator))
        return from;
    if (in == channel_kind::thread)
        from = has(from, send_messages_in_threads) ? from | send_messages : from & ~send_messages;
    if (!has(from, view_channel))
        return 0;
    if (!has(from, send_messages))
        from &= ~(mention_everyone | send_tts_messages | attach_files | embed_links);
    if (in == channel_kind::voice && !has(from, connect))
        from &= ~(manage_channels | speak | stream | priority_speaker | mute_members |
                  deafen_members | move_members | use_vad | request_to_speak | use_soundboard |
                  use_external_sounds | use_embedded_activities | set_voice_channel_status);
    return from;
}

/// In a channel with these overwrites; of a thread they are its parent's. Who may see a private
/// thread also depends on its members, which is not looked at.
/// Discord Docs/Permissions, "Permission Overwrites".
constexpr permissions channel_permissions(snowflake guild, const permission_holder& who,
                                          std::span<const role_grant> roles,
                                          std::span<const overwrite> overwrites, channel_kind in)
{
    permissions made = detail::granted(guild, who, roles);
    if (has(made, permission::administrator))
        return made;
    const auto apply = [&](auto&& concerns) {
        permissions allow = 0, deny = 0;
        for (const overwrite& each : overwrites)
            if (concerns(each)) {
                allow |= each.allow;
                deny |= each.deny;
            }
        made = (made & ~deny) | allow;
    };
    apply([&](const overwrite& each) { return !each.is_member && each.id == guild; });
    apply([&](const overwrite& each) {
        bool is_own = false;
        for (const snowflake role : who.roles)
            is_own = is_own || role == each.id;
        return !each.is_member && each.id != guild && is_own;
    });
    apply([&](const overwrite& each) { return each.is_member && each.id == who.user; });
    return detail::unless_timed_out(usable(made, in), who);
}

}  // namespace tinfoil
