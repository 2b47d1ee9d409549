// Calls of whoever stages the play: who says what, what breaks, and what was seen.
#include "base/utf8.hpp"
#include "discord/intents.hpp"
#include "discordsim/calls.hpp"
#include "discordsim/rest.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

constexpr std::size_t happenings_max = 1000;
// What Discord's client lets people write, and how long their names may be.
constexpr std::int64_t text_max = 4000, name_max = 32;
// Whoever watches asks again before that.
constexpr duration watch_memory = std::chrono::seconds(10);

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
    return {{"number", number},
            {"what", name(from.what)},
            {"guild", from.guild},
            {"channel", from.channel},
            {"who", from.who},
            {"text", from.text},
            {"after_ms", from.after_ms},
            {"id", to_string(from.id)},
            {"channel_id", to_string(from.place)}};
}

json::object to_json(const breach& from)
{
    return {{"at_ms", from.at / std::chrono::milliseconds(1)},
            {"rule", from.rule},
            {"what", from.what}};
}

json::object to_json(const left_session& from)
{
    return {{"shard", to_string(from.slot)},
            {"at_ms", from.at / std::chrono::milliseconds(1)},
            {"for_ms", from.lasted / std::chrono::milliseconds(1)},
            {"open", from.is_open}};
}

bool is_text(const std::string& text, std::int64_t most)
{
    return text.find_first_not_of(" \t\r\n") != text.npos && length_of(text) <= most;
}

struct taken {
    std::string_view path, keys;
};

// What bodies may hold; of a fault, that says its name.
constexpr std::array bodies{
    taken{"/sandbox/say", "text, guild, channel, as"},
    taken{"/sandbox/call", "command, options, target, complete, guild, channel, as"},
    taken{"/sandbox/hush", ""}, taken{"/sandbox/cut", ""}};

bool takes(std::string_view keys, std::string_view key)
{
    for (std::string_view left = keys; !left.empty();) {
        const auto comma = std::min(left.find(", "), left.size());
        if (left.substr(0, comma) == key)
            return true;
        left.remove_prefix(std::min(comma + 2, left.size()));
    }
    return false;
}

// What is wrong with a body; empty when nothing is.
std::string wrong_with(std::string_view path, const json::object& body)
{
    const auto found = std::find_if(bodies.begin(), bodies.end(),
                                    [&](const taken& each) { return each.path == path; });
    for (const auto& each : body) {
        const std::string key(each.key());
        const json::value& value = each.value();
        if (found != bodies.end() && !takes(found->keys, key))
            return std::string(path) + " takes no \"" + key + "\"; it takes " +
                   (found->keys.empty() ? "nothing" : std::string(found->keys));
        const bool is_options = path == "/sandbox/call" && key == "options";
        if (is_options ? !value.is_object()
                       : value.is_object() || value.is_array() || value.is_null())
            return "`" + key + "` has to be " + (is_options ? "an object" : "a string");
    }
    if (body.contains("as") && !is_text(text(body, "as"), name_max))
        return "`as` has to have 1 to 32 characters, and not only blanks";
    return "";
}

bool is_channel(const world& all, std::string_view wanted)
{
    const auto is_it = [&](const channel& each) {
        return wanted == each.name || wanted == to_string(each.id);
    };
    return std::any_of(all.guilds.begin(), all.guilds.end(), [&](const guild& each) {
        return std::any_of(each.channels.begin(), each.channels.end(), is_it) ||
               std::any_of(each.threads.begin(), each.threads.end(), is_it);
    });
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
            remember(seen->what);
}

void simulator::remember(happening what)
{
    happened_.emplace_back(++last_happening_, std::move(what));
    if (happened_.size() > happenings_max)
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
    } else if (!is_utf8(asked.body)) {
        refuse(to, 400, "what came is not text in UTF-8; is the terminal set to UTF-8?");
    } else if (failed || !body.is_object()) {
        refuse(to, 400, "the body of " + std::string(path) + " has to be a JSON object");
    } else if (const auto wrong = wrong_with(path, body.get_object()); acts && !wrong.empty()) {
        refuse(to, 400, wrong);
    } else if (path == "/sandbox/say") {
        direct_say(body.get_object(), now, to, todo);
    } else if (path == "/sandbox/call") {
        direct_call(body.get_object(), now, to, todo);
    } else if (path == "/sandbox/fault") {
        direct_fault(body.get_object(), now, to, todo);
    } else if (path == "/sandbox/verdict") {
        direct_verdict(now, to);
    } else if (path == "/sandbox/watch") {
        direct_watch(asked.path, now, to);
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

void simulator::direct_verdict(instant now, answer& to) const
{
    json::array breaches, left_open;
    for (const breach& each : witness_.breaches())
        breaches.push_back(to_json(each));
    for (const left_session& each : witness_.left_open(now))
        left_open.push_back(to_json(each));
    set(to, json::object{{"breaches", std::move(breaches)},
                         {"left_open", std::move(left_open)},
                         {"counts", discordsim::to_json(so_far())}});
}

void simulator::direct_watch(std::string_view path, instant now, answer& to)
{
    std::uint64_t behind = 0;
    std::string in;
    for (const auto& [key, value] : query_of(path)) {
        const auto number = discord::parse_snowflake(value);
        if (key != "after" && key != "channel")
            return refuse(to, 400,
                          "/sandbox/watch takes no \"" + key + "\"; it takes after, channel");
        if (key == "channel")
            in = value.substr(value.starts_with('#') ? 1 : 0);
        else if (!number)
            return refuse(to, 400, "`after` has to be a number from 0 on");
        else
            behind = number->value;
    }
    if (!in.empty() && !is_channel(world_, in))
        return refuse(to, 404, "no guild has a channel \"" + in + "\"");
    watched_until_ = now + watch_memory;
    json::array seen;
    for (const auto& [number, each] : happened_)
        if (number > behind && (in.empty() || in == each.channel || in == to_string(each.place)))
            seen.push_back(to_json(number, each));
    set(to, json::object{{"last", last_happening_}, {"seen", std::move(seen)}});
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
        if (guild_wanted.empty())
            break;
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
    if (!is_text(words, text_max))
        return refuse(to, 400, "`text` has to have 1 to 4000 characters, and not only blanks");
    const stage at = stage_of(with);
    if (at.in == nullptr)
        return refuse(to, 404, at.lacks);
    const person who = puppet(*at.of, with, now, todo);
    set(to, message_json(say({*at.of, *at.in}, who, {words, false}, now, todo), true));
}

void simulator::direct_call(const json::object& with, instant now, answer& to, actions& todo)
{
    wanted_call wanted{text(with, "command"), {}, text(with, "target"), text(with, "complete")};
    if (wanted.command.starts_with('/'))
        wanted.command.erase(0, 1);
    if (const auto* given = with.if_contains("options"); given != nullptr && given->is_object())
        wanted.options = given->get_object();
    const stage at = stage_of(with);
    if (at.in == nullptr)
        return refuse(to, 404, at.lacks);
    const json::array all = world_.callable(at.of->id);
    const json::object* command = find_command(all, wanted);
    if (command == nullptr) {
        std::string known;
        for (const auto& each : all)
            known += (known.empty() ? "" : ", ") + text(each.as_object(), "name");
        return refuse(to, 404,
                      "the bot has no command \"" + wanted.command + "\"; it has " +
                          (known.empty() ? "none" : known));
    }
    if (ready_session(at.of->id) == nullptr)
        return refuse(to, 503, "no shard of the bot that serves this guild is connected");
    guild* of = nullptr;
    channel* in = world_.find_channel(at.in->id, &of);
    const person who = puppet(*of, with, now, todo);
    auto filled = fill_in({world_, *of, *in, who, now}, *command, wanted);
    if (!filled)
        return refuse(to, 400, filled.error().detail);
    set(to, json::object{{"id", to_string(use({*of, *in}, who, std::move(*filled), now, todo))}});
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
    const bool needs_session = what->what == fault_kind::second_snapshot;
    if (needs_session && std::none_of(sessions_.begin(), sessions_.end(), [&](const auto& each) {
            return takes_snapshot(each.second, *what);
        }))
        return refuse(to, 404, "no session of this guild and with the GUILDS intent is there");
    if (strikes_connections(what->what) && struck_by(*what).empty())
        return refuse(
            to, 404,
            "nothing is connected that this fault could strike" +
                std::string(what->what == fault_kind::corrupt || what->what == fault_kind::truncate
                                ? "; it strikes only what is compressed"
                                : ""));
    strike(*what, now, todo);
    set(to, json::object{{"fault", name(what->what)}});
}

}  // namespace tinfoil::discordsim
