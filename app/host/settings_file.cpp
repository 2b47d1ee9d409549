#include "host/settings_file.hpp"

#include "base/likely_meant.hpp"
#include "host/presence_settings.hpp"
#include "host/setting.hpp"

#include <boost/json.hpp>

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <optional>
#include <regex>
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

/// Whether a table of that content would be taken, and if not, why.
using judge_table = std::function<result<void>(const toml::table&)>;

toml::table only(std::string_view key, const toml::node& node)
{
    toml::table made;
    node.visit([&](const auto& value) { made.insert(key, value); });
    return made;
}

// The line of what is refused for the same reason when it stands alone; where there is none, that
// of the table.
toml::source_region place_of_fault(const toml::table& table, const std::string& why,
                                   const judge_table& judge)
{
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        const auto alone = judge(only(name, node));
        if (alone || alone.error().detail != why)
            continue;
        const auto* inner = node.as_table();
        const auto where = inner == nullptr
                               ? node.source()
                               : place_of_fault(*inner, why, [&](const toml::table& part) {
                                     return judge(only(name, part));
                                 });
        return where;
    }
    return table.source();
}

// A table whose content is read as JSON.
template <class Parse>
auto read_table(const std::filesystem::path& file, const toml::node& node, const Parse& parse)
    -> decltype(parse(std::string()))
{
    auto made = parse(boost::json::serialize(as_json(node)));
    if (made)
        return made;
    const auto* table = node.as_table();
    if (table == nullptr)
        return at(file, node.source(), made.error().detail);
    const auto judge = [&](const toml::table& part) -> result<void> {
        const auto alone = parse(boost::json::serialize(as_json(part)));
        return alone ? result<void>() : result<void>(alone.error());
    };
    return at(file, place_of_fault(*table, made.error().detail, judge), made.error().detail);
}

template <class Parse, class Into>
result<void> take_table(const std::filesystem::path& file, const toml::node& node,
                        const Parse& parse, Into& into)
{
    auto made = read_table(file, node, parse);
    if (!made)
        return made.error();
    into = std::move(*made);
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
        } else if (const auto* text = node.as_string()) {
            into.in_tables[whole] = text->get();
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
        return take_table(file, node, parse_presence_settings, into.presence);
    if (key == "rest")
        return take_table(file, node, parse_rest_settings, into.rest);
    if (key == "network")
        return take_table(file, node, parse_network_settings, into.network);
    if (key == "scaler")
        return take_table(file, node, parse_scaling_settings, into.scaler);
    const setting* known = find_setting(key);
    return known == nullptr ? unknown_key(file, node, key) : read_value(file, *known, node, into);
}

std::string line_of(const std::string& text, std::uint32_t number)
{
    std::istringstream in(text);
    std::string line;
    for (std::uint32_t at = 0; at < number; ++at)
        if (!std::getline(in, line))
            return "";
    return line;
}

// `shards = auto`: a value that begins as a word or a path does, and is none that TOML has.
bool is_bare_text(const std::string& line)
{
    static const std::regex bare(
        R"(\s*[\w."'-]+\s*=\s*\[?\s*(?!true\b|false\b|inf\b|nan\b)[A-Za-z_/~.].*)");
    return std::regex_match(line, bare);
}

}  // namespace

result<std::string> read_text_file(const std::filesystem::path& file)
{
    constexpr std::size_t file_max = 1 << 20;
    const auto refused = [&](int why) {
        return error{errc::invalid_argument,
                     fmt::format("{} can't be read: {}; {}", file.string(), std::strerror(why),
                                 why == EACCES || why == EPERM
                                     ? "may this user read it, and look into its folder?"
                                     : "is it the right file?")};
    };
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return refused(errno == 0 ? EIO : errno);
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
        return refused(EISDIR);
    std::string text(file_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > file_max)
        return error{errc::invalid_argument,
                     file.string() + " is larger than 1 MiB; is it the right file?"};
    return text;
}

result<settings_file> read_settings_file(const std::filesystem::path& file)
{
    const auto text = read_text_file(file);
    if (!text)
        return text.error();
    settings_file read;
    read.path = file;
    try {
        const toml::table root = toml::parse(*text, file.string());
        for (const auto& [name, node] : root)
            if (auto done = read_key(file, std::string(name.str()), node, read); !done)
                return done.error();
    } catch (const toml::parse_error& bad) {
        const bool lacks_quotes = is_bare_text(line_of(*text, bad.source().begin.line));
        return at(file, bad.source(),
                  std::string(bad.description()) +
                      (lacks_quotes ? "; is a text without its quotes there?" : ""));
    }
    return read;
}

}  // namespace tinfoil::host
