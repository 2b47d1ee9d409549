#include "handoff/deeds.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

namespace tinfoil::handoff_sim {
namespace {

using member = std::pair<std::string, std::string>;

std::string object(const std::vector<member>& members)
{
    std::string text = "{";
    for (const auto& [key, value] : members)
        text += (text.size() > 1 ? ",\"" : "\"") + key + "\":" + value;
    return text + "}";
}

std::string quoted(std::uint64_t id)
{
    return "\"" + std::to_string(id) + "\"";
}

void write(deed& into, std::string type, std::vector<member> members)
{
    into.type = std::move(type);
    into.data[0] = object(members);
    std::reverse(members.begin(), members.end());
    into.data[1] = object(members);
    if (into.what.empty())
        into.what = into.type + into.data[0];
}

std::vector<member> in(handoff::stream_id where)
{
    if (where.of == handoff::stream_id::kind::guild)
        return {{"guild_id", quoted(where.id.value)}, {"channel_id", quoted(where.id.value + 1)}};
    return {{"channel_id", quoted(where.id.value)}};
}

// The newer side lacks what MESSAGE_CONTENT gives.
void without_content(deed& into)
{
    const std::string given = R"("content":"hello")";
    const auto at = into.data[1].find(given);
    if (at != std::string::npos)
        into.data[1].replace(at, given.size(), R"("content":"")");
}

}  // namespace

void write_message(deed& into, handoff::stream_id where, bool differs)
{
    auto members = in(where);
    members.emplace_back("id", quoted(into.id));
    members.emplace_back("content", R"("hello")");
    members.emplace_back("author", R"({"id":"7","username":"somebody"})");
    write(into, "MESSAGE_CREATE", std::move(members));
    if (differs)
        without_content(into);
}

void write_interaction(deed& into, handoff::stream_id where)
{
    auto members = in(where);
    members.emplace_back("id", quoted(into.id));
    members.emplace_back("token", "\"t" + std::to_string(into.id) + "\"");
    write(into, "INTERACTION_CREATE", std::move(members));
}

void write_reaction(deed& into, handoff::stream_id where, std::uint64_t which)
{
    auto members = in(where);
    members.emplace_back("message_id", R"("5")");
    members.emplace_back("user_id", R"("9")");
    members.emplace_back("emoji", R"({"id":null,"name":"x"})");
    write(into, which == 0 ? "MESSAGE_REACTION_ADD" : "MESSAGE_REACTION_REMOVE",
          std::move(members));
}

void write_update(deed& into, handoff::stream_id where, std::uint64_t which, bool differs)
{
    auto members = in(where);
    members.emplace_back("id", R"("5")");
    members.emplace_back("content", R"("hello")");
    members.emplace_back("flags", std::to_string(which));
    write(into, "MESSAGE_UPDATE", std::move(members));
    if (differs)
        without_content(into);
}

void write_typing(deed& into, handoff::stream_id where, std::uint64_t who)
{
    auto members = in(where);
    members.emplace_back("user_id", quoted(100 + who));
    write(into, "TYPING_START", std::move(members));
}

void write_guild(deed& into, handoff::stream_id where, std::uint64_t last_message)
{
    const std::string last = last_message == 0 ? "null" : quoted(last_message);
    write(into, "GUILD_CREATE",
          {{"id", quoted(where.id.value)},
           {"channels", R"([{"id":"3","last_message_id":null},{"last_message_id":)" + last +
                            R"(,"id":)" + quoted(where.id.value + 1) + "}]"}});
}

void write_gone(deed& into, handoff::stream_id where, bool is_outage)
{
    std::vector<member> members = {{"id", quoted(where.id.value)}};
    if (is_outage)
        members.emplace_back("unavailable", "true");
    write(into, "GUILD_DELETE", std::move(members));
}

void write_sounds(deed& into, discord::snowflake guild)
{
    write(into, "SOUNDBOARD_SOUNDS",
          {{"guild_id", quoted(guild.value)}, {"soundboard_sounds", "[]"}});
}

void write_chunk(deed& into, discord::snowflake guild, const std::string& nonce)
{
    write(into, "GUILD_MEMBERS_CHUNK",
          {{"guild_id", quoted(guild.value)}, {"members", "[]"}, {"nonce", "\"" + nonce + "\""}});
}

void write_voice(deed& into, handoff::stream_id where, discord::snowflake channel)
{
    write(into, "VOICE_STATE_UPDATE",
          {{"guild_id", quoted(where.id.value)},
           {"user_id", quoted(world::own_user)},
           {"channel_id", channel ? quoted(channel.value) : "null"}});
}

}  // namespace tinfoil::handoff_sim
