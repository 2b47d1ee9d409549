#include "plugin/manifest.hpp"

#include "discord/intents.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <limits>

namespace tinfoil::plugin {
namespace {

namespace json = boost::json;

error bad(const std::string& what)
{
    return {errc::plugin_refused, "its manifest " + what};
}

bool is_name(std::string_view text)
{
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string text(const json::object& from, std::string_view key)
{
    const auto* found = from.if_contains({key.data(), key.size()});
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

result<std::vector<std::string>> names(const json::object& from, const char* key)
{
    std::vector<std::string> all;
    const auto* found = from.if_contains(key);
    if (found == nullptr)
        return all;
    if (!found->is_array())
        return bad(std::string("has no list of ") + key);
    for (const auto& each : found->get_array()) {
        if (!each.is_string())
            return bad(std::string("has something that is no text in ") + key);
        all.emplace_back(each.get_string());
    }
    return all;
}

result<void> read_commands(const json::object& from, manifest& into)
{
    const auto* found = from.if_contains("commands");
    if (found == nullptr)
        return {};
    if (!found->is_array())
        return bad("has no list of commands");
    for (const auto& each : found->get_array()) {
        const std::string name = each.is_object() ? text(each.get_object(), "name") : "";
        if (name.empty())
            return bad("has a command without a name");
        into.command_names.push_back(name);
    }
    into.commands_json = json::serialize(*found);
    return {};
}

}  // namespace

result<manifest> parse_manifest(std::string_view source)
{
    json::error_code failed;
    const json::value document = json::parse({source.data(), source.size()}, failed);
    const auto* root = failed ? nullptr : document.if_object();
    if (root == nullptr)
        return bad("is no JSON object");
    manifest made;
    made.name = text(*root, "name");
    made.version = text(*root, "version");
    made.description = text(*root, "description");
    if (!is_name(made.name))
        return bad("needs a name of 1 to 32 of a-z, 0-9, - and _");
    if (made.version.empty())
        return bad("of " + made.name + " needs a version");
    auto events = names(*root, "events");
    auto intents = names(*root, "intents");
    if (!events || !intents)
        return !events ? events.error() : intents.error();
    for (const std::string& type : *events) {
        if (type == gap_event)
            continue;
        const auto needed = discord::intents_of_event(type);
        if (!needed)
            return bad("of " + made.name + " lists the event " + type +
                       ", which Discord does not have");
        made.intents |= *needed;
    }
    for (const std::string& name : *intents) {
        const auto bit = discord::parse_intent(name);
        if (!bit)
            return bad("of " + made.name + " lists the intent " + name +
                       ", which Discord does not have");
        made.intents |= *bit;
    }
    made.events = std::move(*events);
    if (const auto* number = root->if_contains("state_version"); number != nullptr) {
        if (!number->is_int64() || number->get_int64() < 0 ||
            number->get_int64() > std::numeric_limits<std::uint32_t>::max())
            return bad("of " + made.name + " has a state_version that is no number from 0 on");
        made.state_version = static_cast<std::uint32_t>(number->get_int64());
    }
    if (auto done = read_commands(*root, made); !done)
        return done.error();
    return made;
}

}  // namespace tinfoil::plugin
