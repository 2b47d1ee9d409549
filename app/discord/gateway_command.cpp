#include "discord/gateway_command.hpp"

#include "discord/intents.hpp"
#include "discord/limits.hpp"
#include "discord/opcode.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tinfoil::discord {
namespace {

namespace json = boost::json;

// Discord Docs/Gateway Events, "Request Guild Members".
constexpr std::size_t found_members_max = 100, user_ids_max = 100, nonce_bytes_max = 32;

command_answer invalid(std::string why)
{
    return {command_outcome::invalid, std::move(why)};
}

snowflake id_of(const json::value* from)
{
    const auto* text = from == nullptr ? nullptr : from->if_string();
    return text == nullptr ? snowflake{}
                           : parse_snowflake(std::string_view(*text)).value_or(snowflake{});
}

bool is_missing(const json::value* what)
{
    return what == nullptr || what->is_null();
}

// A member that may be left out, but is a bool otherwise.
bool is_flag(const json::value* what)
{
    return is_missing(what) || what->is_bool();
}

std::string write(const json::object& from)
{
    return json::serialize(from);
}

checked_command read_presence(const json::object& from)
{
    constexpr std::array<std::string_view, 5> known{"online", "dnd", "idle", "invisible",
                                                    "offline"};
    const auto* status = from.if_contains("status");
    const auto* since = from.if_contains("since");
    const auto* activities = from.if_contains("activities");
    std::string_view name = "online";
    if (!is_missing(status))
        name = status->is_string() ? std::string_view(status->get_string()) : "";
    if (std::find(known.begin(), known.end(), name) == known.end())
        return invalid("a presence's status is online, dnd, idle, invisible or offline");
    if (!is_missing(since) && !since->is_int64())
        return invalid("a presence's since is a time in milliseconds or null");
    if (!is_missing(activities) && !activities->is_array())
        return invalid("a presence's activities are a list");
    if (!is_flag(from.if_contains("afk")))
        return invalid("a presence's afk is true or false");
    gateway_command made;
    made.op = opcode::presence_update;
    const auto* afk = from.if_contains("afk");
    made.data =
        write({{"since", is_missing(since) ? json::value() : *since},
               {"activities", is_missing(activities) ? json::value(json::array()) : *activities},
               {"status", json::string_view(name.data(), name.size())},
               {"afk", !is_missing(afk) && afk->get_bool()}});
    return made;
}

checked_command read_voice_state(const json::object& from)
{
    gateway_command made;
    made.op = opcode::voice_state_update;
    made.guild = id_of(from.if_contains("guild_id"));
    made.channel = id_of(from.if_contains("channel_id"));
    if (!made.channel && !is_missing(from.if_contains("channel_id")))
        return invalid("a voice state's channel_id is the id of a channel, or null to leave it");
    if (!is_flag(from.if_contains("self_mute")) || !is_flag(from.if_contains("self_deaf")))
        return invalid("a voice state's self_mute and self_deaf are true or false");
    const auto flag = [&](const char* key) {
        const auto* found = from.if_contains(key);
        return !is_missing(found) && found->get_bool();
    };
    made.data =
        write({{"guild_id", to_string(made.guild)},
               {"channel_id", made.channel ? json::value(to_string(made.channel)) : json::value()},
               {"self_mute", flag("self_mute")},
               {"self_deaf", flag("self_deaf")}});
    return made;
}

// Either user_ids or a query; an empty query with limit 0 wants everybody.
checked_command read_whom(const json::object& from, gateway_command made, json::object sent)
{
    const auto* query = from.if_contains("query");
    const auto* limit = from.if_contains("limit");
    const auto* users = from.if_contains("user_ids");
    if (!is_missing(users)) {
        if (!is_missing(query))
            return invalid("a request for members has user_ids or a query, not both");
        json::array ids;
        if (const auto* one = users->if_string())
            ids.emplace_back(*one);
        else if (const auto* list = users->if_array())
            ids = *list;
        const bool are_ids = std::all_of(
            ids.begin(), ids.end(), [](const json::value& each) { return bool(id_of(&each)); });
        if (ids.empty() || ids.size() > user_ids_max || !are_ids)
            return invalid("the user_ids of a request for members are 1 to 100 ids");
        sent["user_ids"] = std::move(ids);
        made.data = write(sent);
        return made;
    }
    if (!is_missing(query) && !query->is_string())
        return invalid("the query of a request for members is a text");
    if (!is_missing(limit) && !limit->is_int64())
        return invalid("the limit of a request for members is a whole number");
    const std::string text = is_missing(query) ? "" : std::string(query->get_string());
    const std::int64_t most = is_missing(limit) ? 0 : limit->get_int64();
    made.all_members = text.empty() && most == 0;
    if (!made.all_members && (most < 1 || most > static_cast<std::int64_t>(found_members_max)))
        return invalid("a request for members with a query has a limit of 1 to 100");
    if (made.all_members)
        made.needs |= intent_guild_members;
    sent["query"] = text;
    sent["limit"] = most;
    made.data = write(sent);
    return made;
}

checked_command read_member_request(const json::object& from)
{
    gateway_command made;
    made.op = opcode::request_guild_members;
    made.guild = id_of(from.if_contains("guild_id"));
    const auto* nonce = from.if_contains("nonce");
    if (!is_missing(nonce) && (!nonce->is_string() || nonce->get_string().size() > nonce_bytes_max))
        return invalid("the nonce of a request for members has at most 32 bytes");
    const auto* presences = from.if_contains("presences");
    if (!is_flag(presences))
        return invalid("presences of a request for members is true or false");
    json::object sent{{"guild_id", to_string(made.guild)}};
    if (!is_missing(presences) && presences->get_bool()) {
        made.needs |= intent_guild_presences;
        sent["presences"] = true;
    }
    return read_whom(from, std::move(made), std::move(sent));
}

checked_command read_sounds_request(const json::object& from)
{
    gateway_command made;
    made.op = opcode::request_soundboard_sounds;
    const auto* list = from.if_contains("guild_ids");
    if (is_missing(list) || !list->is_array() || list->get_array().size() != 1)
        return invalid("a request for soundboard sounds has one guild in guild_ids");
    made.guild = id_of(&list->get_array().front());
    made.data = write({{"guild_ids", json::array{to_string(made.guild)}}});
    return made;
}

checked_command read_channel_request(const json::object& from)
{
    gateway_command made;
    made.op = opcode::request_channel_info;
    made.guild = id_of(from.if_contains("guild_id"));
    json::object sent{{"guild_id", to_string(made.guild)}};
    if (const auto* fields = from.if_contains("fields"); !is_missing(fields)) {
        const auto* list = fields->if_array();
        const auto is_text = [](const json::value& each) { return each.is_string(); };
        if (list == nullptr || !std::all_of(list->begin(), list->end(), is_text))
            return invalid("the fields of a request for channel info are a list of names");
        sent["fields"] = *list;
    }
    made.data = write(sent);
    return made;
}

checked_command read_by_op(int op, const json::object& from)
{
    switch (op) {
    case opcode::presence_update:
        return read_presence(from);
    case opcode::voice_state_update:
        return read_voice_state(from);
    case opcode::request_guild_members:
        return read_member_request(from);
    case opcode::request_soundboard_sounds:
        return read_sounds_request(from);
    case opcode::request_channel_info:
        return read_channel_request(from);
    default:
        return invalid("opcode " + std::to_string(op) +
                       " is no command of a plugin; they are 3, 4, 8, 31 and 43");
    }
}

}  // namespace

void throw_exception_from_error(const command_answer& what, const boost::source_location&)
{
    throw std::runtime_error(what.text);
}

checked_command read_command(int op, std::string_view data)
{
    const auto too_large = [](std::size_t bytes) {
        return command_answer{command_outcome::too_large,
                              "a command of " + std::to_string(bytes) +
                                  " bytes is too large: Discord takes payloads of 4096"};
    };
    if (data.size() > limits::gateway_payload_bytes_max * 2)
        return too_large(data.size());
    json::error_code failed;
    const json::value parsed = json::parse({data.data(), data.size()}, failed);
    if (failed || !parsed.is_object())
        return invalid("the data of a command is a JSON object");
    checked_command made = read_by_op(op, parsed.get_object());
    if (!made)
        return made;
    if (!made->guild && op != opcode::presence_update)
        return invalid("opcode " + std::to_string(op) + " needs the id of a guild");
    const bool has_nonce = op == opcode::request_guild_members;
    const std::size_t bytes =
        command_payload(*made, std::string(has_nonce ? nonce_bytes_max : 0, 'n')).size();
    if (bytes > limits::gateway_payload_bytes_max)
        return too_large(bytes);
    return made;
}

std::string command_payload(const gateway_command& what, std::string_view nonce)
{
    std::string text = R"({"op":)" + std::to_string(what.op) + R"(,"d":)" + what.data;
    if (!nonce.empty()) {
        text.pop_back();  // The brace of `d`, which is an object with members.
        text += R"(,"nonce":")";
        text += nonce;
        text += "\"}";
    }
    return text + "}";
}

}  // namespace tinfoil::discord
