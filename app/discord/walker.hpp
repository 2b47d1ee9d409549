#pragma once

#include "discord/brackets.hpp"

#include <bit>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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
            while (at_ != end_ && !ends_scalar(*at_))
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

    [[nodiscard]] const char* at() const { return at_; }
    [[nodiscard]] bool at_end()
    {
        blanks();
        return at_ == end_;
    }

private:
    static bool ends_scalar(char at)
    {
        switch (at) {
        case ' ':
        case '\n':
        case '\t':
        case '\r':
        case ',':
        case ']':
        case '}':
        case '\0':
            return true;
        default:
            return false;
        }
    }

    // Without the blanks before `end`.
    [[nodiscard]] const char* behind_text(const char* end) const
    {
        while (end != at_ &&
               (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t' || end[-1] == '\r'))
            --end;
        return end;
    }

    // Nothing: there is none. Most are near, and then looking takes less time than a call.
    [[nodiscard]] const char* next_quote() const
    {
        const char* from = at_;
#ifdef __SSE2__
        if (end_ - from >= static_cast<std::ptrdiff_t>(sizeof(__m128i))) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
            const auto found =
                static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'))));
            if (found != 0)
                return from + std::countr_zero(found);
            from += sizeof bytes;
        }
#endif
        return static_cast<const char*>(
            std::memchr(from, '"', static_cast<std::size_t>(end_ - from)));
    }

    // From behind an opening quote to behind the closing one.
    bool to_quote()
    {
        for (;;) {
            const char* quote = next_quote();
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
        // Many are empty.
        if (end_ - at_ >= 2 && (at_[1] | 0x20) == '}') {
            at_ += 2;
            return true;
        }
        const std::size_t length = container_length({at_, static_cast<std::size_t>(end_ - at_)});
        at_ += length;
        return length != 0;
    }

    const char* at_;
    const char* end_;
};

/// Calls `member(key, raw)` for each member until it answers false; false on text that is no
/// object.
/// `before(key, walk)` may answer true instead of having the value walked: then all is done. `end`
/// becomes where the object ends, and stays what it is where the walk does not come so far.
template <class Member, class Before>
bool each_member(std::string_view object, Member member, Before before, const char** end = nullptr)
{
    walker walk(object);
    const auto closed = [&] {
        if (!walk.take('}'))
            return false;
        if (end != nullptr)
            *end = walk.at();
        return true;
    };
    if (!walk.take('{'))
        return false;
    if (closed())
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
        return closed() && walk.at_end();
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
