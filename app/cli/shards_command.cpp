#include "cli/shards_command.hpp"

#include "cli/shard_colour.hpp"
#include "cli/shards_tree.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "gateway/state_name.hpp"
#include "host/remembered.hpp"
#include "net/control_client.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>
#include <span>

namespace tinfoil::cli {
namespace {

constexpr std::size_t text_width = 80;

std::vector<column> columns_of(host::shards_source from)
{
    if (from == host::shards_source::state_file)
        return {{"slot"}, {"sequence", true}, {"unfinished", true}, {"session"}};
    return {
        {"slot"},           {"state"},      {"since", true}, {"collection", true}, {"guilds", true},
        {"events/s", true}, {"load", true}, {"lag", true},   {"unfinished", true}, {"session"},
        {"latency"},        {"last event"}, {"why"}};
}

std::string rate(std::uint64_t milli)
{
    return fmt::format("{:.1f}", static_cast<double>(milli) / 1000.0);
}

// `≥12`: a shard that went on from an earlier process has not heard of all yet.
std::string guilds(std::uint64_t count, bool counted)
{
    return counted ? std::to_string(count) : count == 0 ? "-" : fmt::format("≥{}", count);
}

// How old it is, where it began in this run.
std::string session(const host::shard_status& of)
{
    return !of.has_session ? "no" : of.session_age_ms ? length_of_time(*of.session_age_ms) : "yes";
}

std::string lag(const host::shard_status& of)
{
    return of.lag_us ? fmt::format("{:.1f} ms", static_cast<double>(*of.lag_us) / 1000.0) : "-";
}

/// `42.0 ms, 12 s ago`: a number that does not say how old it is may have frozen long since.
std::string latency(const link::shard_gauge& of)
{
    if (of.latency_age_ms == link::shard_gauge::no_age)
        return "-";
    return fmt::format("{:.1f} ms, {} ago", static_cast<double>(of.latency_us) / 1000.0,
                       length_of_time(static_cast<std::int64_t>(of.latency_age_ms)));
}

std::string last_event(const link::shard_gauge& of)
{
    return of.event_age_ms == link::shard_gauge::no_age
               ? "-"
               : length_of_time(static_cast<std::int64_t>(of.event_age_ms)) + " ago";
}

std::vector<cell> row_of(const host::shard_status& what, host::shards_source from,
                         const std::string& slot)
{
    if (from == host::shards_source::state_file)
        return {{slot},
                {what.has_session ? std::to_string(what.sequence) : "-"},
                {std::to_string(what.unfinished)},
                {what.has_session ? "yes" : "no"}};
    return {{slot},
            {std::string(gateway::name(what.state)), colour_of(what.state)},
            {length_of_time(what.in_state_ms)},
            {std::to_string(what.collection)},
            {guilds(what.facts.guilds, what.facts.counted)},
            {rate(what.events_milli)},
            {what.load ? scaling::in_percent(*what.load) : "-"},
            {lag(what)},
            {std::to_string(what.unfinished)},
            {session(what)},
            {latency(what.gauge)},
            {last_event(what.gauge)},
            {printable(what.why, text_width), colour::dim}};
}

// Of a slot that is no shard any more: its parts together.
std::vector<cell> row_of(std::span<const host::shard_status* const> parts, const std::string& slot,
                         host::shards_source from)
{
    if (from == host::shards_source::state_file)
        return {{slot, colour::dim}, {""}, {""}, {""}};
    std::uint64_t served = 0;
    bool counted = true;
    std::uint64_t events = 0;
    std::optional<scaling::micro> load = 0;
    for (const host::shard_status* each : parts) {
        served += each->facts.guilds;
        counted = counted && each->facts.counted;
        events += each->events_milli;
        load = load && each->load ? std::optional(*load + *each->load) : std::nullopt;
    }
    return {{slot, colour::dim},
            {fmt::format("{} shards", parts.size()), colour::dim},
            {""},
            {""},
            {guilds(served, counted), colour::dim},
            {rate(events), colour::dim},
            {load ? scaling::in_percent(*load) : "-", colour::dim},
            {""},
            {""},
            {""},
            {""},
            {""},
            {""}};
}

int show_remembered(const std::filesystem::path& state, bool as_json, const error& no_host)
{
    const auto known = host::remember(state);
    if (!known)
        return fail({known.error().code, no_host.detail + ";\n" + known.error().detail});
    if (as_json) {
        fmt::print("{}\n", host::shards_json(known->shards, host::shards_source::state_file));
        return EXIT_SUCCESS;
    }
    fmt::print(stderr, "no host runs; this is what its state file in {} remembers\n",
               printable(state.string(), 4 * text_width));
    fmt::print("{}", shards_table(known->shards, host::shards_source::state_file, output_sheet()));
    return EXIT_SUCCESS;
}

int wake(const std::filesystem::path& state, const shards_flags& given)
{
    if (given.wake != "all" && !discord::parse_slot(given.wake))
        return fail({errc::invalid_argument,
                     fmt::format("\"{}\" is no shard; write it as tinfoil shards list has it, for "
                                 "example 3/16, or all",
                                 printable(given.wake, text_width))});
    const auto answer = net::control_client(state).call(
        "POST", "/v1/shards/wake",
        given.wake == "all" ? "{}" : fmt::format(R"({{"slots":["{}"]}})", given.wake));
    if (!answer)
        return fail(answer.error());
    if (given.json)
        fmt::print("{}\n", answer->json);
    else
        fmt::print("{}\n", given.wake == "all" ? "no shard waits any longer than it must"
                                               : "shard " + given.wake + " waits no longer");
    return EXIT_SUCCESS;
}

}  // namespace

std::string shards_table(const std::vector<host::shard_status>& all, host::shards_source from,
                         const sheet& on)
{
    if (all.empty())
        return "no shards yet\n";
    std::vector<discord::slot> plan;
    for (const auto& each : all)
        plan.push_back(each.slot);
    const std::vector<branch> tree = tree_of(plan);
    std::vector<std::vector<cell>> rows;
    for (std::size_t at = 0; at < tree.size(); ++at) {
        const std::string slot = tree[at].drawing + to_string(tree[at].which);
        if (tree[at].place) {
            rows.push_back(row_of(all[*tree[at].place], from, slot));
            continue;
        }
        std::vector<const host::shard_status*> parts;
        for (std::size_t below = at + 1; below < tree.size() && tree[below].depth > tree[at].depth;
             ++below)
            if (tree[below].place)
                parts.push_back(&all[*tree[below].place]);
        rows.push_back(row_of(parts, slot, from));
    }
    return table(columns_of(from), rows, on);
}

void add_shards_flags(CLI::App& command, shards_flags& given)
{
    command.require_subcommand(1);
    CLI::App* list = command.add_subcommand("list", "Every shard and what it does");
    add_host_flags(*list, given.where);
    list->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
    CLI::App* wake =
        command.add_subcommand("wake", "Cut short what a shard waits for before it connects again");
    add_host_flags(*wake, given.where);
    wake->add_option("shard", given.wake, "As shards list has it (3/16), or all")->required();
    wake->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
    add_shards_change(command, given.where, given.change);
    add_shards_history(command, given.where, given.history);
}

int run_shards(const shards_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    if (!given.wake.empty())
        return wake(*state, given);
    if (!given.change.typed.empty())
        return run_shards_change(*state, given.change);
    if (!given.history.typed.empty())
        return run_shards_history(*state, given.history);
    const auto answer = net::control_client(*state).call("GET", "/v1/shards");
    if (!answer)
        return answer.error().code == errc::unreachable
                   ? show_remembered(*state, given.json, answer.error())
                   : fail(answer.error());
    if (given.json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    const auto all = host::parse_shards_list(answer->json);
    if (!all)
        return fail(all.error());
    fmt::print("{}", shards_table(*all, host::shards_source::host, output_sheet()));
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
