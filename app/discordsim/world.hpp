#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "discord/snowflake.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tinfoil::discordsim {

struct person {
    discord::snowflake id;
    std::string name;
    bool bot = false;
};

struct channel {
    discord::snowflake id;
    std::string name;
};

struct guild {
    discord::snowflake id;
    std::string name;
    std::vector<channel> channels;  ///< The first is the system channel.
    std::vector<person> people;
};

struct written {
    discord::snowflake id;
    discord::snowflake channel, guild;
    person author;
    std::string content;
    discord::snowflake answers;  ///< The message that it replies to; 0: none.
    std::string time;
};

/// What there is in the simulated Discord: one application with its bot, guilds, channels, people.
/// The same numbers make the same world with the same ids, so that what a bot remembers of it stays
/// true in the next run; what happens later has ids that tell the time.
class world {
public:
    world(std::uint64_t seed, int guild_count, int people_per_guild, std::int64_t wall,
          instant now);

    [[nodiscard]] discord::snowflake new_id(instant now);
    /// As Discord writes times: ISO 8601.
    [[nodiscard]] std::string time_text(instant now) const;

    [[nodiscard]] guild* find_guild(discord::snowflake id);
    [[nodiscard]] const channel* find_channel(discord::snowflake id, guild** in);
    person& join(guild& where, instant now);
    /// Somebody of this name joins.
    person& join(guild& where, std::string name, instant now);
    /// A new guild, with channels and nobody in it.
    guild& found_guild(instant now);
    /// Discord's clock jumps.
    void step_clock(duration by) { start_wall_ms_ += by / std::chrono::milliseconds(1); }

    random_source random;
    person bot;
    discord::snowflake application;
    std::vector<guild> guilds;

private:
    discord::snowflake lasting_id();
    [[nodiscard]] std::int64_t wall_ms(instant now) const;
    std::string new_name();

    std::int64_t start_wall_ms_;
    instant start_;
    std::uint64_t last_id_ = 0;
    std::uint64_t lasting_ = 0;  ///< How many channels and people are there from the start.
    std::uint64_t names_ = 0;
};

// Discord's objects, as its API writes them.
[[nodiscard]] boost::json::object user_json(const person& who);
[[nodiscard]] boost::json::object member_json(const person& who, const std::string& time);
[[nodiscard]] boost::json::object channel_json(const channel& what, const guild& in);
/// With channels and members when `whole`, as GUILD_CREATE has them.
[[nodiscard]] boost::json::object guild_json(const guild& what, const person& bot, bool whole,
                                             const std::string& time);
/// Without content when the reader may not see it. Discord Docs/Gateway, "Message Content Intent".
[[nodiscard]] boost::json::object message_json(const written& what, bool with_content);

}  // namespace tinfoil::discordsim
