#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tinfoil/snowflake.hpp>

namespace tinfoil {

/// A moment as Discord's JSON has it, `2021-11-30T23:26:31.452000+00:00`, or with `Z`; what is
/// finer than a millisecond is dropped. Nothing when the text is no such moment. Discord
/// Docs/Reference, "ISO8601 Date/Time".
inline std::optional<snowflake_time> parse_timestamp(std::string_view text)
{
    using namespace std::chrono;
    bool good = true;
    // The digits that come next, and what has to follow them.
    const auto take = [&](std::size_t digits, char after) {
        int value = 0;
        for (std::size_t at = 0; at < digits; ++at) {
            good = good && at < text.size() && text[at] >= '0' && text[at] <= '9';
            value = good ? value * 10 + (text[at] - '0') : 0;
        }
        good = good && (after == 0 || (text.size() > digits && text[digits] == after));
        text.remove_prefix(good ? digits + (after != 0) : text.size());
        return value;
    };
    const int y = take(4, '-'), m = take(2, '-'), d = take(2, 'T');
    const int h = take(2, ':'), min = take(2, ':'), s = take(2, 0);
    int ms = 0;
    if (good && text.starts_with('.')) {
        text.remove_prefix(1);
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        good = digits != 0;
        for (std::size_t at = 0, scale = 100; at < std::min<std::size_t>(digits, 3);
             ++at, scale /= 10)
            ms += (text[at] - '0') * static_cast<int>(scale);
        text.remove_prefix(digits);
    }
    int shift = 0;
    if (good && (text.starts_with('+') || text.starts_with('-'))) {
        const int sign = text[0] == '-' ? -1 : 1;
        text.remove_prefix(1);
        const int hours = take(2, ':'), minutes = take(2, 0);
        shift = sign * (hours * 60 + minutes);
    } else if (good) {
        good = text == "Z";
        text.remove_prefix(good ? 1 : 0);
    }
    const year_month_day day{year(y), month(static_cast<unsigned>(m)),
                             std::chrono::day(static_cast<unsigned>(d))};
    if (!good || !text.empty() || !day.ok() || h > 23 || min > 59 || s > 60)
        return std::nullopt;
    return snowflake_time(sys_days(day)) + hours(h) + minutes(min - shift) + seconds(s) +
           milliseconds(ms);
}

/// The same the other way: `2021-11-30T23:26:31.452+00:00`.
inline std::string format_timestamp(snowflake_time when)
{
    using namespace std::chrono;
    const auto day = floor<days>(when);
    const year_month_day date(day);
    const auto padded = [](std::int64_t number, std::size_t digits) {
        std::string made = std::to_string(number);
        return made.insert(0, digits - std::min(digits, made.size()), '0');
    };
    const std::int64_t ms = (when - day).count();
    return padded(int(date.year()), 4) + "-" + padded(unsigned(date.month()), 2) + "-" +
           padded(unsigned(date.day()), 2) + "T" + padded(ms / 3'600'000, 2) + ":" +
           padded(ms / 60'000 % 60, 2) + ":" + padded(ms / 1000 % 60, 2) + "." +
           padded(ms % 1000, 3) + "+00:00";
}

}  // namespace tinfoil
