#include "discord/slot.hpp"

namespace tinfoil::discord {

std::string to_string(slot which)
{
    return std::to_string(which.id) + "/" + std::to_string(which.count);
}

std::optional<slot> parse_slot(std::string_view text)
{
    constexpr std::uint64_t count_max = 1'000'000;
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto id = parse_snowflake(text.substr(0, slash));
    const auto count = parse_snowflake(text.substr(slash + 1));
    if (!id || !count || count->value == 0 || count->value > count_max || id->value >= count->value)
        return std::nullopt;
    return slot{static_cast<std::uint32_t>(id->value), static_cast<std::uint32_t>(count->value)};
}

std::string shards_in_words(std::size_t count)
{
    return std::to_string(count) + (count == 1 ? " shard" : " shards");
}

}  // namespace tinfoil::discord
