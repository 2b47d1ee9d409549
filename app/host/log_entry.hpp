#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// In the order of the numbers that plugins use.
enum class log_level : std::uint8_t { debug, info, warning, error };

/// What a line of the log is about.
enum class log_area : std::uint8_t {
    host,      ///< The run itself: token, API, state.
    shards,    ///< Sessions and what becomes of them.
    plugins,   ///< What tinfoil does with plugins.
    output,    ///< What plugins log themselves.
    commands,  ///< Commands of plugins, at Discord.
    sandbox,   ///< What the simulated people do and are answered.
    scaler,    ///< What it decides, and an operator's plans.
};
inline constexpr std::array log_areas{log_area::host,   log_area::shards,   log_area::plugins,
                                      log_area::output, log_area::commands, log_area::sandbox,
                                      log_area::scaler};
inline constexpr std::array log_levels{log_level::debug, log_level::info, log_level::warning,
                                       log_level::error};

[[nodiscard]] constexpr std::string_view name(log_level of)
{
    constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
    return names[static_cast<std::size_t>(of)];
}

[[nodiscard]] constexpr std::string_view name(log_area of)
{
    constexpr std::array<std::string_view, 7> names{"host",     "shards",  "plugins", "output",
                                                    "commands", "sandbox", "scaler"};
    return names[static_cast<std::size_t>(of)];
}

[[nodiscard]] constexpr std::optional<log_level> parse_log_level(std::string_view text)
{
    for (const log_level each : log_levels)
        if (text == name(each))
            return each;
    return std::nullopt;
}

[[nodiscard]] constexpr std::optional<log_area> parse_log_area(std::string_view text)
{
    for (const log_area each : log_areas)
        if (text == name(each))
            return each;
    return std::nullopt;
}

/// A line of the log. Its text may be a stranger's: whoever prints it makes it printable.
struct log_entry {
    std::uint64_t number = 0;  ///< Of this run, from 1; one more than the one before.
    std::int64_t wall_ms = 0;
    log_area area = log_area::host;
    log_level level = log_level::info;
    std::string about;       ///< A plugin's name, a slot, or nothing.
    std::string text;        ///< At most log_book::text_bytes_max.
    std::uint64_t more = 0;  ///< So many equal ones were counted in place of being written.
};

}  // namespace tinfoil::host
