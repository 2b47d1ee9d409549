#include "discordsim/permissions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tinfoil::discordsim {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 19> names{
    {{"KICK_MEMBERS", permission::kick_members},
     {"BAN_MEMBERS", permission::ban_members},
     {"MANAGE_CHANNELS", permission::manage_channels},
     {"MANAGE_GUILD", permission::manage_guild},
     {"ADD_REACTIONS", permission::add_reactions},
     {"VIEW_CHANNEL", permission::view_channel},
     {"SEND_MESSAGES", permission::send_messages},
     {"MANAGE_MESSAGES", permission::manage_messages},
     {"ATTACH_FILES", permission::attach_files},
     {"CHANGE_NICKNAME", permission::change_nickname},
     {"MANAGE_NICKNAMES", permission::manage_nicknames},
     {"MANAGE_ROLES", permission::manage_roles},
     {"MANAGE_WEBHOOKS", permission::manage_webhooks},
     {"MANAGE_THREADS", permission::manage_threads},
     {"CREATE_PUBLIC_THREADS", permission::create_public_threads},
     {"CREATE_PRIVATE_THREADS", permission::create_private_threads},
     {"SEND_MESSAGES_IN_THREADS", permission::send_messages_in_threads},
     {"MODERATE_MEMBERS", permission::moderate_members},
     {"PIN_MESSAGES", permission::pin_messages}}};

bool has(const party& who, discord::snowflake role)
{
    return std::find(who.roles.begin(), who.roles.end(), role) != who.roles.end();
}

// Those of @everyone, then those of all roles together, then the member's own.
std::uint64_t with_overwrites(std::uint64_t allowed, const guild& in, const party& who,
                              const channel& where)
{
    std::uint64_t allow = 0, deny = 0, own_allow = 0, own_deny = 0;
    for (const overwrite& each : where.overwrites) {
        if (each.type == 0 && each.id == in.id) {
            allowed = (allowed & ~each.deny) | each.allow;
        } else if (each.type == 0 && has(who, each.id)) {
            allow |= each.allow;
            deny |= each.deny;
        } else if (each.type == 1 && each.id == who.id) {
            own_allow |= each.allow;
            own_deny |= each.deny;
        }
    }
    allowed = (allowed & ~deny) | allow;
    return (allowed & ~own_deny) | own_allow;
}

}  // namespace

std::optional<std::uint64_t> parse_permission(std::string_view name)
{
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::uint64_t permissions_of(const guild& in, const party& who, const channel* where)
{
    std::uint64_t allowed = 0;
    for (const role& each : in.roles)
        if (each.id == in.id || has(who, each.id))
            allowed |= each.permissions;
    // Where nobody is the bot itself owns the guild.
    const bool is_owner = in.people.empty() || in.people.front().id == who.id;
    if (is_owner || (allowed & permission::administrator) != 0)
        return everything_allowed;
    const channel* from = where;
    if (where != nullptr && where->thread)
        for (const channel& each : in.channels)
            if (each.id == where->parent)
                from = &each;
    return from == nullptr ? allowed : with_overwrites(allowed, in, who, *from);
}

}  // namespace tinfoil::discordsim
