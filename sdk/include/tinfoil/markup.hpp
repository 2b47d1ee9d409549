#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tinfoil/snowflake.hpp>
#include <vector>

namespace tinfoil {

// Discord Docs/Reference, "Message Formatting".

/// `<@80351110224678912>`
inline std::string user_mention(snowflake id)
{
    return "<@" + std::to_string(id) + ">";
}
/// `<#103735883630395392>`
inline std::string channel_mention(snowflake id)
{
    return "<#" + std::to_string(id) + ">";
}
/// `<@&165511591545143296>`
inline std::string role_mention(snowflake id)
{
    return "<@&" + std::to_string(id) + ">";
}
/// `</airhorn:816437322781949972>`; a subcommand by its whole name, `foo group bar`.
inline std::string command_mention(std::string_view name, snowflake id)
{
    return "</" + std::string(name) + ":" + std::to_string(id) + ">";
}
/// `<:mmLol:216154654256398347>`, moving `<a:b1nzy:392938283556143104>`
inline std::string emoji_markup(std::string_view name, snowflake id, bool animated = false)
{
    return (animated ? "<a:" : "<:") + std::string(name) + ":" + std::to_string(id) + ">";
}
/// A link of the guild that it is read in: `customize`, `browse`, `guide`, `linked-roles`.
inline std::string guild_link(std::string_view type)
{
    return "<id:" + std::string(type) + ">";
}

/// How a moment is shown, to each reader in their own time zone.
enum class time_style : char {
    short_time = 't',
    medium_time = 'T',
    short_date = 'd',
    long_date = 'D',
    long_date_short_time = 'f',  ///< What Discord takes when there is none.
    full_date_short_time = 'F',
    short_date_short_time = 's',
    short_date_medium_time = 'S',
    relative = 'R',
};

/// `<t:1618953630:R>`
template <class Duration>
std::string time_markup(std::chrono::sys_time<Duration> when,
                        time_style how = time_style::long_date_short_time)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
    const std::string text = "<t:" + std::to_string(seconds);
    return how == time_style::long_date_short_time ? text + ">"
                                                   : text + ":" + static_cast<char>(how) + ">";
}

/// Something in a text that Discord shows as something else. The views are of that text.
struct mention {
    enum class kind { user, role, channel, command, emoji, animated_emoji, time, everyone, here };
    kind what;
    std::string_view whole = {};  ///< With its brackets.
    snowflake id = 0;             ///< None of `time`, `everyone` and `here`.
    std::string_view name = {};   ///< Of a command or an emoji; of `time` its style, or nothing.
    std::int64_t seconds = 0;     ///< Of `time`: since 1970.
};

namespace detail {

/// A number of up to 20 digits at the beginning, taken from the text.
inline std::optional<std::uint64_t> take_number(std::string_view& text)
{
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto digits = text.substr(0, end);
    const std::uint64_t value = to_snowflake(digits);
    if (digits.empty() || (value == 0 && digits.find_first_not_of('0') != digits.npos))
        return std::nullopt;
    text.remove_prefix(end);
    return value;
}

// What is between '<' and '>'.
inline std::optional<mention> parse_mention(std::string_view in)
{
    using kind = mention::kind;
    mention made{kind::user, {}};
    const auto is = [&](std::string_view prefix, kind what) {
        if (!in.starts_with(prefix))
            return false;
        in.remove_prefix(prefix.size());
        made.what = what;
        return true;
    };
    if (is("t:", kind::time)) {
        const bool before = in.starts_with('-');
        in.remove_prefix(before ? 1 : 0);
        const auto number = take_number(in);
        if (!number || *number > 8'640'000'000'000)
            return std::nullopt;
        made.seconds =
            before ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
        if (in.empty())
            return made;
        made.name = in.substr(1);
        const bool styled = in.size() == 2 && in[0] == ':' &&
                            std::string_view("tTdDfFsSR").find(in[1]) != std::string_view::npos;
        return styled ? std::optional(made) : std::nullopt;
    }
    if (is("/", kind::command) || is("a:", kind::animated_emoji) || is(":", kind::emoji)) {
        const auto colon = in.find(':');
        if (colon == in.npos || colon == 0)
            return std::nullopt;
        made.name = in.substr(0, colon);
        in.remove_prefix(colon + 1);
    } else if (!is("@!", kind::user) && !is("@&", kind::role) && !is("@", kind::user) &&
               !is("#", kind::channel)) {
        return std::nullopt;
    }
    const auto id = take_number(in);
    if (!id || !in.empty())
        return std::nullopt;
    made.id = *id;
    return made;
}

}  // namespace detail

/// What a text mentions, in its order. It does not know about code blocks, in which Discord shows
/// mentions as they are written; whom a message pinged is in its `mentions`.
inline std::vector<mention> mentions_in(std::string_view text)
{
    std::vector<mention> found;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view left = text.substr(at);
        for (const auto& [word, kind] : {std::pair{"@everyone", mention::kind::everyone},
                                         std::pair{"@here", mention::kind::here}})
            if (left.starts_with(word))
                found.push_back({kind, left.substr(0, std::string_view(word).size())});
        const auto end = left.find('>');
        if (left[0] != '<' || end == left.npos)
            continue;
        if (auto one = detail::parse_mention(left.substr(1, end - 1))) {
            one->whole = left.substr(0, end + 1);
            found.push_back(*one);
            at += end;
        }
    }
    return found;
}

/// A text that Discord shows as it is: what would be formatting or a mention gets a backslash.
/// @everyone and @here can't be escaped so; they ping only where allowed_mentions says so.
inline std::string escape_markdown(std::string_view text)
{
    std::string made;
    bool at_start = true;  // Of a line, blanks aside: there lists, headings and quotes begin.
    bool after_number = false;
    for (const char c : text) {
        const bool anywhere = std::string_view("\\*_~`|[]<>").find(c) != std::string_view::npos;
        const bool in_front = at_start && std::string_view("#-+").find(c) != std::string_view::npos;
        if (anywhere || in_front || (after_number && c == '.'))
            made += '\\';
        made += c;
        const bool digit = c >= '0' && c <= '9';
        after_number = digit && (at_start || after_number);
        at_start = c == '\n' || (at_start && (c == ' ' || c == '\t'));
    }
    return made;
}

}  // namespace tinfoil
