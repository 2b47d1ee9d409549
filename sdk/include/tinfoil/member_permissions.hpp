#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <tinfoil/json.hpp>
#include <tinfoil/permissions.hpp>
#include <tinfoil/timestamp.hpp>
#include <vector>

namespace tinfoil {

/// A set of permissions out of Discord's JSON, where it is text; 0 when there is none.
inline permissions permissions_in(const boost::json::object& from, std::string_view key)
{
    return id_in(from, key);
}

/// What one member may do, out of Discord's JSON. It copies what it needs.
class member_permissions {
public:
    /// `guild` has `id`, `owner_id` and `roles`, as GUILD_CREATE and GET /guilds/{guild_id} do;
    /// `member` has `roles`, and `communication_disabled_until` while it is timed out. `now` is the
    /// time by which that is judged.
    member_permissions(const boost::json::object& guild, const boost::json::object& member,
                       snowflake user, std::chrono::system_clock::time_point now)
        : guild_(id_in(guild, "id")),
          user_(user),
          own_(ids_in(member, "roles")),
          is_owner_(id_in(guild, "owner_id") == user)
    {
        if (const auto* all = guild.if_contains("roles"); all != nullptr && all->is_array())
            for (const auto& each : all->get_array())
                if (const auto* role = each.if_object())
                    roles_.push_back({id_in(*role, "id"), permissions_in(*role, "permissions")});
        const auto until = parse_timestamp(text_in(member, "communication_disabled_until"));
        is_timed_out_ = until && *until > now;
    }

    [[nodiscard]] permissions in_guild() const { return guild_permissions(guild_, who(), roles_); }
    /// `channel` has `type` and `permission_overwrites`; in a thread, `parent` is what it is in.
    [[nodiscard]] permissions in_channel(const boost::json::object& channel) const
    {
        const auto* type = channel.if_contains("type");
        return within(channel,
                      kind_of_channel(type != nullptr && type->is_int64() ? type->get_int64() : 0));
    }
    [[nodiscard]] permissions in_thread_of(const boost::json::object& parent) const
    {
        return within(parent, channel_kind::thread);
    }

private:
    [[nodiscard]] permission_holder who() const { return {user_, own_, is_owner_, is_timed_out_}; }

    [[nodiscard]] permissions within(const boost::json::object& channel, channel_kind in) const
    {
        std::vector<overwrite> overwrites;
        const auto* all = channel.if_contains("permission_overwrites");
        if (all != nullptr && all->is_array())
            for (const auto& each : all->get_array())
                if (const auto* one = each.if_object()) {
                    const auto* type = one->if_contains("type");
                    const bool is_member =
                        type != nullptr && type->is_int64() && type->get_int64() == 1;
                    overwrites.push_back({id_in(*one, "id"), is_member,
                                          permissions_in(*one, "allow"),
                                          permissions_in(*one, "deny")});
                }
        return channel_permissions(guild_, who(), roles_, overwrites, in);
    }

    snowflake guild_, user_;
    std::vector<snowflake> own_;
    std::vector<role_grant> roles_;
    bool is_owner_ = false, is_timed_out_ = false;
};

}  // namespace tinfoil
