#include "discord/snowflake.hpp"

#include <bit>
#include <charconv>
#include <cstring>

namespace tinfoil::discord {
namespace {

static_assert(std::endian::native == std::endian::little);

// Eight digits at once, in a word whose first byte is the lowest.
bool take_eight(const char* at, std::uint64_t& value)
{
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    constexpr std::uint64_t high = 0xF0F0'F0F0'F0F0'F0F0;
    if ((word & high) != 0x3030'3030'3030'3030 ||
        ((word + 0x0606'0606'0606'0606) & high) != 0x3030'3030'3030'3030)
        return false;
    word = (word & 0x0F0F'0F0F'0F0F'0F0F) * (1 + (10U << 8U)) >> 8U;
    word = (word & 0x00FF'00FF'00FF'00FF) * (1 + (100U << 16U)) >> 16U;
    word = (word & 0x0000'FFFF'0000'FFFF) * (1 + (std::uint64_t{10'000} << 32U)) >> 32U;
    value = value * 100'000'000 + word;
    return true;
}

}  // namespace

std::optional<snowflake> parse_snowflake(std::string_view digits)
{
    snowflake id;
    // As long as those of our days, and too short for more than a number of 64 bits has room for.
    if (digits.size() >= 16 && digits.size() <= 19) {
        if (!take_eight(digits.data(), id.value) || !take_eight(digits.data() + 8, id.value))
            return std::nullopt;
        for (const char each : digits.substr(16)) {
            if (each < '0' || each > '9')
                return std::nullopt;
            id.value = id.value * 10 + static_cast<std::uint64_t>(each - '0');
        }
        return id;
    }
    const char* end = digits.data() + digits.size();
    const auto [stopped, failure] = std::from_chars(digits.data(), end, id.value);
    if (digits.empty() || failure != std::errc{} || stopped != end)
        return std::nullopt;
    return id;
}

std::string to_string(snowflake id)
{
    return std::to_string(id.value);
}

}  // namespace tinfoil::discord
