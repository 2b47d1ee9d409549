#include "discord/snowflake.hpp"

#include <charconv>

namespace tinfoil::discord {

std::optional<snowflake> parse_snowflake(std::string_view digits)
{
    snowflake id;
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
