// Discord Docs/Message, "Create Reaction" and those that follow.
#include "discordsim/permissions.hpp"
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// Discord's error 30010.
constexpr std::size_t reactions_max = 20;

struct target {
    guild* of = nullptr;
    channel* in = nullptr;
    written* message = nullptr;
    reaction emoji;  ///< What the path names.

    explicit operator bool() const { return message != nullptr; }
    [[nodiscard]] std::vector<reaction>::iterator place() const
    {
        return std::find_if(message->reactions.begin(), message->reactions.end(),
                            [&](const reaction& each) {
                                return each.emoji == emoji.emoji && each.name == emoji.name;
                            });
    }
};

// "Create Reaction": `name:id` for a custom emoji, else the emoji itself.
bool parse_emoji(std::string_view text, reaction& to)
{
    const auto colon = text.rfind(':');
    if (colon != text.npos) {
        const auto id = discord::parse_snowflake(text.substr(colon + 1));
        to.emoji = id.value_or(discord::snowflake{});
        to.name = text.substr(0, colon);
        return id.has_value() && !to.name.empty();
    }
    to.name = text;
    // No emoji of Unicode is a word of ASCII; digits and signs are parts of key caps.
    return !text.empty() && std::any_of(text.begin(), text.end(), [](char each) {
        return static_cast<unsigned char>(each) >= 0x80;
    });
}

target target_at(const call& got)
{
    target made;
    made.in = got.channel_at(1, &made.of);
    if (made.in == nullptr)
        return {};
    made.message = got.message_at(3, *made.in, made.of);
    if (made.message != nullptr && got.path.size() > 5 && !parse_emoji(got.path[5], made.emoji)) {
        got.refuse(400, 10014, "Unknown Emoji");
        return {};
    }
    return made;
}

json::object event_of(const target& at)
{
    json::object event{{"channel_id", to_string(at.in->id)},
                       {"message_id", to_string(at.message->id)}};
    if (at.of != nullptr)
        event["guild_id"] = to_string(at.of->id);
    return event;
}

discord::snowflake guild_of(const target& at)
{
    return at.of != nullptr ? at.of->id : discord::snowflake{};
}

void announce_one(const call& got, std::string_view type, const target& at, discord::snowflake who)
{
    json::object event = event_of(at);
    event["user_id"] = to_string(who);
    event["emoji"] = emoji_json(at.emoji);
    event["burst"] = false;
    event["type"] = 0;
    if (type == "MESSAGE_REACTION_ADD") {
        event["message_author_id"] = to_string(at.message->author.id);
        event["burst_colors"] = json::array();
        if (at.of != nullptr)
            event["member"] = member_json(own_member(got.all(), *at.of), *at.of);
    }
    got.announce(type, at.message->id, guild_of(at), std::move(event));
}

void add(const call& got)
{
    target at = target_at(got);
    if (!at)
        return;
    auto found = at.place();
    auto& all = at.message->reactions;
    if (found == all.end()) {
        if (at.of != nullptr && !got.is_allowed(*at.of, at.in, permission::add_reactions))
            return;
        if (all.size() >= reactions_max)
            return got.refuse(400, 30010, "Maximum number of reactions reached (20)");
        found = all.insert(found, at.emoji);
    }
    got.done();
    if (std::exchange(found->own, true))
        return;
    found->users.push_back(got.all().bot.id);
    announce_one(got, "MESSAGE_REACTION_ADD", at, got.all().bot.id);
}

void remove_of(const call& got, discord::snowflake who)
{
    const target at = target_at(got);
    if (!at)
        return;
    const auto found = at.place();
    got.done();
    if (found == at.message->reactions.end() || std::erase(found->users, who) == 0)
        return;
    if (who == got.all().bot.id)
        found->own = false;
    if (found->users.empty())
        at.message->reactions.erase(found);
    announce_one(got, "MESSAGE_REACTION_REMOVE", at, who);
}

void remove_own(const call& got)
{
    remove_of(got, got.all().bot.id);
}

void remove_other(const call& got)
{
    remove_of(got, got.id(6));
}

void list(const call& got)
{
    const target at = target_at(got);
    std::size_t most = 0;
    if (!at || !got.limit(25, 100, most))
        return;
    const auto found = at.place();
    json::array all;
    if (found != at.message->reactions.end())
        for (const auto& each : found->users)
            if (got.query_id("after") < each && all.size() < most) {
                const person* who = got.all().find_user(each);
                all.push_back(user_json(who != nullptr ? *who : person{each, "Deleted User"}));
            }
    got.reply(all);
}

void remove_all(const call& got)
{
    const target at = target_at(got);
    if (!at)
        return;
    at.message->reactions.clear();
    got.announce("MESSAGE_REACTION_REMOVE_ALL", at.message->id, guild_of(at), event_of(at));
    got.done();
}

void remove_emoji(const call& got)
{
    const target at = target_at(got);
    if (!at)
        return;
    got.done();
    const auto found = at.place();
    if (found == at.message->reactions.end())
        return;
    at.message->reactions.erase(found);
    json::object event = event_of(at);
    event["emoji"] = emoji_json(at.emoji);
    got.announce("MESSAGE_REACTION_REMOVE_EMOJI", at.message->id, guild_of(at), std::move(event));
}

}  // namespace

std::span<const handling> reaction_handlings()
{
    static constexpr handling all[] = {{"add_my_message_reaction", add},
                                       {"delete_my_message_reaction", remove_own},
                                       {"delete_user_message_reaction", remove_other},
                                       {"list_message_reactions_by_emoji", list},
                                       {"delete_all_message_reactions", remove_all},
                                       {"delete_all_message_reactions_by_emoji", remove_emoji}};
    return all;
}

}  // namespace tinfoil::discordsim
