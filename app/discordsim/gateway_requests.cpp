// What a client may send besides the handshake. Discord Docs/Gateway Events, "Send Events".
#include "discord/intents.hpp"
#include "discord/opcode.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;
namespace opcode = discord::opcode;

constexpr std::size_t presences_max = 5;
constexpr duration presences_window = std::chrono::seconds(20);
constexpr std::size_t chunk_members = 1000;
constexpr std::size_t found_members_max = 100;
constexpr std::size_t nonce_bytes_max = 32;
constexpr duration all_members_interval = std::chrono::seconds(30);
constexpr std::uint64_t intent_voice_states = 1U << 7;

const json::value& member(const json::object& of, const char* key)
{
    static const json::value nothing;
    const auto* found = of.if_contains(key);
    return found != nullptr ? *found : nothing;
}

discord::snowflake id_of(const json::value& from)
{
    if (const auto* text = from.if_string())
        return discord::parse_snowflake(std::string_view(*text)).value_or(discord::snowflake{});
    json::error_code failed;
    const auto number = from.is_number() ? from.to_number<std::uint64_t>(failed) : 0;
    return {failed ? 0 : number};
}

// A snowflake, or a list of them.
std::vector<discord::snowflake> ids_of(const json::value& from)
{
    std::vector<discord::snowflake> all;
    if (const auto* list = from.if_array())
        for (const auto& each : *list)
            all.push_back(id_of(each));
    else if (!from.is_null())
        all.push_back(id_of(from));
    return all;
}

std::string_view text(const json::value& from)
{
    const auto* found = from.if_string();
    return found != nullptr ? std::string_view(*found) : std::string_view();
}

// All members are wanted: an empty prefix without a limit.
bool wants_all(const json::object& request)
{
    const auto& query = member(request, "query");
    const auto& limit = member(request, "limit");
    return member(request, "user_ids").is_null() && query.is_string() && text(query).empty() &&
           (!limit.is_number() || limit == json::value(0));
}

// Of what a prefix finds.
std::size_t members_limit(const json::object& request)
{
    const auto* limit = member(request, "limit").if_int64();
    return limit == nullptr || *limit <= 0
               ? found_members_max
               : std::min(static_cast<std::size_t>(*limit), found_members_max);
}

}  // namespace

void simulator::on_sent(std::int64_t op, connection_id id, const json::object& data, instant now,
                        actions& todo)
{
    session& own = sessions_.at(connections_.at(id).session);
    if (op == opcode::presence_update)
        return on_presence(id, now, todo);
    if (op == opcode::voice_state_update)
        return on_voice_state(own, data, todo);
    if (op == opcode::request_guild_members)
        return on_members_wanted(own, data, now, todo);
    if (op == opcode::request_soundboard_sounds) {
        for (const discord::snowflake each : ids_of(member(data, "guild_ids")))
            if (own.slot.serves(each) && world_.find_guild(each) != nullptr)
                answer_from(own,
                            make_event("SOUNDBOARD_SOUNDS",
                                       json::object{{"guild_id", to_string(each)},
                                                    {"soundboard_sounds", json::array()}}),
                            todo, each, overtakes(own, each));
        return;
    }
    on_channel_info_wanted(own, data, todo);
}

// Discord Docs/Gateway Events, "Channel Info": only the fields that were asked for. Threads are no
// channels here, and nobody writes a status.
void simulator::on_channel_info_wanted(session& of, const json::object& data, actions& todo)
{
    const guild* in = world_.find_guild(id_of(member(data, "guild_id")));
    if (in == nullptr || !of.slot.serves(in->id))
        return;
    const auto* fields = member(data, "fields").if_array();
    const auto wants = [&](std::string_view field) {
        return fields != nullptr &&
               std::any_of(fields->begin(), fields->end(),
                           [&](const json::value& each) { return text(each) == field; });
    };
    json::array channels;
    for (const channel& each : in->channels) {
        json::object info{{"id", to_string(each.id)}};
        if (wants("status"))
            info["status"] = nullptr;
        if (wants("voice_start_time"))
            info["voice_start_time"] = each.voice_since_ms == 0
                                           ? json::value(nullptr)
                                           : json::value(each.voice_since_ms / 1000);
        channels.push_back(std::move(info));
    }
    answer_from(of,
                make_event("CHANNEL_INFO", json::object{{"guild_id", to_string(in->id)},
                                                        {"channels", std::move(channels)}}),
                todo, in->id, overtakes(of, in->id));
}

// Discord Docs/Gateway Events, "Update Presence": five in twenty seconds. What goes beyond is
// passed over without a word.
void simulator::on_presence(connection_id id, instant now, actions&)
{
    connection& from = connections_.at(id);
    auto& sent = from.presences;
    sent.push_back(now);
    while (now - sent.front() >= presences_window)
        sent.pop_front();
    if (sent.size() > presences_max && now >= from.excused_until)
        witness_.broke("gateway/presence-limit",
                       name_of(id) + " changed its presence more than 5 times in 20 s", now);
}

// There is no voice server: the state is told, as Discord does, and an endpoint never comes.
void simulator::on_voice_state(session& of, const json::object& data, actions& todo)
{
    const discord::snowflake guild = id_of(member(data, "guild_id"));
    if (!of.slot.serves(guild) || world_.find_guild(guild) == nullptr)
        return;
    const auto& channel = member(data, "channel_id");
    const auto flag = [&](const char* key) { return member(data, key) == json::value(true); };
    announce({"VOICE_STATE_UPDATE", {}, guild}, intent_voice_states,
             json::object{{"guild_id", to_string(guild)},
                          {"channel_id", channel},
                          {"user_id", to_string(world_.bot.id)},
                          {"member", member_json(world_.bot, world_.time_text(now_))},
                          {"session_id", "voice" + to_string(guild)},
                          {"deaf", false},
                          {"mute", false},
                          {"self_deaf", flag("self_deaf")},
                          {"self_mute", flag("self_mute")},
                          {"self_video", false},
                          {"suppress", false},
                          {"request_to_speak_timestamp", nullptr}},
             todo);
    if (!channel.is_null())
        carry(of,
              make_event("VOICE_SERVER_UPDATE", json::object{{"token", "voice"},
                                                             {"guild_id", to_string(guild)},
                                                             {"endpoint", nullptr}}),
              todo, guild);
}

void simulator::on_members_wanted(session& of, const json::object& data, instant now, actions& todo)
{
    const auto guilds = ids_of(member(data, "guild_id"));
    if (guilds.size() != 1 ||
        (!member(data, "query").is_string() && member(data, "user_ids").is_null()))
        return break_rule(*of.connection, 4002, "Error while decoding payload.", now, todo);
    const guild* in = world_.find_guild(guilds.front());
    if (in == nullptr || !of.slot.serves(in->id))
        return;
    if (wants_all(data)) {
        if ((of.intents & discord::intent_guild_members) == 0) {
            witness_.broke("gateway/members-intent",
                           name_of(*of.connection) +
                               " asked for all members without the GUILD_MEMBERS intent",
                           now);
            return;
        }
        if (!within_member_requests(of, in->id, data, now, todo))
            return;
    }
    send_members(of, *in, data, now, todo);
}

// Discord Docs/Gateway Events, "Rate Limited": all members of a guild once in 30 s.
bool simulator::within_member_requests(session& of, discord::snowflake guild,
                                       const json::object& data, instant now, actions& todo)
{
    const auto [last, is_first] = all_members_at_.emplace(guild, now);
    if (is_first || now - last->second >= all_members_interval) {
        last->second = now;
        return true;
    }
    const duration left = last->second + all_members_interval - now;
    json::object meta{{"guild_id", to_string(guild)}};
    if (const auto nonce = text(member(data, "nonce"));
        !nonce.empty() && nonce.size() <= nonce_bytes_max)
        meta["nonce"] = nonce;
    if (now >= connections_.at(*of.connection).excused_until)
        witness_.broke("gateway/members-limit",
                       name_of(*of.connection) + " asked again for all members of guild " +
                           to_string(guild) + " within 30 s",
                       now);
    dispatch(of,
             make_event("RATE_LIMITED",
                        json::object{{"opcode", opcode::request_guild_members},
                                     {"retry_after", static_cast<double>(left.count()) / 1e9},
                                     {"meta", std::move(meta)}}),
             todo, guild);
    return false;
}

void simulator::send_members(session& to, const guild& of, const json::object& data, instant now,
                             actions& todo)
{
    std::vector<const person*> found;
    json::array not_found;
    const auto everybody = [&](auto visit) {
        visit(world_.bot);
        for (const person& each : of.people)
            visit(each);
    };
    if (const auto& wanted = member(data, "user_ids"); !wanted.is_null()) {
        auto ids = ids_of(wanted);
        ids.resize(std::min(ids.size(), found_members_max));
        for (const discord::snowflake id : ids) {
            const std::size_t before = found.size();
            everybody([&](const person& each) {
                if (each.id == id)
                    found.push_back(&each);
            });
            if (found.size() == before)
                not_found.push_back(json::value(to_string(id)));
        }
    } else {
        const std::string_view prefix = text(member(data, "query"));
        everybody([&](const person& each) {
            if (each.name.starts_with(prefix))
                found.push_back(&each);
        });
        if (!wants_all(data))
            found.resize(std::min(found.size(), members_limit(data)));
    }
    const std::string time = world_.time_text(now);
    const bool overtakes_all = overtakes(to, of.id);
    const std::size_t chunks =
        std::max<std::size_t>(1, (found.size() + chunk_members - 1) / chunk_members);
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        json::array members;
        for (std::size_t at = chunk * chunk_members;
             at < std::min(found.size(), (chunk + 1) * chunk_members); ++at)
            members.push_back(member_json(*found[at], of));
        json::object made{{"guild_id", to_string(of.id)},
                          {"members", std::move(members)},
                          {"chunk_index", chunk},
                          {"chunk_count", chunks}};
        if (chunk == 0 && !not_found.empty())
            made["not_found"] = not_found;
        if (member(data, "presences") == json::value(true) &&
            (to.intents & discord::intent_guild_presences) != 0)
            made["presences"] = json::array();
        if (const auto nonce = text(member(data, "nonce"));
            !nonce.empty() && nonce.size() <= nonce_bytes_max)
            made["nonce"] = nonce;
        answer_from(to, make_event("GUILD_MEMBERS_CHUNK", made), todo, of.id, overtakes_all);
    }
}

}  // namespace tinfoil::discordsim
