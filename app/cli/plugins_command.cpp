#include "cli/plugins_command.hpp"

#include "cli/inspection.hpp"
#include "cli/progress.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "host/plugin_control.hpp"
#include "net/control_client.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tinfoil::cli {
namespace {

constexpr std::size_t name_width = 40;
constexpr std::size_t text_width = 400;

struct deed {
    const char* name;
    const char* what;
};
constexpr std::array deeds{
    deed{"reload", "Bring what its file has into every collection, without losing an event"},
    deed{"rollback", "Go back to the version that ran before"},
    deed{"load", "Start a plugin of the folder"},
    deed{"unload", "End a plugin until the next start, or until its file changes"},
    deed{"enable", "Let a disabled plugin run again"},
    deed{"disable", "End a plugin, and keep it from running until it is enabled"}};

colour colour_of(const std::string& state)
{
    return state == "running" ? colour::green : state == "refused" ? colour::red : colour::yellow;
}

bool is_failure(const host::plugin_answer& of)
{
    return of.outcome == "refused" || of.outcome == "superseded";
}

std::string waited(const host::plugin_place& at)
{
    if (at.held == 0)
        return "no event waited";
    return fmt::format("{} {} waited, {:.1f} ms at most", at.held,
                       at.held == 1 ? "event" : "events", static_cast<double>(at.waited_us) / 1000);
}

std::string line_of(const host::plugin_place& at)
{
    std::string made = fmt::format("  collection {}: {}", at.collection, at.how);
    if (!at.version.empty())
        made += ", runs " + printable(at.version, name_width);
    made += ", " + waited(at);
    if (at.cut_off != 0)
        made +=
            fmt::format(", {} {} cut off", at.cut_off, at.cut_off == 1 ? "handler" : "handlers");
    if (at.kept != 0)
        made += fmt::format(", {} old {} in memory: {}", at.kept,
                            at.kept == 1 ? "copy stays" : "copies stay",
                            printable(at.kept_why, text_width));
    if (!at.why.empty() && at.how != "refused")
        made += ": " + printable(at.why, text_width);
    return made + "\n";
}

int list(const std::filesystem::path& state, const plugins_flags& given)
{
    const auto answer = net::control_client(state).call("GET", "/v1/plugins");
    if (!answer)
        return fail(answer.error());
    if (given.json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    const auto all = host::parse_plugins(answer->json);
    if (!all)
        return fail(all.error());
    fmt::print("{}", plugins_table(*all, output_sheet()));
    return EXIT_SUCCESS;
}

// One after the other, so that one that fails keeps no other from its turn.
int change(const std::filesystem::path& state, const std::string& what, const plugins_flags& given)
{
    const net::control_client host(state);
    std::vector<host::plugin_answer> all;
    std::vector<std::string> texts;
    std::optional<error> failed;
    const progress shown(!given.json);
    for (const std::string& name : given.names) {
        shown.say(fmt::format("{} {} ({} of {})...", what, printable(name, name_width),
                              &name - given.names.data() + 1, given.names.size()));
        const auto answer = host.call("POST", "/v1/plugins/" + what,
                                      boost::json::serialize(boost::json::object{{"name", name}}));
        shown.clear();
        if (!answer) {
            failed = answer.error();
            if (failed->code == errc::unreachable)
                break;
            if (failed->code == errc::invalid_argument)
                failed->code = errc::plugin_refused;
            fmt::print(stderr, "tinfoil: {}\n", printable(failed->detail, text_width));
            continue;
        }
        const auto told = host::parse_plugin_answer(answer->json);
        if (!told)
            return fail(told.error());
        all.push_back(*told);
        texts.push_back(answer->json);
    }
    if (given.json)
        fmt::print("[{}]\n", fmt::join(texts, ","));
    else
        fmt::print("{}", answers_text(all, output_sheet()));
    if (failed)
        return failed->code == errc::unreachable ? fail(*failed) : exit_code(failed->code);
    return std::any_of(all.begin(), all.end(), is_failure) ? exit_code(errc::plugin_refused)
                                                           : EXIT_SUCCESS;
}

}  // namespace

std::string plugins_table(const std::vector<host::plugin_line>& all, const sheet& on)
{
    if (all.empty())
        return "no plugins\n";
    std::vector<std::vector<cell>> rows;
    for (const auto& each : all) {
        std::string why = printable(each.why, text_width);
        if (each.kept != 0)
            why += fmt::format("{}{} old {} in memory: {}", why.empty() ? "" : "; ", each.kept,
                               each.kept == 1 ? "copy stays" : "copies stay",
                               printable(each.kept_why, text_width));
        rows.push_back({{printable(each.name.empty() ? "-" : each.name, name_width)},
                        {printable(each.version.empty() ? "-" : each.version, name_width)},
                        {printable(each.state, name_width), colour_of(each.state)},
                        {printable(each.previous.empty() ? "-" : each.previous, name_width)},
                        {printable(each.file.empty() ? "-" : each.file, name_width)},
                        {why, colour::dim}});
    }
    return table({{"plugin"}, {"version"}, {"state"}, {"before"}, {"file"}, {"why"}}, rows, on);
}

std::string answers_text(const std::vector<host::plugin_answer>& all, const sheet& on)
{
    std::vector<host::plugin_answer> sorted = all;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& one, const auto& other) {
        return std::pair(is_failure(one), one.outcome) <
               std::pair(is_failure(other), other.outcome);
    });
    std::string text;
    for (const auto& each : sorted) {
        text += paint(on, is_failure(each) ? colour::red : colour::green,
                      printable(each.outcome, name_width)) +
                ": " + printable(sentence(each), 2 * text_width) + "\n";
        for (const auto& at : each.places)
            text += line_of(at);
    }
    return text;
}

void add_plugins_commands(CLI::App& command, plugins_flags& given)
{
    command.require_subcommand(1);
    CLI::App* all = command.add_subcommand("list", "Every plugin, its version and its state");
    add_host_flags(*all, given.where);
    all->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
    for (const deed& each : deeds) {
        CLI::App* one = command.add_subcommand(each.name, each.what);
        add_host_flags(*one, given.where);
        one->add_option("name", given.names, "Plugins, or files of the folder")->required();
        one->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
    }
    CLI::App* look = command.add_subcommand(
        "inspect", "Show what a plugin file says, without running any of it");
    look->add_option("file", given.file, "A file")->required();
    look->add_flag("--json", given.json, "As JSON");
}

int run_plugins(const CLI::App& command, const plugins_flags& given)
{
    const std::string what = command.get_subcommands().front()->get_name();
    if (what == "inspect")
        return inspect_plugin(given.file, given.json);
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    return what == "list" ? list(*state, given) : change(*state, what, given);
}

}  // namespace tinfoil::cli
