#include "cli/rebalance_command.hpp"

#include "cli/asking.hpp"
#include "cli/shards_change_command.hpp"
#include "cli/surroundings.hpp"
#include "cli/text.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

using host::errand_stage;
using host::errand_state;
using host::errand_view;
using host::rebalance_quote;

namespace json = boost::json;

constexpr const char* path = "/v1/shards/rebalance";
constexpr const char* drain_path = "/v1/collections/drain";
constexpr std::size_t text_width = 200, steps_shown = 20;

std::string in_seconds(duration of)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
    return ms < 120'000 ? fmt::format("{} s", (ms + 999) / 1000)
                        : fmt::format("{} min", (ms + 59'999) / 60'000);
}

std::string counted(std::size_t count, std::string_view one)
{
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

colour colour_of(errand_stage where)
{
    return where == errand_stage::done     ? colour::green
           : where == errand_stage::failed ? colour::red
                                           : colour::plain;
}

result<errand_view> look(const net::control_client& host)
{
    const auto answer = host.call("GET", path);
    if (!answer)
        return answer.error();
    return host::parse_errand(answer->json);
}

int tell(const net::control_client& host, const result<errand_view>& last, bool as_json)
{
    if (!last)
        return fail_of(last.error());
    if (as_json) {
        const auto answer = host.call("GET", path);
        if (!answer)
            return fail_of(answer.error());
        fmt::print("{}\n", answer->json);
    } else {
        fmt::print("{}", errand_text(*last, output_sheet()));
    }
    return last->state == errand_state::failed || last->state == errand_state::cancelled
               ? shards_not_done
               : EXIT_SUCCESS;
}

result<void> consent(const rebalance_quote& of, const rebalance_flags& given)
{
    if (given.yes)
        return {};
    return ask_to_go_on(
        fmt::format("it takes {} and {}, and there is nobody to ask here; say --yes "
                    "to have it done, or --dry-run to see only the plan",
                    counted(of.moves, "move"), counted(of.identifies, "IDENTIFY")));
}

int follow(const net::control_client& host, std::uint64_t errand, const rebalance_flags& given)
{
    const auto last = follow_progress<errand_view>(
        host, {"rebalance", [&] { return look(host); }, errand_line,
               [&](const errand_view& now) {
                   return now.id == errand && now.state == errand_state::running;
               }});
    if (const std::string why = last ? superseded(*last, errand) : ""; !why.empty()) {
        fail({errc::cancelled, why});
        return shards_not_done;
    }
    if (last && last->state == errand_state::running) {
        fmt::print(stderr,
                   "{} goes on\n"
                   "  tinfoil shards rebalance --status   shows how far it is\n"
                   "  tinfoil shards rebalance --cancel   ends it behind what is under way\n",
                   printable(last->what, text_width));
        return shards_left_running;
    }
    return tell(host, last, given.json);
}

struct offer {
    std::string json;
    rebalance_quote quote;
};

result<offer> ask_for_plan(const net::control_client& host, const char* at, json::object body)
{
    body["dry_run"] = true;
    auto answer = host.call("POST", at, json::serialize(body));
    if (!answer)
        return answer.error();
    auto quote = host::parse_rebalancing(answer->json);
    if (!quote)
        return quote.error();
    return offer{std::move(answer->json), std::move(*quote)};
}

void show(const offer& what, const rebalance_flags& given)
{
    const quote_shown shown{what.json, [&](const sheet& on, bool is_whole) {
                                return plan_text(what.quote, is_whole ? SIZE_MAX : steps_shown, on);
                            }};
    static_cast<void>(show_quote(shown, given.dry_run, given.json));
}

// Whoever was asked has agreed to the plan that was shown, and to no other.
result<offer> begin(const net::control_client& host, const char* at, json::object body,
                    const offer& agreed, const rebalance_flags& given)
{
    if (!given.yes)
        body["plan"] = agreed.quote.plan;
    auto begun = host.call("POST", at, json::serialize(body));
    if (!begun)
        return begun.error();
    auto plan = host::parse_rebalancing(begun->json);
    if (!plan)
        return plan.error();
    return offer{std::move(begun->json), std::move(*plan)};
}

int after(const net::control_client& host, const offer& begun, const rebalance_flags& given)
{
    if (!given.no_wait && begun.quote.errand != 0)
        return follow(host, begun.quote.errand, given);
    if (given.json)
        fmt::print("{}\n", begun.json);
    else if (begun.quote.errand != 0)
        fmt::print("it has begun; tinfoil shards rebalance --status shows how far it is\n");
    return EXIT_SUCCESS;
}

// The same for both: ask for the plan, show it, have it done. Where it is another one by the time
// that it is agreed to, that is shown and asked for again.
int carry_through(const net::control_client& host, const char* at, const json::object& body,
                  const rebalance_flags& given)
{
    auto now = ask_for_plan(host, at, body);
    for (;;) {
        if (!now)
            return fail_of(now.error());
        show(*now, given);
        if (given.dry_run)
            return EXIT_SUCCESS;
        const bool is_nothing = now->quote.steps.empty();
        // A number of collections is kept, also where nothing is to be done for it.
        if (is_nothing && !body.contains("collections") && !body.contains("collection")) {
            if (given.json)
                fmt::print("{}\n", now->json);
            return EXIT_SUCCESS;
        }
        if (!is_nothing)
            if (const auto may = consent(now->quote, given); !may)
                return fail(may.error());
        listen_for_interrupt();
        const auto begun = begin(host, at, body, *now, given);
        if (begun)
            return after(host, *begun, given);
        auto again = ask_for_plan(host, at, body);
        if (given.yes || !again || again->quote.plan == now->quote.plan)
            return fail_of(begun.error());
        now = std::move(again);
        fmt::print(stderr, "the plan has changed since it was shown; now it is:\n");
    }
}

void add_how(CLI::App& command, rebalance_flags& given)
{
    add_host_flags(command, given.where);
    command.add_flag("--dry-run", given.dry_run, "Only show the plan and what it costs");
    command.add_flag("--yes,-y", given.yes, "Do not ask");
    command.add_flag("--no-wait", given.no_wait, "Do not wait until it is done");
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

}  // namespace

CLI::App* add_rebalance(CLI::App& shards, rebalance_flags& given)
{
    CLI::App* made = shards.add_subcommand(
        "rebalance", "Spread load evenly over collections: move shards, and split hot ones");
    add_how(*made, given);
    made->add_option("--max-moves", given.max_moves, "Move no more shards than so many")
        ->check(CLI::Range(0U, UINT32_MAX));
    made->add_option("--collections", given.collections,
                     "So many collections from now on: add some, or empty and retire some")
        ->check(CLI::Range(1, scaling::collections_limit));
    made->add_flag("--no-splits", given.keep_plan, "Only move: no shard is split");
    CLI::Option* shows =
        made->add_flag("--status", given.status, "How far it is, or how the last one ended");
    made->add_flag("--cancel", given.cancel, "End it behind what is under way")->excludes(shows);
    return made;
}

int run_rebalance(const rebalance_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const net::control_client host(*state);
    if (given.cancel)
        if (const auto done = host.call("POST", std::string(path) + "/cancel", "{}"); !done)
            return fail_of(done.error());
    if (given.cancel || given.status) {
        const int code = tell(host, look(host), given.json);
        return given.cancel && code == shards_not_done ? EXIT_SUCCESS : code;
    }
    json::object body;
    if (given.max_moves)
        body["max_moves"] = *given.max_moves;
    if (given.collections)
        body["collections"] = *given.collections;
    if (given.keep_plan)
        body["splits"] = false;
    return carry_through(host, path, body, given);
}

CLI::App* add_drain(CLI::App& shards, rebalance_flags& given)
{
    CLI::App* made = shards.add_subcommand(
        "drain", "Move all shards of a collection to the others, and bring it none");
    add_how(*made, given);
    made->add_option("collection", given.drained, "As tinfoil status has it: c2")->required();
    made->add_flag("--undo", given.undo, "It may have shards again");
    return made;
}

int run_drain(const rebalance_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const auto number = collection_of(given.drained);
    if (!number)
        return fail(number.error());
    const net::control_client host(*state);
    json::object body{{"collection", *number}};
    if (!given.undo)
        return carry_through(host, drain_path, body, given);
    body["undo"] = true;
    const auto done = host.call("POST", drain_path, json::serialize(body));
    if (!done)
        return fail_of(done.error());
    if (given.json)
        fmt::print("{}\n", done->json);
    else
        fmt::print("collection {} may have shards again; tinfoil shards rebalance brings some\n",
                   *number);
    return EXIT_SUCCESS;
}

std::string plan_text(const rebalance_quote& of, std::size_t steps_max, const sheet& on)
{
    std::vector<std::vector<cell>> loads, steps;
    for (const auto& each : of.collections)
        loads.push_back({{fmt::format("c{}{}", each.collection,
                                      !each.was     ? ", new"
                                      : !each.stays ? ", retired"
                                                    : "")},
                         {each.was ? scaling::in_percent(each.before) : "-"},
                         {each.stays ? scaling::in_percent(each.after) : "-"},
                         {each.was ? std::to_string(each.shards_before) : "-"},
                         {each.stays ? std::to_string(each.shards_after) : "-"}});
    std::string made =
        table({{"COLLECTION"}, {"LOAD", true}, {"THEN", true}, {"SHARDS", true}, {"THEN", true}},
              loads, on);
    for (std::size_t i = 0; i < of.steps.size() && i < steps_max; ++i) {
        const auto& each = of.steps[i];
        steps.push_back({{std::to_string(i + 1)},
                         {printable(each.what, text_width)},
                         {each.identifies == 0 ? "" : std::to_string(each.identifies)},
                         {in_seconds(each.usually)},
                         {printable(each.why, text_width), colour::dim}});
    }
    if (!steps.empty())
        made +=
            "\n" + table({{"STEP", true}, {"WHAT"}, {"IDENTIFYs", true}, {"TAKES", true}, {"WHY"}},
                         steps, on);
    if (of.steps.size() > steps_max)
        made += fmt::format("and {} more\n", of.steps.size() - steps_max);
    for (const auto& each : of.refusals)
        made += fmt::format("left alone: {}: {}\n", printable(each.subject, text_width),
                            printable(each.text, text_width));
    if (of.steps.empty())
        return made +
               fmt::format("nothing to do: the busiest collection is at {}, which is as even "
                           "as it can be\n",
                           scaling::in_percent(of.best));
    return made + fmt::format("{}, {}, {}, about {}; at most {} of a loop more meanwhile\n",
                              counted(of.moves, "move"), counted(of.splits, "split"),
                              counted(static_cast<std::size_t>(of.identifies), "IDENTIFY"),
                              in_seconds(of.usually), scaling::in_percent(of.overlap));
}

std::string superseded(const errand_view& now, std::uint64_t errand)
{
    if (now.id == errand)
        return "";
    return fmt::format("what was followed has ended, and {} has begun since, so how it ended is "
                       "not known here; tinfoil shards history has what became of its operations, "
                       "and the host's log of all",
                       printable(now.what, text_width));
}

std::string errand_text(const errand_view& of, const sheet& on)
{
    if (of.state == errand_state::none)
        return "nothing was rebalanced since the host began\n";
    std::vector<std::vector<cell>> rows;
    for (const auto& each : of.steps)
        rows.push_back({{printable(each.what, text_width)},
                        {std::string(name(each.where)), colour_of(each.where)},
                        {each.operation == 0 ? "" : std::to_string(each.operation)},
                        {printable(each.why, text_width)}});
    std::string made = table({{"WHAT"}, {"STATE"}, {"OPERATION", true}, {"WHY"}}, rows, on);
    made += fmt::format("{}: {}, {} of {} steps are done", printable(of.what, text_width),
                        name(of.state), of.done(), of.steps.size());
    if (!of.why.empty() && of.why != name(of.state))
        made += ": " + printable(of.why, text_width);
    return made + "\n";
}

std::string errand_line(const errand_view& of)
{
    std::string made = fmt::format("{} of {} steps are done", of.done(), of.steps.size());
    for (const auto& each : of.steps)
        if (each.where == errand_stage::running)
            return made + "; now: " + printable(each.what, text_width);
    return made;
}

}  // namespace tinfoil::cli
