#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <tinfoil/command_checks.hpp>
#include <tinfoil/command_info.hpp>
#include <tinfoil/event_type.hpp>
#include <tinfoil/plugin.h>
#include <tinfoil/setting_info.hpp>

namespace tinfoil {

/// What a plugin is and wants, declared once. It is read from the file without running any of it,
/// so that intents and commands are known before the bot connects.
struct about {
    std::string_view
        name;  ///< 1 to 32 of a-z, 0-9, '-' and '_'; of the plugin, and of its settings and state.
    std::string_view version;
    std::string_view description = "";
    std::initializer_list<event_types::type> events = {};
    std::initializer_list<intent> intents = {};
    std::initializer_list<command_info> commands = {};
    std::initializer_list<setting_info> settings = {};
    /// Of what save() gives: count it up when restore() has to tell old from new. 0: no state.
    std::uint32_t state_version = 0;
};

namespace detail {

// Writes the manifest twice: once to count its bytes, once into an array of that size.
class json_writer {
public:
    constexpr explicit json_writer(char* to) : to_(to) {}
    [[nodiscard]] constexpr std::size_t size() const { return size_; }

    constexpr void raw(std::string_view text)
    {
        for (const char c : text)
            put(c);
    }
    constexpr void text(std::string_view from)
    {
        put('"');
        for (const char c : from) {
            if (c == '"' || c == '\\')
                put('\\');
            put(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
        }
        put('"');
    }
    constexpr void key(std::string_view name)
    {
        text(name);
        put(':');
    }
    constexpr void number(std::uint64_t value)
    {
        if (value >= 10)
            number(value / 10);
        put(static_cast<char>('0' + value % 10));
    }
    constexpr void integer(std::int64_t value)
    {
        if (value < 0)
            put('-');
        number(value < 0 ? ~static_cast<std::uint64_t>(value) + 1
                         : static_cast<std::uint64_t>(value));
    }
    // With nine decimals at most.
    constexpr void real(double value)
    {
        if (value < 0)
            put('-');
        const double size = value < 0 ? -value : value;
        const auto whole = static_cast<std::uint64_t>(size);
        auto rest = static_cast<std::uint64_t>((size - static_cast<double>(whole)) * 1e9 + 0.5);
        number(whole + rest / 1'000'000'000);
        rest %= 1'000'000'000;
        if (rest == 0)
            return;
        put('.');
        for (std::uint64_t digit = 100'000'000; rest != 0; rest %= digit, digit /= 10)
            put(static_cast<char>('0' + rest / digit));
    }
    constexpr void boolean(bool value) { raw(value ? "true" : "false"); }
    // One more member of an object.
    constexpr void member(std::string_view name)
    {
        put(',');
        key(name);
    }
    template <class List, class Write>
    constexpr void array(const List& items, Write write)
    {
        put('[');
        bool first = true;
        for (const auto& each : items) {
            if (!first)
                put(',');
            first = false;
            write(each);
        }
        put(']');
    }

private:
    constexpr void put(char c)
    {
        if (to_ != nullptr)
            to_[size_] = c;
        ++size_;
    }

    char* to_;
    std::size_t size_ = 0;
};

constexpr void write_translations(json_writer& to, std::string_view name,
                                  std::initializer_list<translation> all)
{
    if (all.size() == 0)
        return;
    to.member(name);
    char before = '{';
    for (const translation& each : all) {
        to.raw(std::string_view(&before, 1));
        before = ',';
        to.key(each.locale);
        to.text(each.text);
    }
    to.raw("}");
}

template <class Enum>
constexpr void write_numbers(json_writer& to, std::string_view name,
                             std::initializer_list<Enum> all)
{
    if (all.size() == 0)
        return;
    to.member(name);
    to.array(all, [&](Enum each) { to.number(static_cast<std::uint64_t>(each)); });
}

constexpr void write_value(json_writer& to, option type, const choice& of)
{
    if (type == option::integer)
        to.integer(of.integer);
    else if (type == option::number)
        to.real(of.number);
    else
        to.text(of.text);
}

constexpr void write_limits(json_writer& to, const command_option& of)
{
    if (of.min_value == of.min_value) {
        to.member("min_value");
        to.real(of.min_value);
    }
    if (of.max_value == of.max_value) {
        to.member("max_value");
        to.real(of.max_value);
    }
    if (of.min_length >= 0) {
        to.member("min_length");
        to.integer(of.min_length);
    }
    if (of.max_length >= 0) {
        to.member("max_length");
        to.integer(of.max_length);
    }
    write_numbers(to, "channel_types", of.channel_types);
    if (of.autocomplete)
        to.raw(",\"autocomplete\":true");
}

constexpr void write_options(json_writer& to, std::initializer_list<command_option> all)
{
    to.member("options");
    to.array(all, [&](const command_option& each) {
        const bool is_command = each.type == option::subcommand || each.type == option::group;
        to.raw("{");
        to.key("type");
        to.number(static_cast<std::uint64_t>(each.type));
        to.member("name");
        to.text(each.name);
        write_translations(to, "name_localizations", each.name_localizations);
        to.member("description");
        to.text(each.description);
        write_translations(to, "description_localizations", each.description_localizations);
        if (!is_command) {
            to.member("required");
            to.boolean(each.required);
        }
        if (each.choices.size() != 0) {
            to.member("choices");
            to.array(each.choices, [&](const choice& one) {
                to.raw("{");
                to.key("name");
                to.text(one.name);
                write_translations(to, "name_localizations", one.name_localizations);
                to.member("value");
                write_value(to, each.type, one);
                to.raw("}");
            });
        }
        write_limits(to, each);
        if (is_command)
            write_options(to, each.options);
        to.raw("}");
    });
}

constexpr void write_command(json_writer& to, const command_info& what)
{
    to.raw("{");
    to.key("type");
    to.number(static_cast<std::uint64_t>(what.type));
    to.member("name");
    to.text(what.name);
    write_translations(to, "name_localizations", what.name_localizations);
    if (what.type == command_type::chat) {
        to.member("description");
        to.text(what.description);
        write_translations(to, "description_localizations", what.description_localizations);
        write_options(to, what.options);
    }
    if (what.default_member_permissions != everybody) {
        to.member("default_member_permissions");
        to.raw("\"");
        to.number(what.default_member_permissions);
        to.raw("\"");
    }
    write_numbers(to, "contexts", what.contexts);
    write_numbers(to, "integration_types", what.integration_types);
    if (what.nsfw)
        to.raw(",\"nsfw\":true");
    to.raw("}");
}

// In the words of JSON Schema.
constexpr void write_setting(json_writer& to, const setting_info& of)
{
    constexpr std::string_view types[] = {"",       "string", "integer", "number", "boolean",
                                          "string", "string", "array",   "array"};
    constexpr std::string_view formats[] = {"",         "",          "", "",         "",
                                            "duration", "snowflake", "", "snowflake"};
    const auto type = static_cast<std::size_t>(of.type);
    to.key(of.name);
    to.raw("{");
    to.key("description");
    to.text(of.description);
    if (of.type != setting::any) {
        to.member("type");
        to.text(types[type]);
    }
    if (!formats[type].empty()) {
        to.member("format");
        to.text(formats[type]);
    }
    const bool is_list = of.type == setting::texts || of.type == setting::ids;
    const std::string_view least = is_list                    ? "minItems"
                                   : of.type == setting::text ? "minLength"
                                                              : "minimum";
    const std::string_view most = is_list                    ? "maxItems"
                                  : of.type == setting::text ? "maxLength"
                                                             : "maximum";
    if (of.least == of.least) {
        to.member(least);
        to.real(of.least);
    }
    if (of.most == of.most) {
        to.member(most);
        to.real(of.most);
    }
    if (of.one_of.size() != 0) {
        to.member("enum");
        to.array(of.one_of, [&](const char* each) { to.text(each); });
    }
    to.raw("}");
}

constexpr void write_settings(json_writer& to, std::initializer_list<setting_info> all)
{
    to.member("config_schema");
    to.raw("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    bool first = true, has_required = false;
    for (const setting_info& each : all) {
        if (!first)
            to.raw(",");
        first = false;
        write_setting(to, each);
        has_required = has_required || each.required;
    }
    to.raw("}");
    if (has_required) {
        to.member("required");
        char before = '[';
        for (const setting_info& each : all)
            if (each.required) {
                to.raw(std::string_view(&before, 1));
                before = ',';
                to.text(each.name);
            }
        to.raw("]");
    }
    to.raw("}");
}

constexpr std::size_t write_manifest(const about& what, char* into)
{
    json_writer to(into);
    to.raw("{");
    to.key("name");
    to.text(what.name);
    to.member("version");
    to.text(what.version);
    to.member("description");
    to.text(what.description);
    to.member("events");
    to.array(what.events, [&](event_types::type each) { to.text(name_of(each)); });
    to.member("intents");
    to.array(what.intents, [&](intent each) { to.text(name_of(each)); });
    to.member("commands");
    to.array(what.commands, [&](const command_info& each) { write_command(to, each); });
    write_settings(to, what.settings);
    to.member("state_version");
    to.number(what.state_version);
    to.raw("}");
    return to.size();
}

// An ELF note as it lies in the file: an aggregate, or the section would become writable.
template <std::size_t Size>
struct note {
    std::uint32_t name_size, content_size, type;
    char name[8];
    char content[(Size + 3) / 4 * 4];
};

template <const about& Info>
consteval auto make_note()
{
    check_commands(Info.commands);
    constexpr std::size_t size = write_manifest(Info, nullptr);
    static_assert(size <= 64 * 1024, "the manifest is larger than 64 KiB");
    note<size> made{sizeof made.name, size, TINFOIL_NOTE_TYPE, TINFOIL_NOTE_NAME, {}};
    write_manifest(Info, made.content);
    return made;
}

constexpr bool is_plugin_name(std::string_view text)
{
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

}  // namespace detail
}  // namespace tinfoil
