#include "discord/intents.hpp"

#include "discord/event_names.hpp"

namespace tinfoil::discord {
namespace {

struct named {
    std::string_view name;
    int bit;
};

constexpr named intents[] = {
    {"GUILDS", 0},
    {"GUILD_MEMBERS", 1},
    {"GUILD_MODERATION", 2},
    {"GUILD_EXPRESSIONS", 3},
    {"GUILD_INTEGRATIONS", 4},
    {"GUILD_WEBHOOKS", 5},
    {"GUILD_INVITES", 6},
    {"GUILD_VOICE_STATES", 7},
    {"GUILD_PRESENCES", 8},
    {"GUILD_MESSAGES", 9},
    {"GUILD_MESSAGE_REACTIONS", 10},
    {"GUILD_MESSAGE_TYPING", 11},
    {"DIRECT_MESSAGES", 12},
    {"DIRECT_MESSAGE_REACTIONS", 13},
    {"DIRECT_MESSAGE_TYPING", 14},
    {"MESSAGE_CONTENT", 15},
    {"GUILD_SCHEDULED_EVENTS", 16},
    {"AUTO_MODERATION_CONFIGURATION", 20},
    {"AUTO_MODERATION_EXECUTION", 21},
    {"GUILD_MESSAGE_POLLS", 24},
    {"DIRECT_MESSAGE_POLLS", 25},
};

constexpr std::uint64_t bits(std::initializer_list<int> positions)
{
    std::uint64_t all = 0;
    for (const int each : positions)
        all |= std::uint64_t{1} << each;
    return all;
}

struct source {
    std::string_view type;
    std::uint64_t intents;
};

constexpr source events[] = {
    {"READY", 0},
    {"RESUMED", 0},
    {"RATE_LIMITED", 0},
    {"APPLICATION_COMMAND_PERMISSIONS_UPDATE", 0},
    {"INTERACTION_CREATE", 0},
    {"USER_UPDATE", 0},
    {"VOICE_SERVER_UPDATE", 0},
    {"GUILD_MEMBERS_CHUNK", 0},
    {"SOUNDBOARD_SOUNDS", 0},
    {"ENTITLEMENT_CREATE", 0},
    {"ENTITLEMENT_UPDATE", 0},
    {"ENTITLEMENT_DELETE", 0},
    {"SUBSCRIPTION_CREATE", 0},
    {"SUBSCRIPTION_UPDATE", 0},
    {"SUBSCRIPTION_DELETE", 0},
    {"GUILD_CREATE", bits({0})},
    {"GUILD_UPDATE", bits({0})},
    {"GUILD_DELETE", bits({0})},
    {"GUILD_ROLE_CREATE", bits({0})},
    {"GUILD_ROLE_UPDATE", bits({0})},
    {"GUILD_ROLE_DELETE", bits({0})},
    {"CHANNEL_CREATE", bits({0})},
    {"CHANNEL_UPDATE", bits({0})},
    {"CHANNEL_DELETE", bits({0})},
    {"CHANNEL_INFO", 0},
    {"CHANNEL_PINS_UPDATE", bits({0})},
    {"THREAD_CREATE", bits({0})},
    {"THREAD_UPDATE", bits({0})},
    {"THREAD_DELETE", bits({0})},
    {"THREAD_LIST_SYNC", bits({0})},
    {"THREAD_MEMBER_UPDATE", bits({0})},
    {"THREAD_MEMBERS_UPDATE", bits({0})},
    {"STAGE_INSTANCE_CREATE", bits({0})},
    {"STAGE_INSTANCE_UPDATE", bits({0})},
    {"STAGE_INSTANCE_DELETE", bits({0})},
    {"VOICE_CHANNEL_START_TIME_UPDATE", bits({0})},
    {"VOICE_CHANNEL_STATUS_UPDATE", bits({0})},
    {"GUILD_MEMBER_ADD", bits({1})},
    {"GUILD_MEMBER_UPDATE", bits({1})},
    {"GUILD_MEMBER_REMOVE", bits({1})},
    {"GUILD_AUDIT_LOG_ENTRY_CREATE", bits({2})},
    {"GUILD_BAN_ADD", bits({2})},
    {"GUILD_BAN_REMOVE", bits({2})},
    {"GUILD_EMOJIS_UPDATE", bits({3})},
    {"GUILD_STICKERS_UPDATE", bits({3})},
    {"GUILD_SOUNDBOARD_SOUND_CREATE", bits({3})},
    {"GUILD_SOUNDBOARD_SOUND_UPDATE", bits({3})},
    {"GUILD_SOUNDBOARD_SOUND_DELETE", bits({3})},
    {"GUILD_SOUNDBOARD_SOUNDS_UPDATE", bits({3})},
    {"GUILD_INTEGRATIONS_UPDATE", bits({4})},
    {"INTEGRATION_CREATE", bits({4})},
    {"INTEGRATION_UPDATE", bits({4})},
    {"INTEGRATION_DELETE", bits({4})},
    {"WEBHOOKS_UPDATE", bits({5})},
    {"INVITE_CREATE", bits({6})},
    {"INVITE_DELETE", bits({6})},
    {"VOICE_STATE_UPDATE", bits({7})},
    {"VOICE_CHANNEL_EFFECT_SEND", bits({7})},
    {"PRESENCE_UPDATE", bits({8})},
    {"MESSAGE_CREATE", bits({9, 12})},
    {"MESSAGE_UPDATE", bits({9, 12})},
    {"MESSAGE_DELETE", bits({9, 12})},
    {"MESSAGE_DELETE_BULK", bits({9})},
    {"MESSAGE_REACTION_ADD", bits({10, 13})},
    {"MESSAGE_REACTION_REMOVE", bits({10, 13})},
    {"MESSAGE_REACTION_REMOVE_ALL", bits({10, 13})},
    {"MESSAGE_REACTION_REMOVE_EMOJI", bits({10, 13})},
    {"TYPING_START", bits({11, 14})},
    {"GUILD_SCHEDULED_EVENT_CREATE", bits({16})},
    {"GUILD_SCHEDULED_EVENT_UPDATE", bits({16})},
    {"GUILD_SCHEDULED_EVENT_DELETE", bits({16})},
    {"GUILD_SCHEDULED_EVENT_USER_ADD", bits({16})},
    {"GUILD_SCHEDULED_EVENT_USER_REMOVE", bits({16})},
    {"AUTO_MODERATION_RULE_CREATE", bits({20})},
    {"AUTO_MODERATION_RULE_UPDATE", bits({20})},
    {"AUTO_MODERATION_RULE_DELETE", bits({20})},
    {"AUTO_MODERATION_ACTION_EXECUTION", bits({21})},
    {"MESSAGE_POLL_VOTE_ADD", bits({24, 25})},
    {"MESSAGE_POLL_VOTE_REMOVE", bits({24, 25})},
};

}  // namespace

std::optional<std::uint64_t> parse_intent(std::string_view name)
{
    for (const named& each : intents)
        if (each.name == name)
            return std::uint64_t{1} << each.bit;
    return std::nullopt;
}

std::string intent_names(std::uint64_t all)
{
    std::string text;
    for (int bit = 0; bit < 64; ++bit) {
        if ((all >> bit & 1U) == 0)
            continue;
        std::string name = std::to_string(std::uint64_t{1} << bit);
        for (const named& each : intents)
            if (each.bit == bit)
                name = each.name;
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

std::optional<std::uint64_t> intents_of_event(std::string_view type)
{
    for (const source& each : events)
        if (each.type == type)
            return each.intents;
    return std::nullopt;
}

std::vector<std::string> event_names()
{
    std::vector<std::string> all;
    for (const source& each : events)
        all.emplace_back(each.type);
    return all;
}

}  // namespace tinfoil::discord
