#pragma once

#include "discord/snowflake.hpp"
#include "link/message.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace tinfoil::collection {

/// Which guilds a session serves, as it has said itself: READY names all of them, GUILD_CREATE and
/// GUILD_DELETE what changes. A session that an earlier process began is known by changes only.
///
/// Bounds: a session has at most 2,500 guilds (Discord Docs/Gateway, "Sharding"), the sandbox's may
/// have more; each costs about 40 bytes.
class guild_census {
public:
    /// Before the first event; a bot's own user mostly has the id of its application.
    void begin(discord::snowflake own_user) { own_user_ = own_user; }
    /// What another process knew of the same session.
    void load(const link::shard_baggage& from);
    void save(link::shard_baggage& to) const;

    /// Looks at few types. Returns at once for all others.
    void on_event(std::string_view type, std::string_view data);

    [[nodiscard]] std::size_t count() const { return guilds_.size(); }
    /// Nothing is missing.
    [[nodiscard]] bool is_complete() const { return complete_; }
    [[nodiscard]] const std::set<discord::snowflake>& guilds() const { return guilds_; }
    [[nodiscard]] bool is_unavailable(discord::snowflake guild) const
    {
        return unavailable_.contains(guild);
    }
    /// The bot's own voice channels, by guild.
    [[nodiscard]] const std::map<discord::snowflake, discord::snowflake>& voices() const
    {
        return voices_;
    }
    [[nodiscard]] discord::snowflake own_user() const { return own_user_; }

private:
    void on_ready(std::string_view data);
    void on_gone(discord::snowflake guild, std::string_view data);
    void on_voice(std::string_view data);

    discord::snowflake own_user_;
    bool complete_ = false;
    std::set<discord::snowflake> guilds_, unavailable_;
    std::map<discord::snowflake, discord::snowflake> voices_;
};

}  // namespace tinfoil::collection
