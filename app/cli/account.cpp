#include "cli/account.hpp"

#include "cli/text.hpp"
#include "gateway/state_name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

constexpr std::size_t name_width = 40;
constexpr std::size_t text_width = 160;
constexpr std::size_t whole_log_line = 16U << 10;  // What a plugin may log at once.

}  // namespace

account::account(bool colours, std::function<instant()> clock,
                 std::function<void(const std::string&)> write)
    : colours_(colours),
      clock_(std::move(clock)),
      write_(std::move(write)),
      started_(clock_())
{
}

void account::note(const std::string& text)
{
    line(printable(text, 4 * text_width));
}

void account::warn(const std::string& text)
{
    line(paint(colour::yellow, "warning  ") + printable(text, 4 * text_width));
}

void account::plugin_examined(const link::plugin_outcome& outcome)
{
    if (outcome.refused)
        line(paint(colour::red, "plugin   ") + printable(outcome.file, 4 * name_width) +
             " is left out: " + printable(outcome.refused->detail, 4 * text_width));
    else
        line(paint(colour::green, "plugin   ") + printable(outcome.name, name_width) + " " +
             printable(outcome.version, name_width));
}

void account::plugin_logged(const std::string& plugin, int level, const std::string& text)
{
    constexpr std::array names{"debug", "info", "warning", "error"};
    constexpr std::array colours{colour::dim, colour::cyan, colour::yellow, colour::red};
    const auto at = static_cast<std::size_t>(std::clamp(level, 0, 3));
    line(paint(colours[at], fmt::format("{:<9}", names[at])) + printable(plugin, name_width) +
         ": " + printable(text, whole_lines_ ? whole_log_line : 4 * text_width));
}

void account::shard_moved(discord::slot slot, gateway::state to, const std::string& why)
{
    const colour with = to == gateway::state::active    ? colour::green
                        : to == gateway::state::backoff ? colour::yellow
                                                        : colour::dim;
    line(paint(with, "shard    ") + to_string(slot) + " " + std::string(gateway::name(to)) +
         (why.empty() ? "" : paint(colour::dim, " (" + printable(why, text_width) + ")")));
}

void account::happened(const sandbox::happening& what)
{
    using kind = sandbox::happening::kind;
    const std::string where = paint(colour::dim, printable(what.guild, name_width) + " #" +
                                                     printable(what.channel, name_width) + "  ");
    const std::string who = printable(what.who, name_width);
    const std::string text = printable(what.text, text_width);
    switch (what.what) {
    case kind::said:
        return line("         " + where + who + ": " + text);
    case kind::called:
        return line("         " + where + who + " calls " + paint(colour::cyan, text));
    case kind::joined:
        return line("         " + where + who + " joins the guild");
    case kind::other:
        return line("         " + where + who + " " + text);
    case kind::answered:
        return line(
            paint(colour::green, "answer   ") + where + paint(colour::bold, who) + ": " + text +
            (what.after_ms < 0 ? ""
                               : paint(colour::green, fmt::format("  ({} ms)", what.after_ms))));
    }
}

std::string account::paint(colour with, const std::string& text) const
{
    constexpr std::array codes{"0", "2", "1", "32", "33", "31", "36"};
    if (!colours_ || with == colour::plain)
        return text;
    return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(with)], text);
}

void account::line(const std::string& text)
{
    const auto since =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_() - started_).count();
    write_(paint(colour::dim, fmt::format("{:>8.3f}  ", static_cast<double>(since) / 1000.0)) +
           text);
}

}  // namespace tinfoil::cli
