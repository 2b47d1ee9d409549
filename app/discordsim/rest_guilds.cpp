// Discord Docs/Guild, but for members; and roles, which are on a page of the same name.
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// Discord Docs/Guild, "Create Guild Role"; the number is Discord's error 30005.
constexpr std::size_t roles_max = 250;
constexpr std::size_t channels_max = 500;  // Error 30013.

void get_guild(const call& got)
{
    const guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    json::object made = guild_json(*of, got.all().bot, false, "");
    if (got.query_flag("with_counts")) {
        made["approximate_member_count"] = of->people.size() + 1;
        made["approximate_presence_count"] = of->people.size() + 1;
    }
    got.reply(made);
}

void update_guild(const call& got)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    for (const auto& [key, value] : got.object()) {
        if (key == "name" && value.is_string())
            of->name = value.get_string();
        else if (key != "owner_id" && key != "id" && key != "roles" &&
                 guild_json(*of, got.all().bot, false, "").contains(key))
            of->changed[key] = value;
    }
    const json::object made = guild_json(*of, got.all().bot, false, "");
    got.announce("GUILD_UPDATE", of->id, of->id, made);
    got.reply(made);
}

void list_channels(const call& got)
{
    const guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    json::array all;
    for (const channel& each : of->channels)
        all.push_back(channel_json(each, *of));
    got.reply(all);
}

void create_channel(const call& got)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    if (of->channels.size() >= channels_max)
        return got.refuse(400, 30013, "Maximum number of server channels reached (500)");
    const json::object& body = got.object();
    channel made{got.all().new_id(got.now), text_in(body, "name")};
    made.type = static_cast<int>(number_in(body, "type").value_or(channel_type::text));
    if (made.type == channel_type::dm || made.type == 3 ||
        (made.type > channel_type::announcement && made.type < channel_type::stage) ||
        made.type > channel_type::media || made.type < 0)
        return got.invalid("type", "BASE_TYPE_CHOICES",
                           "Value must be one of {0, 2, 4, 5, 13, 15, 16}.");
    made.position =
        number_in(body, "position").value_or(static_cast<std::int64_t>(of->channels.size()));
    update_channel_fields(body, made);
    const channel& kept = got.all().add_channel(*of, std::move(made));
    got.announce("CHANNEL_CREATE", kept.id, of->id, channel_json(kept, *of));
    got.reply(channel_json(kept, *of), 201);
}

// "Modify Guild Channel Positions".
void move_channels(const call& got)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    got.done();
    for (const auto& each : got.body.as_array()) {
        const json::object& wanted = each.as_object();
        for (channel& one : of->channels)
            if (one.id == id_in(wanted, "id")) {
                one.position = number_in(wanted, "position").value_or(one.position);
                if (wanted.contains("parent_id"))
                    one.parent = id_in(wanted, "parent_id");
                got.announce("CHANNEL_UPDATE", one.id, of->id, channel_json(one, *of));
            }
    }
}

json::array roles_json(const guild& of)
{
    json::array all;
    for (const role& each : of.roles)
        all.push_back(role_json(each, of));
    return all;
}

void list_roles(const call& got)
{
    if (const guild* of = got.guild_at(1); of != nullptr)
        got.reply(roles_json(*of));
}

void take_role_fields(const json::object& body, role& to)
{
    if (body.contains("name") && !text_in(body, "name").empty())
        to.name = text_in(body, "name");
    if (const auto bits = number_in(body, "permissions"))
        to.permissions = static_cast<std::uint64_t>(*bits);
    to.color = number_in(body, "color").value_or(to.color);
    if (const auto* colors = body.if_contains("colors"); colors != nullptr && colors->is_object())
        to.color = number_in(colors->get_object(), "primary_color").value_or(to.color);
    if (body.contains("hoist"))
        to.hoist = flag_in(body, "hoist");
    if (body.contains("mentionable"))
        to.mentionable = flag_in(body, "mentionable");
}

void announce_role(const call& got, std::string_view type, const guild& of, const role& what)
{
    got.announce(type, what.id, of.id,
                 json::object{{"guild_id", to_string(of.id)}, {"role", role_json(what, of)}});
}

void create_role(const call& got)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    if (of->roles.size() >= roles_max)
        return got.refuse(400, 30005, "Maximum number of server roles reached (250)");
    role made{got.all().new_id(got.now), "new role", of->roles.front().permissions};
    made.position = 1;
    take_role_fields(got.object(), made);
    of->roles.push_back(std::move(made));
    announce_role(got, "GUILD_ROLE_CREATE", *of, of->roles.back());
    got.reply(role_json(of->roles.back(), *of));
}

role* role_at(const call& got, std::size_t at, guild& of)
{
    role* found = of.find_role(got.id(at));
    if (found == nullptr)
        got.refuse(404, 10011, "Unknown Role");
    return found;
}

void get_role(const call& got)
{
    guild* of = got.guild_at(1);
    const role* found = of == nullptr ? nullptr : role_at(got, 3, *of);
    if (found != nullptr)
        got.reply(role_json(*found, *of));
}

void update_role(const call& got)
{
    guild* of = got.guild_at(1);
    role* found = of == nullptr ? nullptr : role_at(got, 3, *of);
    if (found == nullptr)
        return;
    take_role_fields(got.object(), *found);
    announce_role(got, "GUILD_ROLE_UPDATE", *of, *found);
    got.reply(role_json(*found, *of));
}

// "Modify Guild Role Positions".
void move_roles(const call& got)
{
    guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    for (const auto& each : got.body.as_array()) {
        role* found = of->find_role(id_in(each.as_object(), "id"));
        if (found == nullptr)
            return got.refuse(404, 10011, "Unknown Role");
        found->position = number_in(each.as_object(), "position").value_or(found->position);
        announce_role(got, "GUILD_ROLE_UPDATE", *of, *found);
    }
    got.reply(roles_json(*of));
}

void delete_role(const call& got)
{
    guild* of = got.guild_at(1);
    role* found = of == nullptr ? nullptr : role_at(got, 3, *of);
    if (found == nullptr)
        return;
    if (found->id == of->id || found->bot)
        return got.refuse(400, 50028, "Invalid role");
    const auto id = found->id;
    std::erase_if(of->roles, [&](const role& each) { return each.id == id; });
    std::erase(of->own.roles, id);
    for (person& each : of->people)
        std::erase(each.in.roles, id);
    got.announce("GUILD_ROLE_DELETE", id, of->id,
                 json::object{{"guild_id", to_string(of->id)}, {"role_id", to_string(id)}});
    got.done();
}

void list_invites(const call& got)
{
    if (got.guild_at(1) != nullptr)
        got.reply(json::array());
}

}  // namespace

std::span<const handling> guild_handlings()
{
    static constexpr handling all[] = {{"get_guild", get_guild},
                                       {"update_guild", update_guild},
                                       {"list_guild_channels", list_channels},
                                       {"create_guild_channel", create_channel},
                                       {"bulk_update_guild_channels", move_channels},
                                       {"list_guild_roles", list_roles},
                                       {"create_guild_role", create_role},
                                       {"get_guild_role", get_role},
                                       {"update_guild_role", update_role},
                                       {"bulk_update_guild_roles", move_roles},
                                       {"delete_guild_role", delete_role},
                                       {"list_guild_invites", list_invites}};
    return all;
}

}  // namespace tinfoil::discordsim
