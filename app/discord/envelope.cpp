#include "discord/envelope.hpp"

#include "discord/snowflake.hpp"
#include "discord/walker.hpp"

#include <charconv>
#include <cstring>

namespace tinfoil::discord {
namespace {

template <class Number>
bool parse(std::string_view digits, Number& into)
{
    const auto [stopped, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), into);
    return failed == std::errc{} && stopped == digits.data() + digits.size();
}

bool is_string(std::string_view raw)
{
    return raw.size() >= 2 && raw.front() == '"';
}

// Whether it is that name, which is as long.
template <std::size_t Size>
bool is(std::string_view key, const char (&name)[Size])
{
    return std::memcmp(key.data(), name, Size - 1) == 0;
}

std::uint64_t id_of(std::string_view raw)
{
    const auto id = parse_snowflake(is_string(raw) ? raw.substr(1, raw.size() - 2) : raw);
    return id ? id->value : 0;
}

// As Discord writes dispatches, byte for byte; false for all else, which is walked.
bool scan_usual(std::string_view payload, envelope& found)
{
    constexpr std::string_view before_type = R"({"t":")", before_sequence = R"(","s":)",
                               before_data = R"(,"op":0,"d":)";
    constexpr std::size_t data_least = 2;
    if (!payload.starts_with(before_type) || !payload.ends_with("}}"))
        return false;
    const char* at = payload.data() + before_type.size();
    const char* const end = payload.data() + payload.size();
    const char* const type = at;
    while ((*at >= 'A' && *at <= 'Z') || *at == '_')
        ++at;
    found.type = {type, static_cast<std::size_t>(at - type)};
    const auto next = [&](std::string_view text) {
        if (static_cast<std::size_t>(end - at) < text.size() ||
            std::memcmp(at, text.data(), text.size()) != 0)
            return false;
        at += text.size();
        return true;
    };
    if (found.type.empty() || !next(before_sequence))
        return false;
    std::int64_t sequence = 0;
    const auto [behind, failed] = std::from_chars(at, end, sequence);
    at = behind;
    if (failed != std::errc{} || !next(before_data))
        return false;
    found.data = {at, static_cast<std::size_t>(end - 1 - at)};
    found.op = 0;
    found.sequence = sequence;
    return found.data.size() >= data_least && found.data.front() == '{';
}

}  // namespace

result<envelope> scan_envelope(std::string_view payload)
{
    if (envelope usual; scan_usual(payload, usual))
        return usual;
    envelope found;
    found.data = "null";
    bool sound = true;
    const auto member = [&](std::string_view key, std::string_view raw) {
        if (key == "d") {
            found.data = raw;
        } else if (key == "op") {
            sound = parse(raw, found.op);
        } else if (key == "s" && raw != "null") {
            std::int64_t sequence = 0;
            sound = parse(raw, sequence);
            found.sequence = sequence;
        } else if (key == "t" && raw != "null") {
            sound = is_string(raw);
            if (sound)
                found.type = raw.substr(1, raw.size() - 2);
        }
        return sound;
    };
    const auto only_data_is_left = [&](std::string_view key, walker& walk) {
        if (key != "d" || found.op != 0 || !found.sequence || found.type.empty())
            return false;
        const std::string_view rest = walk.last_object();
        if (!rest.empty())
            found.data = rest;
        return !rest.empty();
    };
    const bool walked = each_member(payload, member, only_data_is_left);
    if (!walked || !sound || found.op < 0)
        return error{errc::malformed, "a gateway payload that is no JSON object with an op"};
    return found;
}

std::string_view first_value(std::string_view text)
{
    const std::size_t length = container_length(text);
    return length == 0 ? text : text.substr(0, length);
}

std::string_view find_value(std::string_view object, std::string_view key)
{
    std::string_view found;
    each_member(object, [&](std::string_view name, std::string_view raw) {
        if (name != key)
            return true;
        found = raw;
        return false;
    });
    return found;
}

std::string_view find_member(std::string_view object, std::string_view key)
{
    const std::string_view raw = find_value(object, key);
    if (is_string(raw))
        return raw.substr(1, raw.size() - 2);
    const bool number =
        !raw.empty() && (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9'));
    return number ? raw : std::string_view();
}

std::uint64_t guild_in(std::string_view data)
{
    std::uint64_t found = 0;
    each_member(data, [&](std::string_view key, std::string_view raw) {
        if (key != "guild_id")
            return true;
        found = id_of(raw);
        return false;
    });
    return found;
}

event_ids ids_in(std::string_view data, std::string_view* value)
{
    event_ids found;
    std::string_view author, user, member, user_id;
    const char* end = nullptr;
    const auto note = [&](std::string_view key, std::string_view raw) {
        // By length first: that tells most of them apart, and the rest is one comparison.
        switch (key.size()) {
        case 4:
            if (is(key, "user"))
                user = raw;
            break;
        case 6:
            if (is(key, "author"))
                author = raw;
            else if (is(key, "member"))
                member = raw;
            break;
        case 7:
            if (is(key, "user_id"))
                user_id = raw;
            break;
        case 8:
            if (is(key, "guild_id"))
                found.guild = id_of(raw);
            break;
        case 10:
            if (is(key, "channel_id"))
                found.channel = id_of(raw);
            break;
        default:
            break;
        }
        return true;
    };
    each_member(
        data, note, [](std::string_view, walker&) { return false; }, &end);
    if (value != nullptr)
        *value = end == nullptr ? first_value(data)
                                : data.substr(0, static_cast<std::size_t>(end - data.data()));
    for (const std::string_view person : {author, user})
        if (found.user == 0 && !person.empty())
            found.user = id_of(find_value(person, "id"));
    if (found.user == 0)
        found.user = id_of(user_id);
    if (found.user == 0 && !member.empty())
        found.user = id_of(find_value(find_value(member, "user"), "id"));
    return found;
}

}  // namespace tinfoil::discord
