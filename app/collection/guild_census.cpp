#include "collection/guild_census.hpp"

#include "discord/envelope.hpp"
#include "discord/walker.hpp"

namespace tinfoil::collection {
namespace {

std::optional<discord::snowflake> id_in(std::string_view object, std::string_view key)
{
    return discord::parse_snowflake(discord::find_member(object, key));
}

}  // namespace

void guild_census::load(const link::shard_baggage& from)
{
    complete_ = from.counted;
    for (const std::uint64_t each : from.guilds)
        guilds_.insert({each});
    for (const std::uint64_t each : from.unavailable)
        unavailable_.insert({each});
    for (const auto& [guild, channel] : from.voices)
        voices_[{guild}] = {channel};
}

void guild_census::save(link::shard_baggage& to) const
{
    to.counted = complete_;
    for (const discord::snowflake each : guilds_)
        to.guilds.push_back(each.value);
    for (const discord::snowflake each : unavailable_)
        to.unavailable.push_back(each.value);
    for (const auto& [guild, channel] : voices_)
        to.voices.emplace_back(guild.value, channel.value);
}

void guild_census::on_event(std::string_view type, std::string_view data)
{
    if (type == "READY")
        return on_ready(data);
    if (type == "VOICE_STATE_UPDATE")
        return on_voice(data);
    const bool is_create = type == "GUILD_CREATE";
    if (!is_create && type != "GUILD_DELETE")
        return;
    const auto guild = id_in(data, "id");
    if (!guild)
        return;
    // A GUILD_CREATE of an unavailable guild may come, too.
    if (!is_create || discord::find_value(data, "unavailable") == "true")
        return on_gone(*guild, data);
    guilds_.insert(*guild);
    unavailable_.erase(*guild);
}

// READY names all as unavailable; those that are so stay silent, those that are not follow at once.
void guild_census::on_ready(std::string_view data)
{
    guilds_.clear();
    unavailable_.clear();
    voices_.clear();
    if (const auto own = id_in(discord::find_value(data, "user"), "id"))
        own_user_ = *own;
    complete_ = discord::each_element(discord::find_value(data, "guilds"), [&](auto raw) {
        if (const auto guild = id_in(raw, "id")) {
            guilds_.insert(*guild);
            unavailable_.insert(*guild);
        }
    });
}

void guild_census::on_gone(discord::snowflake guild, std::string_view data)
{
    voices_.erase(guild);
    if (discord::find_value(data, "unavailable") == "true") {
        guilds_.insert(guild);
        unavailable_.insert(guild);
    } else {
        guilds_.erase(guild);
        unavailable_.erase(guild);
    }
}

void guild_census::on_voice(std::string_view data)
{
    if (!own_user_ || discord::find_member(data, "user_id") != discord::to_string(own_user_))
        return;
    const auto guild = id_in(data, "guild_id");
    if (!guild)
        return;
    if (const auto channel = id_in(data, "channel_id"))
        voices_[*guild] = *channel;
    else
        voices_.erase(*guild);
}

}  // namespace tinfoil::collection
