#pragma once

#include "discord/brackets.hpp"

#include <cstring>
#include <string_view>

namespace tinfoil::discord {

/// Walks JSON text without building anything. Every step returns false on text that is no JSON as
/// far as it has to look. What comes back points into the text.
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

    /// Any value, as raw text.
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

    /// The object that is all the rest of an object's text but for its closing bracket, unread.
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

/// Calls `member(key, raw)` for each member until it answers false; false on text that is no
/// object.
//// `before(key, walk)` may answer true instead of having the value walked: then all is done.
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

/// Calls `element(raw)` for each element; false on text that is no array.
template <class Element>
bool each_element(std::string_view array, Element element)
{
    walker walk(array);
    if (!walk.take('['))
        return false;
    if (walk.take(']'))
        return walk.at_end();
    for (;;) {
        std::string_view raw;
        if (!walk.value(raw))
            return false;
        element(raw);
        if (walk.take(','))
            continue;
        return walk.take(']') && walk.at_end();
    }
}

}  // namespace tinfoil::discord
