#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// Milliseconds from the Unix epoch to the first instant of 2015, where snowflakes begin.
/// Discord Docs/Reference, "Snowflakes".
inline constexpr std::uint64_t epoch_ms = 1'420'070'400'000;

/// An id of Discord. Zero is no id of anything and means "absent".
struct snowflake {
    std::uint64_t value = 0;

    auto operator<=>(const snowflake&) const = default;
    explicit operator bool() const { return value != 0; }

    /// Wall-clock milliseconds since 1970 at which the id was made.
    [[nodiscard]] std::uint64_t created_ms() const { return (value >> 22) + epoch_ms; }
};

/// Decimal digits only, no sign, no space, at most 2^64 - 1; anything else is nothing.
[[nodiscard]] std::optional<snowflake> parse_snowflake(std::string_view digits);

[[nodiscard]] std::string to_string(snowflake id);

}  // namespace tinfoil::discord
