#include "discord/brackets.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tinfoil::discord {
namespace {

// Which of 64 bytes are of interest, a bit each, the first byte lowest.
struct block {
    std::uint64_t backslashes = 0, quotes = 0, opens = 0, closes = 0;
};
constexpr std::size_t block_bytes = 64;

// `[` and `{` differ by this bit only, and so do `]` and `}`.
constexpr char curly_bit = 0x20;

#ifdef __SSE2__
block look(const char* at)
{
    constexpr std::size_t lane = sizeof(__m128i);
    block found;
    for (std::size_t i = 0; i < block_bytes; i += lane) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
        const __m128i curly = _mm_or_si128(bytes, _mm_set1_epi8(curly_bit));
        const auto where = [i](__m128i equal) {
            return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(equal))} << i;
        };
        found.backslashes |= where(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        found.quotes |= where(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
        found.opens |= where(_mm_cmpeq_epi8(curly, _mm_set1_epi8('{')));
        found.closes |= where(_mm_cmpeq_epi8(curly, _mm_set1_epi8('}')));
    }
    return found;
}
#else
block look(const char* at)
{
    block found;
    for (std::size_t i = 0; i < block_bytes; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        const char curly = static_cast<char>(at[i] | curly_bit);
        found.backslashes |= at[i] == '\\' ? bit : 0;
        found.quotes |= at[i] == '"' ? bit : 0;
        found.opens |= curly == '{' ? bit : 0;
        found.closes |= curly == '}' ? bit : 0;
    }
    return found;
}
#endif

// Every bit becomes the parity of itself and all below it: from each quote on to the next, a
// string.
std::uint64_t parity(std::uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

// std::popcount is a call where the compiler may not count on an instruction for it.
std::size_t ones(std::uint64_t bits)
{
    bits -= bits >> 1 & 0x5555'5555'5555'5555;
    bits = (bits & 0x3333'3333'3333'3333) + (bits >> 2 & 0x3333'3333'3333'3333);
    bits = (bits + (bits >> 4)) & 0x0F0F'0F0F'0F0F'0F0F;
    return bits * 0x0101'0101'0101'0101 >> 56;
}

/// What the blocks before leave behind, and what the next one means.
class counter {
public:
    /// The bytes of this block up to the end of the container, 0 when it does not end here.
    std::size_t take(const block& next)
    {
        const std::uint64_t quotes = next.quotes & ~escaped(next.backslashes);
        const std::uint64_t strings = parity(quotes) ^ in_string_;
        in_string_ = std::uint64_t{0} - (strings >> 63);
        const std::uint64_t opens = next.opens & ~strings, closes = next.closes & ~strings;
        if ((opens | closes) == 0)
            return 0;
        if (const std::size_t closed = ones(closes); closed < depth_) {
            depth_ += ones(opens);
            depth_ -= closed;
            return 0;
        }
        for (std::uint64_t left = opens | closes; left != 0; left &= left - 1) {
            if ((opens & left & (~left + 1)) != 0)
                ++depth_;
            else if (--depth_ == 0)
                return static_cast<std::size_t>(std::countr_zero(left)) + 1;
        }
        return 0;
    }

private:
    // Bytes behind an odd number of backslashes.
    std::uint64_t escaped(std::uint64_t backslashes)
    {
        std::uint64_t found = escapes_next_ ? 1 : 0;
        escapes_next_ = false;
        for (std::uint64_t left = backslashes; left != 0; left &= left - 1) {
            const std::uint64_t bit = left & (~left + 1);
            if ((found & bit) != 0)
                continue;
            found |= bit << 1;
            escapes_next_ = bit << 1 == 0;
        }
        return found;
    }

    std::size_t depth_ = 0;
    std::uint64_t in_string_ = 0;  // All ones inside a string.
    bool escapes_next_ = false;
};

}  // namespace

std::size_t container_length(std::string_view text)
{
    counter count;
    std::size_t at = 0;
    for (; at + block_bytes <= text.size(); at += block_bytes)
        if (const std::size_t end = count.take(look(text.data() + at)))
            return at + end;
    char last[block_bytes]{};
    std::memcpy(last, text.data() + at, text.size() - at);
    const std::size_t end = count.take(look(last));
    return end == 0 ? 0 : at + end;
}

}  // namespace tinfoil::discord
