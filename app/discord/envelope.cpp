#include "discord/envelope.hpp"

#include "discord/brackets.hpp"
#include "discord/snowflake.hpp"

#include <charconv>
#include <cstring>

namespace tinfoil::discord {
namespace {

// Walks JSON text without building anything. Every step returns false on text that is no JSON as
// far as it has to look.
class walker {
public:
    explicit walker(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    void blanks()
    {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r'))
            ++at_;
    }

    bool take(char expected)
    {
        blanks();
        if (at_ == end_ || *at_ != expected)
            return false;
        ++at_;
        return true;
    }

    bool string(std::string_view& content)
    {
        if (!take('"'))
            return false;
        const char* begin = at_;
        if (!to_quote())
            return false;
        content = {begin, static_cast<std::size_t>(at_ - begin - 1)};
        return true;
    }

    // Any value, as raw text.
    bool value(std::string_view& raw)
    {
        blanks();
        const char* begin = at_;
        if (at_ == end_)
            return false;
        if (*at_ == '"') {
            ++at_;
            if (!to_quote())
                return false;
        } else if (*at_ == '{' || *at_ == '[') {
            if (!container())
                return false;
        } else {
            while (at_ != end_ && std::strchr(" \n\t\r,]}", *at_) == nullptr)
                ++at_;
        }
        raw = {begin, static_cast<std::size_t>(at_ - begin)};
        return !raw.empty();
    }

    // The object that is all the rest of an object's text but for its closing bracket, unread.
    [[nodiscard]] std::string_view last_object()
    {
        blanks();
        if (at_ == end_ || *at_ != '{')
            return {};
        const char* end = behind_text(end_);
        if (end - at_ < 3 || end[-1] != '}')
            return {};
        end = behind_text(end - 1);
        return end[-1] == '}' ? std::string_view(at_, static_cast<std::size_t>(end - at_))
                              : std::string_view();
    }

    [[nodiscard]] bool at_end()
    {
        blanks();
        return at_ == end_;
    }

private:
    // Without the blanks before `end`.
    [[nodiscard]] const char* behind_text(const char* end) const
    {
        while (end != at_ &&
               (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t' || end[-1] == '\r'))
            --end;
        return end;
    }

    // From behind an opening quote to behind the closing one.
    bool to_quote()
    {
        for (;;) {
            const auto left = static_cast<std::size_t>(end_ - at_);
            const auto* quote = static_cast<const char*>(std::memchr(at_, '"', left));
            if (quote == nullptr)
                return false;
            // A quote behind an odd number of backslashes is part of the string.
            const char* before = quote;
            while (before != at_ && before[-1] == '\\')
                --before;
            at_ = quote + 1;
            if ((quote - before) % 2 == 0)
                return true;
        }
    }

    // Brackets are counted, but what stands between them is not checked.
    bool container()
    {
        const std::size_t length = container_length({at_, static_cast<std::size_t>(end_ - at_)});
        at_ += length;
        return length != 0;
    }

    const char* at_;
    const char* end_;
};

// Calls `member(key, raw)` for each member until it answers false; false on text that is no object.
// `before(key, walk)` may answer true instead of having the value walked: then all is done.
template <class Member, class Before>
bool each_member(std::string_view object, Member member, Before before)
{
    walker walk(object);
    if (!walk.take('{'))
        return false;
    if (walk.take('}'))
        return walk.at_end();
    for (;;) {
        std::string_view key, raw;
        if (!walk.string(key) || !walk.take(':'))
            return false;
        if (before(key, walk))
            return true;
        if (!walk.value(raw))
            return false;
        if (!member(key, raw))
            return true;
        if (walk.take(','))
            continue;
        return walk.take('}') && walk.at_end();
    }
}
template <class Member>
bool each_member(std::string_view object, Member member)
{
    return each_member(object, member, [](std::string_view, walker&) { return false; });
}

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
