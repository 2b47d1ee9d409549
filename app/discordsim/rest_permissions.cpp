// What the bot may do, by its roles and the overwrites of channels. Discord Docs/Permissions, and
// what the page of each operation says that it needs.
#include "discordsim/permissions.hpp"
#include "discordsim/rest.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;
namespace may = permission;

struct need {
    std::string_view operation;
    std::uint64_t all_of;
};

// Those that depend on the operation alone.
constexpr std::array needs{need{"bulk_delete_messages", may::manage_messages},
                           need{"create_pin", may::pin_messages},
                           need{"delete_pin", may::pin_messages},
                           need{"deprecated_create_pin", may::pin_messages},
                           need{"deprecated_delete_pin", may::pin_messages},
                           need{"delete_user_message_reaction", may::manage_messages},
                           need{"delete_all_message_reactions", may::manage_messages},
                           need{"delete_all_message_reactions_by_emoji", may::manage_messages},
                           need{"set_channel_permission_overwrite", may::manage_roles},
                           need{"delete_channel_permission_overwrite", may::manage_roles},
                           need{"create_thread_from_message", may::create_public_threads},
                           need{"create_webhook", may::manage_webhooks},
                           need{"list_channel_webhooks", may::manage_webhooks},
                           need{"get_guild_webhooks", may::manage_webhooks},
                           need{"update_guild", may::manage_guild},
                           need{"create_guild_channel", may::manage_channels},
                           need{"bulk_update_guild_channels", may::manage_channels},
                           need{"create_guild_role", may::manage_roles},
                           need{"update_guild_role", may::manage_roles},
                           need{"bulk_update_guild_roles", may::manage_roles},
                           need{"delete_guild_role", may::manage_roles},
                           need{"add_guild_member_role", may::manage_roles},
                           need{"delete_guild_member_role", may::manage_roles},
                           need{"delete_guild_member", may::kick_members},
                           need{"ban_user_from_guild", may::ban_members},
                           need{"unban_user_from_guild", may::ban_members},
                           need{"list_guild_bans", may::ban_members},
                           need{"get_guild_ban", may::ban_members},
                           need{"bulk_ban_users_from_guild", may::ban_members | may::manage_guild}};

// "Modify Guild Member": each field needs its own.
std::uint64_t of_member_fields(const json::object& body)
{
    constexpr std::array fields{std::pair{"nick", may::manage_nicknames},
                                std::pair{"roles", may::manage_roles},
                                std::pair{"communication_disabled_until", may::moderate_members}};
    std::uint64_t all = 0;
    for (const auto& [key, needed] : fields)
        all |= body.contains(key) ? needed : 0;
    return all;
}

// "Start Thread without Message" and "in Forum or Media Channel"; public unless it says so.
std::uint64_t of_new_thread(const json::object& body, const channel& parent)
{
    if (parent.type == channel_type::forum || parent.type == channel_type::media)
        return may::send_messages;
    return number_in(body, "type") == channel_type::private_thread ? may::create_private_threads
                                                                   : may::create_public_threads;
}

// "Modify Channel", for threads: who began one may change it, and everybody may take it out of the
// archive unless it is locked.
std::uint64_t of_thread_change(const call& got, const thread_part& of)
{
    const json::object& body = got.object();
    if (of.owner == got.all().bot.id)
        return 0;
    const bool only_opens =
        body.size() == 1 && body.contains("archived") && !flag_in(body, "archived");
    return only_opens && !of.locked ? may::send_messages : may::manage_threads;
}

std::uint64_t of_channel(const call& got, guild& of, channel& in)
{
    const std::string_view id = got.asked.id;
    if (id == "create_message")
        return (in.thread ? may::send_messages_in_threads : may::send_messages) |
               (got.files.empty() ? 0 : may::attach_files);
    if (id == "delete_message") {
        const written* found = got.all().find_message(in, &of, got.id(3));
        return found == nullptr || found->author.id == got.all().bot.id ? 0 : may::manage_messages;
    }
    if (id == "delete_channel")
        return in.thread ? may::manage_threads : may::manage_channels;
    if (id == "update_channel")
        return in.thread ? of_thread_change(got, *in.thread) : may::manage_channels;
    return id == "create_thread" ? of_new_thread(got.object(), in) : 0;
}

std::uint64_t needed_for(const call& got, guild& of, channel* in)
{
    const auto found = std::find_if(needs.begin(), needs.end(), [&](const need& each) {
        return each.operation == got.asked.id;
    });
    if (found != needs.end())
        return found->all_of;
    if (got.asked.id == "update_guild_member")
        return of_member_fields(got.object());
    if (got.asked.id == "update_my_guild_member")
        return got.object().contains("nick") ? may::change_nickname : 0;
    return in != nullptr ? of_channel(got, of, *in) : 0;
}

}  // namespace

bool call::is_allowed(const guild& of, const channel* in, std::uint64_t needed) const
{
    const std::uint64_t has = permissions_of(of, {all().bot.id, of.own.roles}, in);
    if (in != nullptr && (has & may::view_channel) == 0) {
        refuse(403, 50001, "Missing Access");
        return false;
    }
    if ((has & needed) == needed)
        return true;
    refuse(403, 50013, "Missing Permissions");
    return false;
}

bool call::is_allowed() const
{
    guild* of = nullptr;
    channel* in = nullptr;
    if (path[0] == "channels")
        in = all().find_channel(id(1), &of);
    else if (path[0] == "guilds")
        of = all().find_guild(id(1));
    // What is not there is for the operation to say, and in direct messages everybody may write.
    return of == nullptr || is_allowed(*of, in, needed_for(*this, *of, in));
}

}  // namespace tinfoil::discordsim
