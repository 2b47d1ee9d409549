// Discord Docs/Guild: members and bans.
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

std::string lower(std::string text)
{
    for (char& each : text)
        each = each >= 'A' && each <= 'Z' ? static_cast<char>(each | 0x20) : each;
    return text;
}

/// The bot or somebody else; what is changed is their membership.
struct member {
    guild* of = nullptr;
    membership* in = nullptr;
    person who;

    explicit operator bool() const { return in != nullptr; }
    [[nodiscard]] json::object json() const
    {
        person now = who;
        now.in = *in;
        return member_json(now, *of);
    }
};

member member_at(const call& got, std::size_t at)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return {};
    if (got.path[at] == "@me" || got.id(at) == got.all().bot.id)
        return {of, &of->own, got.all().bot};
    if (person* found = of->find_person(got.id(at)); found != nullptr)
        return {of, &found->in, *found};
    got.refuse(404, 10007, "Unknown Member");
    return {};
}

void announce_update(const call& got, const member& who)
{
    json::object event = who.json();
    event["guild_id"] = to_string(who.of->id);
    // Discord Docs/Gateway, "List of Intents": of the bot itself it always comes.
    if (who.who.id == got.all().bot.id)
        return got.with.announce({"GUILD_MEMBER_UPDATE", who.who.id, who.of->id, 0, event});
    got.announce("GUILD_MEMBER_UPDATE", who.who.id, who.of->id, std::move(event));
}

void get_member(const call& got)
{
    if (const member found = member_at(got, 3))
        got.reply(found.json());
}

// "List Guild Members" needs the intent of the application, "Search Guild Members" does not.
void list_members(const call& got)
{
    std::size_t most = 0;
    const guild* of = got.guild_at(1);
    if (of == nullptr || !got.limit(1, 1000, most))
        return;
    if ((got.with.rules.flags & (3ULL << 14)) == 0)
        return got.refuse(403, 50001, "Missing Access");
    std::vector<person> found{own_member(got.all(), *of)};
    found.insert(found.end(), of->people.begin(), of->people.end());
    std::sort(found.begin(), found.end(),
              [](const person& one, const person& other) { return one.id < other.id; });
    json::array all;
    for (const person& each : found)
        if (got.query_id("after") < each.id && all.size() < most)
            all.push_back(member_json(each, *of));
    got.reply(all);
}

void search_members(const call& got)
{
    std::size_t most = 0;
    const guild* of = got.guild_at(1);
    if (of == nullptr || !got.limit(1, 1000, most))
        return;
    const auto query = got.query.find("query");
    if (query == got.query.end())
        return got.invalid("query", "BASE_TYPE_REQUIRED", "This field is required");
    const std::string wanted = lower(query->second);
    json::array all;
    for (const person& each : of->people)
        if (all.size() < most &&
            (lower(each.name).starts_with(wanted) || lower(each.in.nick).starts_with(wanted)))
            all.push_back(member_json(each, *of));
    got.reply(all);
}

void update_member(const call& got)
{
    const member found = member_at(got, 3);
    if (!found)
        return;
    const json::object& body = got.object();
    if (body.contains("nick"))
        found.in->nick = text_in(body, "nick");
    if (body.contains("roles")) {
        std::vector<discord::snowflake> roles = ids_in(body, "roles");
        for (const auto& each : roles)
            if (found.of->find_role(each) == nullptr)
                return got.refuse(404, 10011, "Unknown Role");
        found.in->roles = std::move(roles);
    }
    if (body.contains("communication_disabled_until"))
        found.in->timed_out_until = text_in(body, "communication_disabled_until");
    announce_update(got, found);
    got.reply(found.json());
}

void set_role(const call& got, bool has)
{
    const member found = member_at(got, 3);
    if (!found)
        return;
    const auto id = got.id(5);
    if (found.of->find_role(id) == nullptr || id == found.of->id)
        return got.refuse(404, 10011, "Unknown Role");
    auto& roles = found.in->roles;
    const bool had = std::find(roles.begin(), roles.end(), id) != roles.end();
    got.done();
    if (had == has)
        return;
    if (has)
        roles.push_back(id);
    else
        std::erase(roles, id);
    announce_update(got, found);
}

void add_role(const call& got)
{
    set_role(got, true);
}

void remove_role(const call& got)
{
    set_role(got, false);
}

void leave(const call& got, guild& of, const person& who)
{
    got.all().leave(of, who.id);
    got.announce("GUILD_MEMBER_REMOVE", who.id, of.id,
                 json::object{{"guild_id", to_string(of.id)}, {"user", user_json(who)}});
}

void kick(const call& got)
{
    const member found = member_at(got, 3);
    if (!found)
        return;
    if (found.in == &found.of->own)
        return got.refuse(403, 50013, "Missing Permissions");
    leave(got, *found.of, found.who);
    got.done();
}

json::object ban_json(const ban& what)
{
    return {{"user", user_json(what.who)},
            {"reason", what.reason.empty() ? json::value(nullptr) : json::value(what.reason)}};
}

void announce_ban(const call& got, std::string_view type, const guild& of, const person& who)
{
    got.announce(type, who.id, of.id,
                 json::object{{"guild_id", to_string(of.id)}, {"user", user_json(who)}});
}

// False for who is no user, or the bot itself.
bool ban_one(const call& got, guild& of, discord::snowflake id)
{
    const person* found = got.all().find_user(id);
    if (found == nullptr || id == got.all().bot.id)
        return false;
    for (const ban& each : of.bans)
        if (each.who.id == id)
            return true;
    const person who = *found;
    of.bans.push_back({who, ""});
    if (of.find_person(id) != nullptr)
        leave(got, of, who);
    announce_ban(got, "GUILD_BAN_ADD", of, who);
    return true;
}

void create_ban(const call& got)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    if (!ban_one(got, *of, got.id(3)))
        return got.refuse(404, 10013, "Unknown User");
    got.done();
}

void bulk_ban(const call& got)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    json::array banned, failed;
    for (const auto& each : ids_in(got.object(), "user_ids"))
        (ban_one(got, *of, each) ? banned : failed).push_back(json::value(to_string(each)));
    if (banned.empty())
        return got.refuse(400, 500'000, "Failed to ban users");
    got.reply(json::object{{"banned_users", banned}, {"failed_users", failed}});
}

void list_bans(const call& got)
{
    std::size_t most = 0;
    const guild* of = got.guild_at(1);
    if (of == nullptr || !got.limit(1000, 1000, most))
        return;
    json::array all;
    for (const ban& each : of->bans)
        if (all.size() < most && got.query_id("after") < each.who.id)
            all.push_back(ban_json(each));
    got.reply(all);
}

const ban* ban_at(const call& got, const guild& of)
{
    for (const ban& each : of.bans)
        if (each.who.id == got.id(3))
            return &each;
    got.refuse(404, 10026, "Unknown Ban");
    return nullptr;
}

void get_ban(const call& got)
{
    const guild* of = got.guild_at(1);
    const ban* found = of == nullptr ? nullptr : ban_at(got, *of);
    if (found != nullptr)
        got.reply(ban_json(*found));
}

void remove_ban(const call& got)
{
    guild* of = got.guild_at(1);
    const ban* found = of == nullptr ? nullptr : ban_at(got, *of);
    if (found == nullptr)
        return;
    const person who = found->who;
    std::erase_if(of->bans, [&](const ban& each) { return each.who.id == who.id; });
    announce_ban(got, "GUILD_BAN_REMOVE", *of, who);
    got.done();
}

}  // namespace

std::span<const handling> member_handlings()
{
    static constexpr handling all[] = {{"get_guild_member", get_member},
                                       {"list_guild_members", list_members},
                                       {"search_guild_members", search_members},
                                       {"update_guild_member", update_member},
                                       {"update_my_guild_member", update_member},
                                       {"add_guild_member_role", add_role},
                                       {"delete_guild_member_role", remove_role},
                                       {"delete_guild_member", kick},
                                       {"ban_user_from_guild", create_ban},
                                       {"bulk_ban_users_from_guild", bulk_ban},
                                       {"list_guild_bans", list_bans},
                                       {"get_guild_ban", get_ban},
                                       {"unban_user_from_guild", remove_ban}};
    return all;
}

}  // namespace tinfoil::discordsim
