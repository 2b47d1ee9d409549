#include "cli/status_command.hpp"

#include "cli/shard_colour.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "gateway/state_name.hpp"
#include "host/status_json.hpp"
#include "net/control_client.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <vector>

namespace tinfoil::cli {
namespace {

constexpr std::size_t name_width = 40;
constexpr std::size_t text_width = 200;

std::string line(const char* title, const std::string& text, bool colours)
{
    return paint(colours, colour::dim, fmt::format("{:<10}", title)) + text + "\n";
}

/// Only what there is to say.
std::string gateway_lines(const host::gateway_status& of, bool colours)
{
    std::string text;
    if (of.waiting_to_resume != 0)
        text += line("resuming",
                     fmt::format("{} waiting to resume, all up in about {}", of.waiting_to_resume,
                                 length_of_time(static_cast<std::int64_t>(of.all_up_in_ms))),
                     colours);
    std::string rest;
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count != 0)
            rest += fmt::format("{}{} {}", rest.empty() ? "" : ", ", count, what);
    };
    add(of.full, "full: their plugins are slower than Discord");
    add(of.dropped, "events dropped");
    add(of.silences, "silent and resumed");
    add(of.suspensions, "begun anew after a suspension");
    add(of.own_mistakes, "closed by Discord for what was sent");
    return rest.empty() ? text : text + line("gateway", rest, colours);
}

std::string starts_line(const host::status::starts& of)
{
    std::string text = of.is_known
                           ? fmt::format("{} of {} left, {} of them in reserve; all again in {}",
                                         of.remaining, of.total, std::min(of.reserve, of.remaining),
                                         length_of_time(of.reset_after_ms))
                           : "not known yet";
    if (of.waiting != 0)
        text += fmt::format("; {} {}", of.waiting, of.waiting == 1 ? "shard waits" : "shards wait");
    if (!of.suspended.empty())
        text += "; suspended: " + printable(of.suspended, text_width);
    return text;
}

/// Only what there is to say.
std::string commands_lines(const host::registry_view& of, bool colours)
{
    std::string text;
    if (of.registered + of.pending + of.problems.size() != 0)
        text = line("commands",
                    fmt::format("{} registered, {} to do{}", of.registered, of.pending,
                                of.development ? ", in guilds (--dev)" : ""),
                    colours);
    for (const auto& each : of.problems)
        text += line("",
                     paint(colours, colour::red,
                           printable(each.plugin.empty() ? "all" : each.plugin, name_width) + " " +
                               printable(each.command, name_width)) +
                         (each.guild ? " in guild " + to_string(each.guild) : "") + ": " +
                         printable(each.text, 2 * text_width),
                     colours);
    return text;
}

std::string collections_table(const std::vector<host::collection_status>& all, bool colours)
{
    std::vector<std::vector<cell>> rows;
    for (const auto& each : all) {
        const colour with = each.state == "running"   ? colour::green
                            : each.state == "waiting" ? colour::red
                                                      : colour::yellow;
        rows.push_back({{std::to_string(each.number)},
                        {printable(each.state, name_width), with},
                        {each.pid == 0 ? "-" : std::to_string(each.pid)},
                        {std::to_string(each.shards)},
                        {std::to_string(each.restarts)},
                        {fmt::format("{:.1f} ms", static_cast<double>(each.lag_us) / 1000.0)},
                        {std::to_string(each.unfinished)}});
    }
    return table({{"collection"},
                  {"state"},
                  {"pid", true},
                  {"shards", true},
                  {"restarts", true},
                  {"lag", true},
                  {"unfinished", true}},
                 rows, colours);
}

std::string plugins_table(const std::vector<link::plugin_outcome>& all, bool colours)
{
    std::vector<std::vector<cell>> rows;
    for (const auto& each : all)
        rows.push_back(
            {{printable(each.name.empty() ? each.file : each.name, name_width)},
             {printable(each.version, name_width)},
             each.refused
                 ? cell{"left out: " + printable(each.refused->detail, text_width), colour::red}
                 : cell{"running", colour::green}});
    return table({{"plugin"}, {"version"}, {"state"}}, rows, colours);
}

}  // namespace

std::string shard_summary(const std::map<gateway::state, std::size_t>& counts, bool colours)
{
    std::vector<std::pair<gateway::state, std::size_t>> some;
    for (const auto& each : counts)
        if (each.second != 0)
            some.push_back(each);
    std::stable_partition(some.begin(), some.end(),
                          [](const auto& each) { return each.first == gateway::state::active; });
    std::string text;
    for (const auto& [state, count] : some)
        text += (text.empty() ? "" : ", ") +
                paint(colours, colour_of(state), fmt::format("{} {}", count, gateway::name(state)));
    return text.empty() ? "none" : text;
}

std::string status_screen(const host::status& what, const std::filesystem::path& state,
                          bool colours)
{
    const std::string name = what.application_name.empty()
                                 ? "not known yet"
                                 : printable(what.application_name, name_width);
    std::string text = line("bot",
                            paint(colours, colour::bold, name) +
                                (what.application_id.empty()
                                     ? ""
                                     : " (" + printable(what.application_id, name_width) + ")"),
                            colours);
    text +=
        line("api", printable(what.api, text_width) + (what.sandbox ? " (the host's sandbox)" : ""),
             colours);
    text += line("host",
                 fmt::format("tinfoil {}, pid {}, node {}", printable(what.version, name_width),
                             what.pid, printable(what.node, name_width)),
                 colours);
    text += line("state", printable(state.string(), text_width), colours);
    text += line("up", length_of_time(what.uptime_ms) + ", " + printable(what.phase, name_width),
                 colours);
    text +=
        line("sessions",
             fmt::format("{} identified, {} resumed in this run", what.identifies, what.resumes),
             colours);
    text +=
        line("events", fmt::format("{} in this run, {} given again", what.events, what.redelivered),
             colours);
    text += line("starts", starts_line(what.starts_left), colours);
    text += line("shards", shard_summary(what.shard_counts, colours), colours);
    text += gateway_lines(what.gateway, colours);
    text += commands_lines(what.commands, colours);
    for (const std::string& each : what.warnings)
        text +=
            line("warning", paint(colours, colour::red, printable(each, 4 * text_width)), colours);
    if (!what.collections.empty())
        text += "\n" + collections_table(what.collections, colours);
    if (!what.plugins.empty())
        text += "\n" + plugins_table(what.plugins, colours);
    return text;
}

void add_status_flags(CLI::App& command, status_flags& given)
{
    add_host_flags(command, given.where);
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_status(const status_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const auto answer = net::control_client(*state).call("GET", "/v1/status");
    if (!answer)
        return fail(answer.error());
    if (given.json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    const auto what = host::parse_status(answer->json);
    if (!what)
        return fail(what.error());
    fmt::print("{}", status_screen(*what, *state, shows_colours()));
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
