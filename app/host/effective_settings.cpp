#include "host/effective_settings.hpp"

#include "host/setting_reader.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::string_view plugin_prefix = "plugins.";

std::optional<std::string> flag_of(const flags& given, std::string_view key)
{
    const std::pair<std::string_view, const std::optional<std::string>*> all[] = {
        {"api", &given.api},
        {"ca_file", &given.ca_file},
        {"shards", &given.shards},
        {"collections", &given.collections},
        {"state_dir", &given.state},
        {"token_file", &given.token_file},
        {"plugins_dir", &given.plugins},
        {"log", &given.log},
        {"log_level", &given.log_level},
        {"metrics", &given.metrics}};
    for (const auto& [name, value] : all)
        if (name == key)
            return *value;
    return std::nullopt;
}

// What a run would take is in `whole`: folders depend on more than their setting.
std::string value_of(const setting& which, const std::optional<setting_reader::found>& found,
                     const config& whole)
{
    if (which.key == "plugins_dir")
        return whole.plugins.string();
    if (which.key == "state_dir")
        return whole.state.string();
    return found ? found->value : std::string(which.fallback);
}

takes_effect when_of_table(std::string_view key)
{
    for (const setting_table& each : setting_tables)
        if (key.starts_with(each.key) && key.substr(each.key.size()).starts_with('.'))
            return key == "rest.connections" ? takes_effect::next_start : each.when;
    return takes_effect::next_start;
}

}  // namespace

result<std::vector<effective_setting>> effective_settings(const flags& given,
                                                          const environment& env)
{
    const auto file = find_settings(given, env);
    if (!file)
        return file.error();
    const auto whole = make_config_without_token(given, env);
    if (!whole)
        return whole.error();
    const setting_reader setting(env, *file);
    std::vector<effective_setting> all;
    if (whole->sandbox) {
        all.push_back({"token", "set", "the sandbox"});
    } else {
        const token_place token = find_token_place(given, env, setting);
        all.push_back({"token", token.from.empty() ? "not set" : "set",
                       token.from.empty() ? "nowhere"
                       : token.is_file    ? token.from + " (" + token.value + ")"
                                          : token.from});
    }
    for (const auto& each : settings) {
        const std::string key(each.key), flag(each.flag);
        // The sandbox has its own, and refuses flags for them.
        if (whole->sandbox && (key == "api" || key == "ca_file" || key == "token_file"))
            continue;
        const auto found = setting(flag_of(given, key), flag.c_str(), key);
        all.push_back(
            {key, value_of(each, found, *whole), found ? found->from : "default", each.when});
    }
    for (const auto& [key, value] : written(whole->scaler))
        if (const std::string name = "scaler." + key; !file->in_tables.contains(name))
            all.push_back({name, value, "default", when_of_table(name)});
    for (const auto& [key, value] : file->in_tables)
        all.push_back({key, value, setting_reader::place_of(*file, key), when_of_table(key)});
    return all;
}

std::vector<changed_setting> compare(const config& before, const config& after)
{
    std::vector<changed_setting> all;
    const auto find = [](const config& in, const std::string& key) {
        return std::find_if(in.shown.begin(), in.shown.end(),
                            [&](const effective_setting& each) { return each.key == key; });
    };
    for (const effective_setting& now : after.shown) {
        const auto was = find(before, now.key);
        if (was == before.shown.end())
            all.push_back({now.key, "", now.value, now.when});
        else if (was->value != now.value)
            all.push_back({now.key, was->value, now.value, now.when});
        else if (now.key.starts_with(plugin_prefix)) {
            const std::string plugin = now.key.substr(plugin_prefix.size());
            const auto one = before.plugin_settings.find(plugin);
            const auto other = after.plugin_settings.find(plugin);
            if (one != before.plugin_settings.end() && other != after.plugin_settings.end() &&
                one->second != other->second)
                all.push_back({now.key, was->value, now.value, now.when});
        }
    }
    for (const effective_setting& was : before.shown)
        if (find(after, was.key) == after.shown.end())
            all.push_back({was.key, was.value, "", was.when});
    return all;
}

std::string describe(const changed_setting& what)
{
    const std::string_view when = what.when == takes_effect::at_once ? "from now on"
                                  : what.when == takes_effect::next_process
                                      ? "from the next start of each collection"
                                      : "from the next start of tinfoil run";
    return fmt::format("setting {}: {} before, {} {}", what.key,
                       what.before.empty() ? "nothing" : what.before,
                       what.after.empty() ? "nothing" : what.after, when);
}

config taken_over(config running, const config& fresh)
{
    running.care = fresh.care;
    running.scaler = fresh.scaler;
    running.when_deleted = fresh.when_deleted;
    running.presence = fresh.presence;
    running.plugin_settings = fresh.plugin_settings;
    running.compression = fresh.compression;
    running.resume_patience = fresh.resume_patience;
    running.drop_when_full = fresh.drop_when_full;
    running.handler_warn = fresh.handler_warn;
    running.handler_hung = fresh.handler_hung;
    running.guilds_max = fresh.guilds_max;
    running.guild_bytes_max = fresh.guild_bytes_max;
    running.log_levels = fresh.log_levels;
    const int connections = running.rest.connections;
    running.rest = fresh.rest;
    running.rest.connections = connections;
    // What waits for the next start is told again by the next reload.
    std::vector<effective_setting> shown;
    for (const effective_setting& was : running.shown)
        if (was.when == takes_effect::next_start)
            shown.push_back(was);
    for (const effective_setting& now : fresh.shown)
        if (now.when != takes_effect::next_start)
            shown.push_back(now);
    running.shown = std::move(shown);
    return running;
}

std::string_view name(takes_effect when)
{
    return when == takes_effect::at_once        ? "now"
           : when == takes_effect::next_process ? "next_process"
                                                : "next_start";
}

std::string settings_json(const std::vector<effective_setting>& all)
{
    json::array made;
    for (const effective_setting& each : all)
        made.push_back({{"key", valid(each.key)},
                        {"value", valid(each.value)},
                        {"from", valid(each.from)},
                        {"takes_effect", name(each.when)}});
    return json::serialize(
        json::object{{"api_version", api_version}, {"settings", std::move(made)}});
}

std::string changes_json(const std::vector<changed_setting>& all)
{
    const auto known = [](const std::string& text) {
        return text.empty() ? json::value() : json::value(valid(text));
    };
    json::array made;
    for (const changed_setting& each : all)
        made.push_back({{"key", valid(each.key)},
                        {"before", known(each.before)},
                        {"after", known(each.after)},
                        {"takes_effect", name(each.when)}});
    return json::serialize(
        json::object{{"api_version", api_version}, {"changed", std::move(made)}});
}

}  // namespace tinfoil::host
