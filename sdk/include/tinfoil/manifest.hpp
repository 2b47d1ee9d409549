#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <tinfoil/event_type.hpp>
#include <tinfoil/plugin.h>

namespace tinfoil {

/// A short list that can stand in a constexpr table.
template <class T, std::size_t Max>
class list {
public:
    constexpr list() = default;
    constexpr list(std::initializer_list<T> items)
    {
        for (const T& each : items)
            items_[size_++] = each;  // More than Max does not compile.
    }
    constexpr const T* begin() const { return items_; }
    constexpr const T* end() const { return items_ + size_; }

private:
    T items_[Max] = {};
    std::size_t size_ = 0;
};

/// Kinds of values that people give to a command. Discord Docs/Application Commands, "Application
/// Command Option Type".
enum class option {
    text = 3,
    integer = 4,
    boolean = 5,
    user = 6,
    channel = 7,
    role = 8,
    mentionable = 9,
    number = 10
};

struct command_option {
    std::string_view name;
    std::string_view description;
    option type = option::text;
    bool required = false;
};

/// A slash command. Names are lower case, 1 to 32 characters; descriptions 1 to 100.
struct command_info {
    std::string_view name;
    std::string_view description;
    list<command_option, 25> options = {};
};

/// A value of `[plugins.NAME]` in tinfoil.toml that the plugin reads with settings().
struct setting_info {
    std::string_view name;
    std::string_view description;
};

/// What a plugin is and wants, declared once. It is read from the file without running any of it,
/// so that intents and commands are known before the bot connects.
struct about {
    std::string_view
        name;  ///< 1 to 32 of a-z, 0-9, '-' and '_'; of the plugin, and of its settings and state.
    std::string_view version;
    std::string_view description = "";
    list<event_types::type, 64> events = {};
    list<intent, 32> intents = {};
    list<command_info, 32> commands = {};
    list<setting_info, 32> settings = {};
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
    constexpr void number(std::uint32_t value)
    {
        if (value >= 10)
            number(value / 10);
        put(static_cast<char>('0' + value % 10));
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

constexpr void write_command(json_writer& to, const command_info& what)
{
    to.raw("{\"type\":1,");
    to.key("name");
    to.text(what.name);
    to.raw(",");
    to.key("description");
    to.text(what.description);
    to.raw(",");
    to.key("options");
    to.array(what.options, [&](const command_option& each) {
        to.raw("{");
        to.key("type");
        to.number(static_cast<std::uint32_t>(each.type));
        to.raw(",");
        to.key("name");
        to.text(each.name);
        to.raw(",");
        to.key("description");
        to.text(each.description);
        to.raw(",");
        to.key("required");
        to.raw(each.required ? "true}" : "false}");
    });
    to.raw("}");
}

constexpr std::size_t write_manifest(const about& what, char* into)
{
    json_writer to(into);
    to.raw("{");
    to.key("name");
    to.text(what.name);
    to.raw(",");
    to.key("version");
    to.text(what.version);
    to.raw(",");
    to.key("description");
    to.text(what.description);
    to.raw(",");
    to.key("events");
    to.array(what.events, [&](event_types::type each) { to.text(name_of(each)); });
    to.raw(",");
    to.key("intents");
    to.array(what.intents, [&](intent each) { to.text(name_of(each)); });
    to.raw(",");
    to.key("commands");
    to.array(what.commands, [&](const command_info& each) { write_command(to, each); });
    to.raw(",");
    to.key("settings");
    to.array(what.settings, [&](const setting_info& each) {
        to.raw("{");
        to.key("name");
        to.text(each.name);
        to.raw(",");
        to.key("description");
        to.text(each.description);
        to.raw("}");
    });
    to.raw(",");
    to.key("state_version");
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
