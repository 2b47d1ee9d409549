#include "host/settings_file.hpp"

#include "discord/gateway_command.hpp"
#include "discord/opcode.hpp"

#include <boost/json.hpp>

#include <array>
#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <toml++/toml.h>

namespace tinfoil::host {
namespace {

constexpr std::array known_keys{"api",
                                "ca_file",
                                "token_file",
                                "shards",
                                "collections",
                                "compression",
                                "plugins_dir",
                                "state_dir",
                                "resume_patience",
                                "drop_when_full",
                                "on_crash",
                                "handler_warn",
                                "handler_hung",
                                "identify_reserve",
                                "watch",
                                "on_delete",
                                "dev_guilds",
                                "guild_view",
                                "guild_view_guilds",
                                "log",
                                "log_level",
                                "metrics"};
// Whose values are lists; they are read as text with commas, as a variable has them.
constexpr std::array list_keys{"drop_when_full", "dev_guilds"};

error at(const std::filesystem::path& file, const toml::source_region& where,
         const std::string& what)
{
    return {errc::invalid_argument,
            fmt::format("{}:{}: {}", file.string(), where.begin.line, what)};
}

/// Nothing if it is no list of texts.
std::optional<std::string> joined(const toml::node& node)
{
    const auto* list = node.as_array();
    if (list == nullptr)
        return std::nullopt;
    std::string all;
    for (const auto& each : *list) {
        const auto* text = each.as_string();
        if (text == nullptr)
            return std::nullopt;
        all += (all.empty() ? "" : ",") + text->get();
    }
    return all;
}

boost::json::value as_json(const toml::node& node)
{
    std::ostringstream text;
    // A lone value is no JSON document for toml++, so it goes in as the only member of a table.
    toml::table wrapper;
    node.visit([&](const auto& value) { wrapper.insert("value", value); });
    text << toml::json_formatter{wrapper};
    return boost::json::parse(text.str()).at("value");
}

result<void> read_plugins(const std::filesystem::path& file, const toml::node& node,
                          settings_file& into)
{
    const auto* tables = node.as_table();
    if (tables == nullptr)
        return at(file, node.source(),
                  "plugins holds the plugins' own settings, as in [plugins.ping]; the folder is "
                  "plugins_dir");
    for (const auto& [name, table] : *tables) {
        if (!table.is_table())
            return at(file, table.source(),
                      fmt::format("write [plugins.{}] as a table", name.str()));
        into.plugins[std::string(name.str())] = boost::json::serialize(as_json(table));
    }
    return {};
}

result<void> read_placement(const std::filesystem::path& file, const toml::node& node,
                            settings_file& into)
{
    const auto* table = node.as_table();
    if (table == nullptr)
        return at(file, node.source(),
                  R"(write [plugin_placement] as a table, with lines as ping = "process")");
    for (const auto& [name, where] : *table) {
        const auto* text = where.as_string();
        if (text == nullptr || (text->get() != "process" && text->get() != "inline"))
            return at(file, where.source(),
                      fmt::format(R"(the placement of {} is "inline" or "process")", name.str()));
        if (text->get() == "process")
            into.isolated.emplace_back(name.str());
    }
    return {};
}

result<void> read_presence(const std::filesystem::path& file, const toml::node& node,
                           settings_file& into)
{
    if (!node.is_table())
        return at(file, node.source(), "write [presence] as a table with status and activities");
    const auto made = discord::read_command(discord::opcode::presence_update,
                                            boost::json::serialize(as_json(node)));
    if (!made)
        return at(file, node.source(), made.error().text);
    into.presence = made->data;
    return {};
}

result<void> read_rest(const std::filesystem::path& file, const toml::node& node,
                       settings_file& into)
{
    auto made = parse_rest_settings(boost::json::serialize(as_json(node)));
    if (!made)
        return at(file, node.source(), made.error().detail);
    into.rest = std::move(*made);
    return {};
}

}  // namespace

result<settings_file> read_settings_file(const std::filesystem::path& file)
{
    settings_file read;
    try {
        const toml::table root = toml::parse_file(file.string());
        for (const auto& [name, node] : root) {
            const std::string key(name.str());
            if (key == "plugins") {
                if (auto done = read_plugins(file, node, read); !done)
                    return done.error();
                continue;
            }
            if (key == "plugin_placement") {
                if (auto done = read_placement(file, node, read); !done)
                    return done.error();
                continue;
            }
            if (key == "presence") {
                if (auto done = read_presence(file, node, read); !done)
                    return done.error();
                continue;
            }
            if (key == "rest") {
                if (auto done = read_rest(file, node, read); !done)
                    return done.error();
                continue;
            }
            if (std::find(known_keys.begin(), known_keys.end(), key) == known_keys.end())
                return at(file, node.source(),
                          fmt::format("there is no setting {}; known are {}, [rest], [presence], "
                                      "[plugin_placement] and [plugins.NAME]",
                                      key, fmt::join(known_keys, ", ")));
            const bool is_list =
                std::find(list_keys.begin(), list_keys.end(), key) != list_keys.end();
            if (const auto list = joined(node); is_list && list)
                read.values[key] = *list;
            else if (is_list && !node.is_string())
                return at(file, node.source(),
                          key + R"( needs a list of texts, as ["TYPING_START"])");
            else if (const auto* text = node.as_string())
                read.values[key] = text->get();
            else if (const auto* number = node.as_integer())
                read.values[key] = std::to_string(number->get());
            else if (const auto* flag = node.as_boolean())
                read.values[key] = flag->get() ? "true" : "false";
            else
                return at(file, node.source(),
                          key + " needs a string, a whole number, true or false");
        }
    } catch (const toml::parse_error& bad) {
        return at(file, bad.source(), std::string(bad.description()));
    }
    return read;
}

}  // namespace tinfoil::host
