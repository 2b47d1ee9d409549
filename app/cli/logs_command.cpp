#include "cli/logs_command.hpp"

#include "cli/log_lines.hpp"
#include "cli/surroundings.hpp"
#include "cli/text.hpp"
#include "host/log_control.hpp"
#include "host/log_settings.hpp"
#include "net/control_client.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

// Shorter than the client waits for an answer.
constexpr int wait_ms = 8'000;

std::string filters(const logs_flags& given)
{
    return (given.area ? "&area=" + *given.area : "") +
           (given.level ? "&level=" + *given.level : "");
}

void print(const host::log_book::answer& found, const logs_flags& given)
{
    if (found.lost > 0)
        fmt::print(stderr, "tinfoil: {} lines came faster than they were read, and are lost\n",
                   found.lost);
    for (const host::log_entry& each : found.entries)
        fmt::print("{}\n", given.json ? log_json_line(each) : log_text(each, shows_colours()));
    std::fflush(stdout);
}

result<host::log_book::answer> ask(const net::control_client& host, const std::string& query)
{
    const auto answer = host.call("GET", "/v1/logs?" + query);
    if (!answer)
        return answer.error();
    return host::parse_log(answer->json);
}

int show(const net::control_client& host, const logs_flags& given)
{
    auto found = ask(host, fmt::format("lines={}{}", given.lines, filters(given)));
    if (!found)
        return fail(found.error());
    print(*found, given);
    // A reader of our output that went away is one who has seen enough.
    while (given.follow && std::ferror(stdout) == 0) {
        found = ask(host, fmt::format("after={}&wait_ms={}&lines={}{}", found->next, wait_ms,
                                      host::log_control::lines_max, filters(given)));
        if (!found && found.error().code == errc::unreachable) {
            fmt::print(stderr, "tinfoil: the host has ended\n");
            return EXIT_SUCCESS;
        }
        if (!found)
            return fail(found.error());
        print(*found, given);
    }
    return EXIT_SUCCESS;
}

error no_area(std::string_view where, const std::string& typed, std::string_view also)
{
    return {errc::invalid_argument,
            fmt::format("{}: \"{}\" is no area of the log; there are {}{}", where,
                        printable(typed, 40), host::names_of_log_areas(), also)};
}

error no_level(std::string_view where, const std::string& typed)
{
    return {errc::invalid_argument, fmt::format("{}: \"{}\" is no level; there are {}", where,
                                                printable(typed, 40), host::names_of_log_levels())};
}

int show_levels(const result<net::control_answer>& answer, bool as_json)
{
    if (!answer)
        return fail(answer.error());
    if (as_json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    boost::system::error_code failed;
    const json::value whole = json::parse(answer->json, failed);
    const auto* levels =
        failed || !whole.is_object() ? nullptr : whole.get_object().if_contains("levels");
    if (levels == nullptr || !levels->is_object())
        return fail({errc::malformed, "the host's answer is not what control-api.md says; is it a "
                                      "newer tinfoil?"});
    for (const auto& [area, level] : levels->get_object())
        fmt::print("{:<9} {}\n", printable(area, 40),
                   level.is_string() ? printable(level.get_string(), 40) : "?");
    return EXIT_SUCCESS;
}

}  // namespace

void add_logs_commands(CLI::App& command, logs_flags& given)
{
    add_host_flags(command, given.where);
    command.add_flag("-f,--follow", given.follow, "Go on with what comes, until the host ends");
    command.add_option("-n,--lines", given.lines, "How many of the last lines")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{0}, host::log_control::lines_max));
    command.add_option("--area", given.area, "Only of this area: " + host::names_of_log_areas());
    command.add_option("--level", given.level,
                       "Only of this level and above: debug, info, warning, error");
    command.add_flag("--json", given.json, "An object a line (share/doc/logs.md)");
    CLI::App* level = command.add_subcommand(
        "level", "Show which levels are written, or change one until the host ends");
    add_host_flags(*level, given.where);
    level->add_option("AREA", given.level_area, "An area, or all");
    level->add_option("LEVEL", given.new_level, "debug, info, warning or error");
    level->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_logs(const CLI::App& command, const logs_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const net::control_client host(*state);
    if (!command.got_subcommand("level")) {
        if (given.area && !host::parse_log_area(*given.area))
            return fail(no_area("--area", *given.area, ""));
        if (given.level && !host::parse_log_level(*given.level))
            return fail(no_level("--level", *given.level));
        return show(host, given);
    }
    if (given.level_area.empty())
        return show_levels(host.call("GET", "/v1/logs/levels"), given.json);
    if (given.level_area != "all" && !host::parse_log_area(given.level_area))
        return fail(no_area("AREA", given.level_area, ", and all"));
    if (!given.new_level.empty() && !host::parse_log_level(given.new_level))
        return fail(no_level("LEVEL", given.new_level));
    if (given.new_level.empty())
        return fail({errc::invalid_argument,
                     "say which level, as in: tinfoil logs level " + given.level_area + " debug"});
    return show_levels(host.call("POST", "/v1/logs/levels",
                                 json::serialize(json::object{{"area", given.level_area},
                                                              {"level", given.new_level}})),
                       given.json);
}

}  // namespace tinfoil::cli
