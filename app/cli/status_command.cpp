#include "cli/status_command.hpp"

#include "cli/shard_colour.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "gateway/state_name.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"
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

std::string line(const char* title, const std::string& text, const sheet& on)
{
    return paint(on, colour::dim, fmt::format("{:<10}", title)) + text + "\n";
}

/// Only what there is to say.
std::string gateway_lines(const host::gateway_status& of, const sheet& on)
{
    std::string text;
    if (of.waiting_to_resume != 0)
        text += line("resuming",
                     fmt::format("{} waiting to resume, all up in about {}", of.waiting_to_resume,
                                 length_of_time(static_cast<std::int64_t>(of.all_up_in_ms))),
                     on);
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
    return rest.empty() ? text : text + line("gateway", rest, on);
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
std::string commands_lines(const host::registry_view& of, const sheet& on)
{
    std::string text;
    if (of.registered + of.pending + of.problems.size() != 0)
        text = line("commands",
                    fmt::format("{} registered, {} to do{}", of.registered, of.pending,
                                of.development ? ", in guilds (--dev)" : ""),
                    on);
    for (const auto& each : of.problems)
        text += line("",
                     paint(on, colour::red,
                           printable(each.plugin.empty() ? "all" : each.plugin, name_width) + " " +
                               printable(each.command, name_width)) +
                         (each.guild ? " in guild " + to_string(each.guild) : "") + ": " +
                         printable(each.text, 2 * text_width),
                     on);
    return text;
}

std::string scaler_line(const host::scaling_status& of, std::int64_t now_ms)
{
    constexpr std::size_t decision_width = 100;
    std::string text(name(of.does));
    if (of.does == scaling::mode::automatic && !of.plan_is_fixed.empty())
        text += ", moves only";
    for (const std::uint32_t each : of.draining)
        text += fmt::format(", collection {} drained", each);
    if (!of.under_way.empty())
        text += "; under way: " + printable(of.under_way, decision_width);
    if (!of.last)
        return text + "; no decision yet";
    const host::decision_view& last = *of.last;
    text += fmt::format("; decision {}, {} ago", last.number,
                        length_of_time(std::max<std::int64_t>(now_ms - last.at_ms, 0)));
    if (!last.actions.empty())
        text += fmt::format(
            ", {}{}: {}", last.actions.front(),
            last.actions.size() == 1 ? "" : fmt::format(" and {} more", last.actions.size() - 1),
            last.why);
    else if (!last.refusals.empty())
        text += fmt::format(", no {} of {}: {}", name(last.refusals.front().what),
                            last.refusals.front().subject, last.refusals.front().text);
    else
        text += ", nothing: " + last.why;
    text = printable(text, text_width);
    return last.outcome.empty() ? text : text + " (" + printable(last.outcome, name_width) + ")";
}

std::string network_line(const host::network_status& of, const sheet& on)
{
    std::string text =
        fmt::format("{} {}, {}", printable(of.name, name_width), printable(of.version, name_width),
                    paint(on, of.state == "running" ? colour::green : colour::yellow,
                          printable(of.state, name_width)));
    if (of.pid != 0)
        text += fmt::format(", pid {}", of.pid);
    if (of.restarts != 0)
        text += fmt::format(", restarts: {}", of.restarts);
    return of.why.empty() ? text : text + "; the last one: " + printable(of.why, text_width);
}

std::string milliseconds(std::uint64_t us)
{
    return fmt::format("{:.1f} ms", static_cast<double>(us) / 1000.0);
}

std::string collections_table(const std::vector<host::collection_status>& all, const sheet& on)
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
                        {each.busy ? scaling::in_percent(*each.busy) : "-"},
                        {std::to_string(each.restarts)},
                        {milliseconds(each.lag_us)},
                        {std::to_string(each.unfinished)}});
    }
    return table({{"collection"},
                  {"state"},
                  {"pid", true},
                  {"shards", true},
                  {"busy", true},
                  {"restarts", true},
                  {"lag", true},
                  {"unfinished", true}},
                 rows, on);
}

cell state_of_plugin(const link::plugin_outcome& each, const host::plugin_status* health)
{
    if (each.refused)
        return {"left out: " + printable(each.refused->detail, text_width), colour::red};
    if (health != nullptr && !health->quarantined.empty())
        return {"quarantined: " + printable(health->quarantined, text_width), colour::red};
    return {health != nullptr && health->gauge.placement != 0 ? "running, its own process"
                                                              : "running",
            colour::green};
}

std::string plugins_table(const host::status& what, const sheet& on)
{
    std::vector<std::vector<cell>> rows;
    for (const auto& each : what.plugins) {
        const auto health = std::find_if(what.plugin_health.begin(), what.plugin_health.end(),
                                         [&](const auto& one) { return one.name == each.name; });
        const auto* own = health == what.plugin_health.end() ? nullptr : &*health;
        std::vector<cell> row{{printable(each.name.empty() ? each.file : each.name, name_width)},
                              {each.version.empty() ? "-" : printable(each.version, name_width)},
                              state_of_plugin(each, own)};
        if (own == nullptr) {
            row.insert(row.end(), 4, {"-"});
        } else {
            row.push_back({std::to_string(own->gauge.events)});
            row.push_back({milliseconds(own->gauge.p99_us)});
            row.push_back({milliseconds(own->gauge.max_us)});
            row.push_back({std::to_string(own->gauge.slow),
                           own->gauge.slow != 0 ? colour::yellow : colour::plain});
        }
        rows.push_back(std::move(row));
    }
    return table({{"plugin"},
                  {"version"},
                  {"state"},
                  {"events", true},
                  {"p99", true},
                  {"longest", true},
                  {"slow", true}},
                 rows, on);
}

colour colour_of_health(const std::string& health)
{
    return health == "ok" ? colour::green : health == "down" ? colour::red : colour::yellow;
}

}  // namespace

std::string shard_summary(const std::map<gateway::state, std::size_t>& counts, const sheet& on)
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
                paint(on, colour_of(state), fmt::format("{} {}", count, gateway::name(state)));
    return text.empty() ? "none" : text;
}

std::string status_screen(const host::status& what, const std::filesystem::path& state,
                          std::int64_t now_ms, const sheet& on)
{
    const std::string name = what.application_name.empty()
                                 ? "not known yet"
                                 : printable(what.application_name, name_width);
    const std::string health = what.health.empty() ? what.phase : what.health;
    std::string text =
        line("health", paint(on, colour_of_health(health), printable(health, name_width)), on);
    for (const std::string& each : what.warnings)
        text += line("warning", paint(on, colour::red, printable(each, 4 * text_width)), on);
    text += line("bot",
                 paint(on, colour::bold, name) +
                     (what.application_id.empty()
                          ? ""
                          : " (" + printable(what.application_id, name_width) + ")"),
                 on);
    text += line(
        "api", printable(what.api, text_width) + (what.sandbox ? " (the host's sandbox)" : ""), on);
    text += line("host",
                 fmt::format("tinfoil {}, pid {}, node {}", printable(what.version, name_width),
                             what.pid, printable(what.node, name_width)),
                 on);
    text += line("state", printable(state.string(), text_width), on);
    text += line("up", length_of_time(what.uptime_ms), on);
    text += line(
        "sessions",
        fmt::format("{} identified, {} resumed in this run", what.identifies, what.resumes), on);
    text += line("events",
                 fmt::format("{} in this run, {} given again", what.events, what.redelivered), on);
    text += line("starts", starts_line(what.starts_left), on);
    text += line("shards", shard_summary(what.shard_counts, on), on);
    text += gateway_lines(what.gateway, on);
    if (what.network)
        text += line("network", network_line(*what.network, on), on);
    if (what.scaler)
        text += line("scaler", scaler_line(*what.scaler, now_ms), on);
    text += commands_lines(what.commands, on);
    if (!what.collections.empty())
        text += "\n" + collections_table(what.collections, on);
    if (!what.plugins.empty())
        text += "\n" + plugins_table(what, on);
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
    fmt::print("{}", status_screen(*what, *state, net::wall_clock_ms(), output_sheet()));
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
