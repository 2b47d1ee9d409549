#include "base/duration_text.hpp"

#include <charconv>
#include <cstdint>

namespace tinfoil {

std::optional<duration> parse_duration(std::string_view text)
{
    struct unit {
        std::string_view name;
        std::int64_t milliseconds;
    };
    constexpr unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
    constexpr std::int64_t year = 365LL * 24 * 3'600'000;
    std::int64_t number = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view rest = text.substr(static_cast<std::size_t>(stopped - text.data()));
    for (const unit& each : units)
        if (failed == std::errc{} && rest == each.name && number > 0 &&
            number <= year / each.milliseconds)
            return duration(std::chrono::milliseconds(number * each.milliseconds));
    return std::nullopt;
}

}  // namespace tinfoil
