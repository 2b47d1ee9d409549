#include "discord/envelope.hpp"

#include "discord/snowflake.hpp"
#include "discord/walker.hpp"

#include <charconv>

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

std::uint64_t id_of(std::string_view raw)
{
    const auto id = parse_snowflake(is_string(raw) ? raw.substr(1, raw.size() - 2) : raw);
    return id ? id->value : 0;
}

}  // namespace

result<envelope> scan_envelope(std::string_view payload)
{
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

event_ids ids_in(std::string_view data)
{
    event_ids found;
    std::string_view author, user, member, user_id;
    each_member(data, [&](std::string_view key, std::string_view raw) {
        if (key == "guild_id")
            found.guild = id_of(raw);
        else if (key == "channel_id")
            found.channel = id_of(raw);
        else if (key == "author")
            author = raw;
        else if (key == "user")
            user = raw;
        else if (key == "member")
            member = raw;
        else if (key == "user_id")
            user_id = raw;
        return true;
    });
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
