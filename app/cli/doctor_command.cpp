#include "cli/doctor_command.hpp"

#include "cli/progress.hpp"
#include "cli/surroundings.hpp"
#include "cli/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

constexpr int something_is_bad = 10;
constexpr std::size_t text_width = 600;

colour colour_of(host::verdict is)
{
    return is == host::verdict::ok     ? colour::green
           : is == host::verdict::note ? colour::yellow
                                       : colour::red;
}

std::string on_one_line(std::string text)
{
    std::replace(text.begin(), text.end(), '\n', ' ');
    return printable(text, text_width);
}

}  // namespace

std::string findings_text(const std::vector<host::finding>& all, const sheet& on)
{
    std::string text;
    std::size_t bad = 0;
    for (const host::finding& each : all) {
        bad += each.is == host::verdict::bad ? 1 : 0;
        text += paint(on, colour_of(each.is), fmt::format("{:<5}", name(each.is))) +
                fmt::format("{:<9}", each.check) + on_one_line(each.what) + "\n";
        if (!each.remedy.empty())
            text += std::string(14, ' ') + paint(on, colour::bold, "do: ") +
                    on_one_line(each.remedy) + "\n";
    }
    return text + (bad == 0   ? "nothing keeps this bot from running\n"
                   : bad == 1 ? "one thing is wrong\n"
                              : fmt::format("{} things are wrong\n", bad));
}

void add_doctor_flags(CLI::App& command, doctor_flags& given)
{
    command.add_flag("--sandbox", given.given.sandbox, "For tinfoil run --sandbox: no network");
    add_setting_flags(command, given.given);
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_doctor(const doctor_flags& given)
{
    std::vector<host::finding> all;
    {
        const progress shown(!given.json);
        shown.say("looking around...");
        all = host::judge(host::look_around(given.given, variable));
    }
    if (given.json)
        fmt::print("{}\n", host::findings_json(all));
    else
        fmt::print("{}", findings_text(all, output_sheet()));
    const bool bad = std::any_of(all.begin(), all.end(), [](const host::finding& each) {
        return each.is == host::verdict::bad;
    });
    return bad ? something_is_bad : EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
