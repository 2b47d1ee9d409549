// Calls of whoever stages the play: who says what, what breaks, and what was seen.
#include "discord/intents.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>
#include <charconv>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

constexpr std::size_t happenings_max = 1000;
constexpr std::size_t text_bytes_max = 8000;

std::string text(const json::object& from, const char* key)
{
    const auto* found = from.if_contains(key);
    if (found == nullptr)
        return "";
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

void refuse(answer& to, int status, std::string message)
{
    to.status = status;
    to.body = json::serialize(json::object{{"message", std::move(message)}, {"code", 0}});
}

void set(answer& to, const json::value& body)
{
    to.status = 200;
    to.body = json::serialize(body);
}

json::object to_json(std::uint64_t number, const happening& from)
{
    return {{"number", number},          {"what", name(from.what)}, {"guild", from.guild},
            {"channel", from.channel},   {"who", from.who},         {"text", from.text},
            {"after_ms", from.after_ms}, {"id", to_string(from.id)}};
}

json::object to_json(const breach& from)
{
    return {{"at_ms", from.at / std::chrono::milliseconds(1)},
            {"rule", from.rule},
            {"what", from.what}};
}

std::int64_t number(const json::object& from, const char* key)
{
    const auto* found = from.if_contains(key);
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

// A value as a person writes it, in the option's own type. Discord Docs/Application Commands,
// "Application Command Option Type".
std::optional<json::value> value_of(std::int64_t type, const std::string& written)
{
    constexpr std::int64_t integer = 4, boolean = 5, decimal = 10;
    if (type == boolean)
        return written == "true" || written == "false"
                   ? std::optional(json::value(written == "true"))
                   : std::nullopt;
    if (type != integer && type != decimal)
        return json::value(written);
    json::error_code failed;
    json::value value = json::parse(written, failed);
    const bool fits = !failed && (type == integer ? value.is_int64() : value.is_number());
    return fits ? std::optional(std::move(value)) : std::nullopt;
}

result<json::array> options_of(const json::object& command, const json::object& given)
{
    json::array made;
    std::size_t used = 0;
    const auto* all = command.if_contains("options");
    for (const auto& each : all != nullptr && all->is_array() ? all->get_array() : json::array()) {
        const json::object& option = each.get_object();
        const std::string name = text(option, "name");
        const auto* found = given.if_contains(name);
        if (found == nullptr) {
            const auto* required = option.if_contains("required");
            if (required != nullptr && *required == json::value(true))
                return error{errc::invalid_argument, "the option \"" + name + "\" is required"};
            continue;
        }
        ++used;
        const std::int64_t type = number(option, "type");
        auto value = value_of(type, text(given, name.c_str()));
        if (!value)
            return error{errc::invalid_argument, "the option \"" + name + "\" can't be \"" +
                                                     text(given, name.c_str()) + "\""};
        made.push_back(json::object{{"type", type}, {"name", name}, {"value", std::move(*value)}});
    }
    if (used != given.size())
        return error{errc::invalid_argument, "the command /" + text(command, "name") +
                                                 " does not have all of these options"};
    return made;
}

// The number behind `after=`; 0 without one.
std::uint64_t after(std::string_view path)
{
    const auto found = path.find("after=");
    std::uint64_t number = 0;
    if (found != std::string_view::npos)
        std::from_chars(path.data() + found + 6, path.data() + path.size(), number);
    return number;
}

}  // namespace

std::string_view name(happening::kind of)
{
    switch (of) {
    case happening::kind::said:
        return "said";
    case happening::kind::called:
        return "called";
    case happening::kind::answered:
        return "answered";
    case happening::kind::joined:
        return "joined";
    case happening::kind::other:
        break;
    }
    return "other";
}

void simulator::note_happenings(std::size_t since, const actions& todo)
{
    for (std::size_t at = since; at < todo.size(); ++at)
        if (const auto* seen = std::get_if<told>(&todo[at]))
            happened_.emplace_back(++last_happening_, seen->what);
    while (happened_.size() > happenings_max)
        happened_.pop_front();
}

void simulator::on_direct(const direct& asked, instant now, actions& todo)
{
    answer to{asked.id, 200, {}, ""};
    json::error_code failed;
    const json::value body =
        asked.body.empty() ? json::value(json::object()) : json::parse(asked.body, failed);
    const std::string_view path = std::string_view(asked.path).substr(0, asked.path.find('?'));
    const bool reads =
        path == "/sandbox/counts" || path == "/sandbox/verdict" || path == "/sandbox/watch";
    const bool acts = path == "/sandbox/say" || path == "/sandbox/call" ||
                      path == "/sandbox/fault" || path == "/sandbox/hush" || path == "/sandbox/cut";
    if (!reads && !acts) {
        refuse(to, 404, "404: Not Found");
    } else if (asked.method != (reads ? "GET" : "POST")) {
        refuse(to, 405, std::string("405: Method Not Allowed; use ") + (reads ? "GET" : "POST"));
    } else if (failed || !body.is_object()) {
        refuse(to, 400, "the body of " + std::string(path) + " has to be a JSON object");
    } else if (path == "/sandbox/say") {
        direct_say(body.get_object(), now, to, todo);
    } else if (path == "/sandbox/call") {
        direct_call(body.get_object(), now, to, todo);
    } else if (path == "/sandbox/fault") {
        direct_fault(body.get_object(), now, to, todo);
    } else if (path == "/sandbox/verdict") {
        json::array breaches;
        for (const breach& each : witness_.breaches())
            breaches.push_back(to_json(each));
        set(to, json::object{{"breaches", std::move(breaches)},
                             {"counts", discordsim::to_json(so_far())}});
    } else if (path == "/sandbox/watch") {
        json::array seen;
        const std::uint64_t behind = after(asked.path);
        for (const auto& [number, each] : happened_)
            if (number > behind)
                seen.push_back(to_json(number, each));
        set(to, json::object{{"last", last_happening_}, {"seen", std::move(seen)}});
    } else {
        if (path == "/sandbox/hush") {
            fall_silent();
        } else if (path == "/sandbox/cut") {
            fault all;
            all.what = fault_kind::cut;
            strike(all, now, todo);
        }
        set(to, discordsim::to_json(so_far()));
    }
    todo.emplace_back(std::move(to));
}

// By id or by name; the first of either when nothing is said.
simulator::stage simulator::stage_of(const json::object& with)
{
    stage found;
    const std::string guild_wanted = text(with, "guild");
    std::string channel_wanted = text(with, "channel");
    if (channel_wanted.starts_with('#'))
        channel_wanted.erase(0, 1);
    for (guild& each : world_.guilds) {
        if (!guild_wanted.empty() && guild_wanted != each.name &&
            guild_wanted != to_string(each.id))
            continue;
        for (const channel& one : each.channels)
            if (channel_wanted.empty() || channel_wanted == one.name ||
                channel_wanted == to_string(one.id))
                return {&each, &one, ""};
        found.lacks = "the guild " + each.name + " has no channel \"" + channel_wanted + "\"";
    }
    if (found.lacks.empty())
        found.lacks = "there is no guild \"" + guild_wanted + "\"; use its name or its id";
    return found;
}

person simulator::puppet(guild& in, const json::object& with, instant now, actions& todo)
{
    std::string wanted = text(with, "as");
    if (wanted.empty() && !in.people.empty())
        return in.people.front();
    if (wanted.empty())
        wanted = "alice";
    const auto known = std::find_if(in.people.begin(), in.people.end(), [&](const person& each) {
        return each.name == wanted || to_string(each.id) == wanted;
    });
    if (known != in.people.end())
        return *known;
    return welcome(in, world_.join(in, wanted, now), now, todo);
}

void simulator::direct_say(const json::object& with, instant now, answer& to, actions& todo)
{
    const std::string words = text(with, "text");
    if (words.empty() || words.size() > text_bytes_max)
        return refuse(to, 400, "`text` has to have 1 to 8000 bytes");
    const stage at = stage_of(with);
    if (at.in == nullptr)
        return refuse(to, 404, at.lacks);
    const person who = puppet(*at.of, with, now, todo);
    set(to, message_json(say({*at.of, *at.in}, who, {words, false}, now, todo), true));
}

void simulator::direct_call(const json::object& with, instant now, answer& to, actions& todo)
{
    std::string wanted = text(with, "command");
    if (wanted.starts_with('/'))
        wanted.erase(0, 1);
    const stage at = stage_of(with);
    if (at.in == nullptr)
        return refuse(to, 404, at.lacks);
    const json::array all = world_.callable(at.of->id);
    const json::object* command = nullptr;
    std::string known;
    for (const auto& each : all) {
        const json::object& one = each.get_object();
        known += (known.empty() ? "" : ", ") + text(one, "name");
        if (text(one, "name") == wanted)
            command = &one;
    }
    if (command == nullptr)
        return refuse(to, 404,
                      "the bot has no command \"" + wanted + "\"; it has " +
                          (known.empty() ? "none" : known));
    if (ready_session(at.of->id) == nullptr)
        return refuse(to, 503, "no shard of the bot that serves this guild is connected");
    const auto* given = with.if_contains("options");
    auto options = options_of(*command, given != nullptr && given->is_object() ? given->get_object()
                                                                               : json::object());
    if (!options)
        return refuse(to, 400, options.error().detail);
    const person who = puppet(*at.of, with, now, todo);
    const auto id = use({*at.of, *at.in}, who, {*command, std::move(*options)}, now, todo);
    set(to, json::object{{"id", to_string(id)}});
}

void simulator::direct_fault(const json::object& with, instant now, answer& to, actions& todo)
{
    std::map<std::string, std::string> parameters;
    for (const auto& each : with)
        if (each.key() != "fault")
            parameters[std::string(each.key())] = text(with, std::string(each.key()).c_str());
    if (const auto named = parameters.find("guild"); named != parameters.end()) {
        const stage at = stage_of(json::object{{"guild", named->second}});
        if (at.of == nullptr)
            return refuse(to, 404, at.lacks);
        named->second = to_string(at.of->id);
    }
    const auto what = parse_fault(text(with, "fault"), parameters);
    if (!what)
        return refuse(to, 400, what.error().detail);
    const bool nobody =
        std::none_of(connections_.begin(), connections_.end(), [&](const auto& each) {
            const auto own = sessions_.find(each.second.session);
            return !what->shard || (own != sessions_.end() && own->second.slot == *what->shard);
        });
    if (strikes_connections(what->what) && nobody)
        return refuse(to, 404, "nothing is connected that this fault could strike");
    strike(*what, now, todo);
    set(to, json::object{{"fault", name(what->what)}});
}

}  // namespace tinfoil::discordsim
