#include "cli/restart_command.hpp"

#include "cli/asking.hpp"
#include "cli/shards_change_command.hpp"
#include "cli/surroundings.hpp"
#include "cli/text.hpp"
#include "net/control_client.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

using host::restart_progress;
using host::restart_stage;
using host::restart_state;

constexpr const char* path = "/v1/collections/restart";
constexpr std::size_t path_width = 200, text_width = 400;
std::string in_seconds(duration of)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
    return fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100);
}

colour colour_of(restart_stage where)
{
    return where == restart_stage::back     ? colour::green
           : where == restart_stage::failed ? colour::red
                                            : colour::plain;
}

result<void> consent(const restart_flags& given)
{
    if (given.yes)
        return {};
    return ask_to_go_on(
        "each collection is away for a moment, and there is nobody to ask here; say "
        "--yes to have it done, or --dry-run to see only in which order");
}

result<restart_progress> look(const net::control_client& host)
{
    const auto answer = host.call("GET", path);
    if (!answer)
        return answer.error();
    return host::parse_restart(answer->json);
}

int tell(const result<restart_progress>& last, bool as_json)
{
    if (!last)
        return fail_of(last.error());
    if (as_json)
        fmt::print("{}\n", host::restart_json(*last));
    else
        fmt::print("{}", restart_text(*last, output_sheet()));
    return last->state == restart_state::failed || last->state == restart_state::cancelled
               ? shards_not_done
               : EXIT_SUCCESS;
}

int begin(const net::control_client& host, const restart_flags& given)
{
    const auto answer = host.call("POST", path, R"({"dry_run":true})");
    if (!answer)
        return fail_of(answer.error());
    const auto quote = host::parse_restart_quote(answer->json);
    if (!quote)
        return fail(quote.error());
    const quote_shown shown{answer->json,
                            [&](const sheet& on, bool) { return restart_quote_text(*quote, on); }};
    if (show_quote(shown, given.dry_run, given.json))
        return EXIT_SUCCESS;
    if (const auto may = consent(given); !may)
        return fail(may.error());
    listen_for_interrupt();
    const auto begun = host.call("POST", path, "{}");
    if (!begun)
        return fail_of(begun.error());
    if (given.no_wait) {
        if (given.json)
            fmt::print("{}\n", begun->json);
        else
            fmt::print("it has begun; tinfoil restart --status shows how far it is\n");
        return EXIT_SUCCESS;
    }
    const auto last = follow_progress<restart_progress>(
        host, {"restart", [&] { return look(host); }, restart_line,
               [](const restart_progress& now) { return now.state == restart_state::running; }});
    if (last && last->state == restart_state::running) {
        fmt::print(stderr, "the restart goes on\n"
                           "  tinfoil restart --status   shows how far it is\n"
                           "  tinfoil restart --cancel   ends it behind the collection that is "
                           "under way\n");
        return shards_left_running;
    }
    return tell(last, given.json);
}

}  // namespace

std::string restart_quote_text(const host::restart_quote& of, const sheet& on)
{
    std::vector<std::vector<cell>> rows;
    for (const auto& each : of.order)
        rows.push_back(
            {{fmt::format("c{}", each.collection)},
             {std::to_string(each.shards)},
             {fmt::format("{}.{}", each.events_milli / 1000, each.events_milli % 1000 / 100)},
             {"about " + in_seconds(each.usually)}});
    return table({{"COLLECTION"}, {"SHARDS", true}, {"EVENTS/S", true}, {"AWAY"}}, rows, on) +
           fmt::format("as {}, which is {}; one after the other, about {} in all, 0 IDENTIFYs\n",
                       printable(of.executable, path_width),
                       of.is_other ? "another than this host runs" : "what this host runs",
                       in_seconds(of.usually()));
}

std::string restart_text(const restart_progress& of, const sheet& on)
{
    if (of.state == restart_state::none)
        return "no collections were restarted since the host began\n";
    std::vector<std::vector<cell>> rows;
    for (const auto& each : of.steps)
        rows.push_back(
            {{fmt::format("c{}", each.collection)},
             {std::string(name(each.where)), colour_of(each.where)},
             {fmt::format("{}/{}", each.resumed, each.shards)},
             {each.took == duration::zero() ? std::string("-") : in_seconds(each.took)}});
    std::string made =
        table({{"COLLECTION"}, {"STATE"}, {"RESUMED", true}, {"TOOK", true}}, rows, on);
    if (of.state == restart_state::running)
        return made + restart_line(of) + "\n";
    made += fmt::format("{} of {} collections are restarted", of.done(), of.steps.size());
    if (!of.why.empty())
        made += ": " + printable(of.why, text_width);
    made += "\n";
    if (of.state == restart_state::failed)
        made += "the others are left as they were; mend what is wrong or put the earlier "
                "executable back, and tinfoil restart does all of them\n";
    return made;
}

std::string restart_line(const restart_progress& of)
{
    std::string made = fmt::format("{} of {} collections are back", of.done(), of.steps.size());
    for (const auto& each : of.steps) {
        if (each.where == restart_stage::ending || each.where == restart_stage::starting)
            made += fmt::format("; collection {}: {}", each.collection, name(each.where));
        if (each.where == restart_stage::resuming)
            made += fmt::format("; collection {}: {}/{} shards have resumed", each.collection,
                                each.resumed, each.shards);
    }
    return made;
}

void add_restart_flags(CLI::App& command, restart_flags& given)
{
    add_host_flags(command, given.where);
    CLI::Option* quote =
        command.add_flag("--dry-run", given.dry_run, "Only say in which order, and as what");
    command.add_flag("--yes,-y", given.yes, "Do not ask");
    command.add_flag("--no-wait", given.no_wait, "Do not wait until it is done");
    CLI::Option* shows =
        command.add_flag("--status", given.status, "How far it is, or how the last one ended")
            ->excludes(quote);
    command.add_flag("--cancel", given.cancel, "End it behind the collection that is under way")
        ->excludes(quote)
        ->excludes(shows);
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_restart(const restart_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const net::control_client host(*state);
    if (!given.status && !given.cancel)
        return begin(host, given);
    const auto answer = given.cancel ? host.call("POST", std::string(path) + "/cancel", "{}")
                                     : host.call("GET", path);
    if (!answer)
        return fail_of(answer.error());
    const auto now = host::parse_restart(answer->json);
    const int code = tell(now, given.json);
    return given.cancel && now ? EXIT_SUCCESS : code;
}

}  // namespace tinfoil::cli
