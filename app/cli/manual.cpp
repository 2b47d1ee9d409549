#include "cli/manual.hpp"

#include "cli/surroundings.hpp"
#include "version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <utility>

namespace tinfoil::cli {
namespace {

std::string escaped(std::string_view text)
{
    std::string made;
    for (const char each : text) {
        const bool begins_line = made.empty() || made.back() == '\n';
        if (begins_line && (each == '.' || each == '\''))
            made += "\\&";
        if (each == '\\')
            made += "\\e";
        else if (each == '-')
            made += "\\-";
        else
            made += each;
    }
    return made;
}

std::string joined(const std::vector<std::string>& names, std::string_view between)
{
    return fmt::format("{}", fmt::join(names, between));
}

std::string synopsis(const command_page& of)
{
    std::string made = "\\fB" + escaped(of.name()) + "\\fR";
    if (std::any_of(of.options.begin(), of.options.end(),
                    [](const auto& each) { return !each.is_argument; }))
        made += " [\\fIOPTIONS\\fR]";
    for (const command_option& each : of.options)
        if (each.is_argument)
            made += fmt::format(" {}\\fI{}\\fR{}{}", each.is_required ? "" : "[",
                                escaped(each.names.front()), each.is_required ? "" : "]",
                                each.takes_many ? "..." : "");
    if (!of.commands.empty())
        made += " [\\fICOMMAND\\fR]";
    return made;
}

std::string option_text(const command_option& of)
{
    std::string names;
    for (const std::string& each : of.names)
        names += (names.empty() ? "" : ", ") + ("\\fB" + escaped(each) + "\\fR");
    if (!of.value.empty() && !of.is_argument)
        names += " \\fI" + escaped(of.value) + "\\fR";
    return fmt::format(".TP\n{}\n{}\n", names, escaped(of.help));
}

}  // namespace

std::string manual_page(const command_page& of)
{
    std::string title = of.name('-');
    std::transform(title.begin(), title.end(), title.begin(),
                   [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
    std::string page = fmt::format(".TH {} 1 \"\" \"tinfoil {}\" \"tinfoil\"\n.SH NAME\n{} \\- {}\n"
                                   ".SH SYNOPSIS\n{}\n.SH DESCRIPTION\n{}.\n",
                                   escaped(title), version, escaped(of.name('-')),
                                   escaped(of.about), synopsis(of), escaped(of.about));
    for (const bool arguments : {true, false}) {
        bool any = false;
        for (const command_option& each : of.options) {
            if (each.is_argument != arguments)
                continue;
            if (!std::exchange(any, true))
                page += arguments ? ".SH ARGUMENTS\n" : ".SH OPTIONS\n";
            page += option_text(each);
        }
    }
    if (!of.commands.empty())
        page += ".SH COMMANDS\n";
    for (const command_page& each : of.commands)
        page +=
            fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", escaped(each.name('-')), escaped(each.about));
    std::vector<std::string> related;
    if (of.path.size() > 1) {
        command_page above;
        above.path.assign(of.path.begin(), of.path.end() - 1);
        related.push_back("\\fB" + escaped(above.name('-')) + "\\fR(1)");
    }
    page += ".SH EXIT STATUS\n0 when it was done. /usr/share/doc/tinfoil/exit\\-codes.md lists the "
            "others.\n.SH SEE ALSO\n";
    if (!related.empty())
        page += joined(related, ", ") + ",\n";
    return page + "the files in /usr/share/doc/tinfoil\n";
}

void add_manual_flags(CLI::App& command, manual_flags& given)
{
    command.add_option("--folder", given.folder)->required();
}

int run_manual(const CLI::App& of, const manual_flags& given)
{
    namespace fs = std::filesystem;
    std::error_code failed;
    fs::create_directories(given.folder, failed);
    const command_page root = command_tree(of);
    for (const command_page* each : all_pages(root)) {
        const fs::path file = fs::path(given.folder) / (each->name('-') + ".1");
        std::ofstream to(file, std::ios::binary);
        to << manual_page(*each);
        if (!to.flush())
            return fail({errc::io, file.string() + " can't be written"});
    }
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
