#include "cli/log_lines.hpp"

#include "cli/table.hpp"
#include "cli/text.hpp"
#include "host/log_book.hpp"
#include "host/log_control.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

constexpr std::size_t name_width = 60;

std::string time_text(std::int64_t wall_ms)
{
    const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
    std::tm parts = {};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       wall_ms % 1000);
}

std::string sentence(const host::log_entry& what)
{
    std::string made = what.about.empty() ? "" : printable(what.about, name_width) + ": ";
    made += printable(what.text, host::log_book::text_bytes_max);
    if (what.more > 0)
        made += fmt::format(" ({} more times)", what.more);
    return made;
}

}  // namespace

std::string log_text(const host::log_entry& what, bool colours)
{
    constexpr std::array with{colour::dim, colour::plain, colour::yellow, colour::red};
    return paint(colours, colour::dim, time_text(what.wall_ms)) + " " +
           paint(colours, with[static_cast<std::size_t>(what.level)],
                 fmt::format("{:<7}", host::name(what.level))) +
           fmt::format(" {:<8} ", host::name(what.area)) + sentence(what);
}

std::string log_json_line(const host::log_entry& what)
{
    return printable_json(host::log_entry_json(what));
}

std::string log_journal_message(const host::log_entry& what)
{
    // As syslog(3) counts them.
    constexpr std::array priorities{7, 6, 4, 3};
    return fmt::format("MESSAGE={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=tinfoil\nTINFOIL_AREA={}\n"
                       "TINFOIL_ABOUT={}\nTINFOIL_NUMBER={}\n",
                       sentence(what), priorities[static_cast<std::size_t>(what.level)],
                       host::name(what.area), printable(what.about, name_width), what.number);
}

}  // namespace tinfoil::cli
