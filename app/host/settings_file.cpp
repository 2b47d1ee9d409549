#include "host/settings_file.hpp"

#include "base/likely_meant.hpp"
#include "discord/gateway_command.hpp"
#include "discord/opcode.hpp"
#include "host/setting.hpp"

#include <boost/json.hpp>

#include <array>
#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <toml++/toml.h>

namespace tinfoil::host {
namespace {

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

result<void> read_network(const std::filesystem::path& file, const toml::node& node,
                          settings_file& into)
{
    auto made = parse_network_settings(boost::json::serialize(as_json(node)));
    if (!made)
        return at(file, node.source(), made.error().detail);
    into.network = std::move(*made);
    return {};
}

result<void> read_scaler(const std::filesystem::path& file, const toml::node& node,
                         settings_file& into)
{
    auto made = parse_scaling_settings(boost::json::serialize(as_json(node)));
    if (!made)
        return at(file, node.source(), made.error().detail);
    into.scaler = *made;
    return {};
}

// `plugins.greeter` is as deep as people are shown: what a plugin is told may be secret.
void note_table(const std::string& name, const toml::table& table, settings_file& into)
{
    for (const auto& [key, node] : table) {
        const std::string whole = name + "." + std::string(key.str());
        into.lines[whole] = static_cast<int>(node.source().begin.line);
        const auto* inner = node.as_table();
        if (inner != nullptr && name == "plugins") {
            std::string names;
            for (const auto& each : *inner)
                names += (names.empty() ? "" : ", ") + std::string(each.first.str());
            into.in_tables[whole] = names.empty() ? "nothing" : names + ": set";
        } else if (inner != nullptr) {
            note_table(whole, *inner, into);
        } else {
            into.in_tables[whole] = boost::json::serialize(as_json(node));
        }
    }
}

error unknown_key(const std::filesystem::path& file, const toml::node& node, const std::string& key)
{
    std::vector<std::string> known;
    for (const setting& each : settings)
        known.emplace_back(each.key);
    const std::string all = fmt::format("{}", fmt::join(known, ", "));
    for (const setting_table& each : setting_tables)
        known.emplace_back(each.key);
    const std::string meant = did_you_mean(key, known);
    return at(
        file, node.source(),
        meant.empty()
            ? fmt::format("there is no setting {}; known are {}, [rest], [network], [scaler], "
                          "[presence], [plugin_placement] and [plugins.NAME]",
                          key, all)
            : fmt::format("there is no setting {}{}", key, meant));
}

result<void> read_value(const std::filesystem::path& file, const setting& which,
                        const toml::node& node, settings_file& into)
{
    const std::string key(which.key);
    if (const auto list = joined(node); which.is_list && list)
        into.values[key] = *list;
    else if (which.is_list && !node.is_string())
        return at(file, node.source(), key + R"( needs a list of texts, as ["TYPING_START"])");
    else if (const auto* text = node.as_string())
        into.values[key] = text->get();
    else if (const auto* number = node.as_integer())
        into.values[key] = std::to_string(number->get());
    else if (const auto* flag = node.as_boolean())
        into.values[key] = flag->get() ? "true" : "false";
    else
        return at(file, node.source(), key + " needs a string, a whole number, true or false");
    into.lines[key] = static_cast<int>(node.source().begin.line);
    return {};
}

result<void> read_key(const std::filesystem::path& file, const std::string& key,
                      const toml::node& node, settings_file& into)
{
    if (const auto* table = node.as_table())
        note_table(key, *table, into);
    if (key == "plugins")
        return read_plugins(file, node, into);
    if (key == "plugin_placement")
        return read_placement(file, node, into);
    if (key == "presence")
        return read_presence(file, node, into);
    if (key == "rest")
        return read_rest(file, node, into);
    if (key == "network")
        return read_network(file, node, into);
    if (key == "scaler")
        return read_scaler(file, node, into);
    const setting* known = find_setting(key);
    return known == nullptr ? unknown_key(file, node, key) : read_value(file, *known, node, into);
}

}  // namespace

result<settings_file> read_settings_file(const std::filesystem::path& file)
{
    settings_file read;
    read.path = file;
    try {
        const toml::table root = toml::parse_file(file.string());
        for (const auto& [name, node] : root)
            if (auto done = read_key(file, std::string(name.str()), node, read); !done)
                return done.error();
    } catch (const toml::parse_error& bad) {
        return at(file, bad.source(),
                  std::string(bad.description()) + "; is a text without its quotes there?");
    }
    return read;
}

}  // namespace tinfoil::host
