#include "handoff/event.hpp"

#include "discord/brackets.hpp"
#include "discord/envelope.hpp"
#include "discord/intents.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <span>

namespace tinfoil::handoff {
namespace {

using discord::find_member;
using discord::find_value;

// The class of every type that is not positional, and for unique ones where their key lies: members
// of `d`, or of the object `inside` it.
struct rule {
    std::string_view type;
    event_class is = event_class::unique;
    own_event means = own_event::other;
    std::string_view inside = {};
    std::string_view key = "id";
    std::string_view more = {};  ///< A second member of `d`.
};
constexpr auto unique = event_class::unique;
constexpr auto ephemeral = event_class::ephemeral;
constexpr auto own = event_class::own;

constexpr rule rules[] = {
    {"MESSAGE_CREATE"},
    {"MESSAGE_DELETE"},
    {"MESSAGE_DELETE_BULK", unique, own_event::other, {}, "ids"},
    {"CHANNEL_CREATE"},
    {"CHANNEL_DELETE"},
    {"GUILD_ROLE_CREATE", unique, own_event::other, "role"},
    {"GUILD_ROLE_DELETE", unique, own_event::other, {}, "role_id"},
    {"GUILD_SCHEDULED_EVENT_CREATE"},
    {"GUILD_SCHEDULED_EVENT_DELETE"},
    {"STAGE_INSTANCE_CREATE"},
    {"STAGE_INSTANCE_DELETE"},
    {"GUILD_SOUNDBOARD_SOUND_CREATE", unique, own_event::other, {}, "sound_id"},
    {"GUILD_SOUNDBOARD_SOUND_DELETE", unique, own_event::other, {}, "sound_id"},
    {"INTEGRATION_CREATE"},
    {"INTEGRATION_DELETE"},
    {"AUTO_MODERATION_RULE_CREATE"},
    {"AUTO_MODERATION_RULE_DELETE"},
    {"GUILD_MEMBER_ADD", unique, own_event::other, "user", "id", "joined_at"},
    {"GUILD_AUDIT_LOG_ENTRY_CREATE"},
    {"INVITE_CREATE", unique, own_event::other, {}, "code", "created_at"},
    {"ENTITLEMENT_CREATE"},
    {"ENTITLEMENT_DELETE"},
    {"SUBSCRIPTION_CREATE"},
    {"SUBSCRIPTION_DELETE"},
    {"INTERACTION_CREATE", event_class::interaction},
    {"TYPING_START", ephemeral},
    {"PRESENCE_UPDATE", ephemeral},
    {"VOICE_CHANNEL_EFFECT_SEND", ephemeral},
    {"READY", own},
    {"RESUMED", own},
    {"GUILD_CREATE", own, own_event::guild_there},
    {"GUILD_DELETE", own, own_event::guild_gone},
    {"GUILD_MEMBERS_CHUNK", own, own_event::members},
    {"SOUNDBOARD_SOUNDS", own, own_event::sounds},
    {"CHANNEL_INFO", own},
    {"RATE_LIMITED", own},
    {"VOICE_SERVER_UPDATE", own},
};

// DIRECT_MESSAGES, their reactions, typing and polls. Discord Docs/Gateway, "List of Intents".
constexpr std::uint64_t intents_of_dms = 1U << 12 | 1U << 13 | 1U << 14 | 1U << 25;

// FNV-1a: types are short.
constexpr std::uint32_t type_number(std::string_view type)
{
    std::uint32_t sum = 2166136261U;
    for (const char each : type)
        sum = (sum ^ static_cast<unsigned char>(each)) * 16777619U;
    return sum;
}

// What is without quotes a number, and otherwise any text, as one that is not 0.
std::uint64_t key_of(std::uint32_t type, std::string_view text, std::string_view more)
{
    const auto id = discord::parse_snowflake(text);
    std::uint64_t sum = id ? id->value : canonical_hash(text);
    if (!more.empty())
        sum ^= canonical_hash(more) * 3;
    sum = (sum ^ (std::uint64_t{type} << 32 | type)) * 0x9e3779b97f4a7c15ULL;
    sum ^= sum >> 29;
    return sum == 0 ? 1 : sum;
}

const rule* rule_of(std::string_view type)
{
    const auto* found = std::find_if(std::begin(rules), std::end(rules),
                                     [&](const rule& each) { return each.type == type; });
    return found == std::end(rules) ? nullptr : found;
}

bool is_guild(std::string_view type)
{
    return type.starts_with("GUILD_") &&
           (type == "GUILD_CREATE" || type == "GUILD_DELETE" || type == "GUILD_UPDATE");
}

stream_id stream_of(std::string_view type, std::string_view data)
{
    const auto ids = discord::ids_in(data);
    if (ids.guild != 0)
        return {stream_id::kind::guild, {ids.guild}};
    if (is_guild(type)) {
        const auto id = discord::parse_snowflake(find_member(data, "id"));
        return {stream_id::kind::guild, id.value_or(discord::snowflake{})};
    }
    std::uint64_t channel = ids.channel;
    if (channel == 0 && type.starts_with("CHANNEL_"))
        if (const auto id = discord::parse_snowflake(find_member(data, "id")))
            channel = id->value;
    if (channel != 0)
        return {stream_id::kind::dm, {channel}};
    return {};
}

// Is an event of this type sent to one side only?
bool is_one_sided(std::string_view type, bool in_guild, const event_reader& how)
{
    if (how.older_intents == how.newer_intents)
        return false;
    // Without GUILD_MEMBERS only those about the bot itself come.
    if (type == "THREAD_MEMBERS_UPDATE" || type == "GUILD_MEMBER_UPDATE")
        return ((how.older_intents ^ how.newer_intents) & discord::intent_guild_members) != 0;
    const std::uint64_t all = discord::intents_of_event(type).value_or(0);
    std::uint64_t needed = in_guild ? all & ~intents_of_dms : all & intents_of_dms;
    if (needed == 0)
        needed = all;
    return needed != 0 &&
           ((how.older_intents & needed) != 0) != ((how.newer_intents & needed) != 0);
}

discord::snowflake newest_message(std::string_view guild)
{
    discord::snowflake newest;
    std::string_view rest = find_value(guild, "channels");
    if (rest.empty() || rest.front() != '[')
        return newest;
    rest.remove_prefix(1);
    for (auto at = rest.find('{'); at != std::string_view::npos; at = rest.find('{')) {
        rest.remove_prefix(at);
        const std::size_t length = discord::container_length(rest);
        if (length == 0)
            break;
        const auto id =
            discord::parse_snowflake(find_member(rest.substr(0, length), "last_message_id"));
        newest = std::max(newest, id.value_or(discord::snowflake{}));
        rest.remove_prefix(length);
    }
    return newest;
}

std::uint64_t own_nonce(std::string_view text)
{
    if (!text.starts_with(nonce_prefix))
        return 0;
    const auto number = discord::parse_snowflake(text.substr(nonce_prefix.size()));
    return number ? number->value : 0;
}

void read_own(event& into, std::string_view data)
{
    if (into.means == own_event::guild_there) {
        // A guild that READY named and that is unavailable may come so.
        if (find_value(data, "unavailable") == "true")
            into.means = own_event::guild_gone;
        else
            into.last = newest_message(data);
    } else if (into.means == own_event::members) {
        into.nonce = own_nonce(find_member(data, "nonce"));
    }
}

}  // namespace

std::uint64_t message_key(discord::snowflake message)
{
    return key_of(type_number("MESSAGE_CREATE"), discord::to_string(message), {});
}

event event_reader::read(std::string_view type, std::string_view data) const
{
    event made;
    made.type = type_number(type);
    made.bytes = data.size();
    made.stream = stream_of(type, data);
    if (const rule* how = rule_of(type)) {
        made.is = how->is;
        made.means = how->means;
        const auto object = how->inside.empty() ? data : find_value(data, how->inside);
        if (made.is == event_class::unique || made.is == event_class::interaction) {
            std::string_view text = find_member(object, how->key);
            if (text.empty())
                text = find_value(object, how->key);
            const auto more = how->more.empty() ? std::string_view{} : find_value(data, how->more);
            if (!text.empty() && (how->more.empty() || !more.empty()))
                made.key = key_of(made.type, text, more);
            else
                made.is = event_class::positional;
        }
    } else if (type == "VOICE_STATE_UPDATE" && own_user &&
               find_member(data, "user_id") == discord::to_string(own_user)) {
        made.is = event_class::own;
        made.means = own_event::voice;
        if (const auto channel = discord::parse_snowflake(find_member(data, "channel_id")))
            made.channel = *channel;
    }
    if (made.is == event_class::own && made.means != own_event::voice)
        read_own(made, data);
    else
        made.hash = made.key != 0 ? made.key : canonical_hash(data);
    made.one_sided = is_one_sided(type, made.stream.of == stream_id::kind::guild, *this);
    return made;
}

}  // namespace tinfoil::handoff
