#include "cli/load_command.hpp"

#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "host/rebalance_json.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sstream>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;
using namespace scaling;

constexpr std::size_t text_width = 200, actions_shown = 3;
// Of a sheet for all columns; on a narrower one those are left out that explain the others.
constexpr std::size_t columns_least = 72, shards_columns_least = 88;
// A day with a load for each of 1,000 shards every minute is some 40 MB.
constexpr std::uintmax_t file_bytes_max = 256U << 20;

result<std::string> contents(const std::string& name)
{
    std::ifstream file(name, std::ios::binary);
    std::string made;
    char buffer[1 << 16];
    while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
        made.append(buffer, static_cast<std::size_t>(file.gcount()));
        if (made.size() > file_bytes_max)
            return error{errc::too_large, fmt::format("{} is longer than 256 MiB", name)};
    }
    if (!file.eof())
        return error{errc::io, fmt::format("{} can't be read; does it exist, and may this user "
                                           "read it?",
                                           printable(name, text_width))};
    return made;
}

result<curve> wanted(const load_flags& given)
{
    if (!given.curve.empty())
        return made_up_curve(given.curve, given.seed);
    const auto text = contents(given.file);
    if (!text)
        return text.error();
    auto made = parse_curve(*text);
    if (!made)
        return error{made.error().code, given.file + ", " + made.error().detail};
    made->name = given.file;
    return made;
}

/// `1 d 03:20:05`
std::string clock(std::int64_t seconds)
{
    const std::int64_t days = seconds / 86'400;
    return fmt::format("{}{:02}:{:02}:{:02}", days > 0 ? fmt::format("{} d ", days) : "",
                       seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

// The first of them, and how many more there are.
std::string actions_in_words(const decision& of)
{
    std::string made;
    for (std::size_t i = 0; i < of.actions.size() && i < actions_shown; ++i)
        made += (i > 0 ? ", " : "") + to_string(of.actions[i]);
    if (of.actions.size() > actions_shown)
        made += fmt::format(", and {} more", of.actions.size() - actions_shown);
    return made;
}

std::string ending(const rehearsed& of)
{
    if (of.what.what.actions.empty())
        return "nothing";
    if (!of.what.is_to_be_done)
        return "advice";
    return of.has_failed ? "failed" : of.ended_s < 0 ? "under way" : "done";
}

struct sums {
    std::size_t moves = 0, splits = 0, merges = 0, added = 0, retired = 0, failed = 0;
    int identifies = 0;
};

sums sums_of(const rehearsal& of)
{
    sums made;
    for (const rehearsed& each : of.decisions()) {
        if (!each.what.is_to_be_done)
            continue;
        made.failed += each.has_failed ? 1 : 0;
        made.identifies += each.what.what.identifies;
        for (const action& one : each.what.what.actions) {
            made.moves += std::holds_alternative<move>(one) ? 1 : 0;
            made.added += std::holds_alternative<add_collection>(one) ? 1 : 0;
            made.retired += std::holds_alternative<retire_collection>(one) ? 1 : 0;
            if (const auto* change = std::get_if<replace>(&one))
                (change->newer.size() > change->older.size() ? made.splits : made.merges) += 1;
        }
    }
    return made;
}

std::string percent_or_nothing(micro of)
{
    return of == 0 ? "" : in_percent(of);
}

std::string shards_table(const situation& at, const sheet& on)
{
    const bool is_narrow = on.width < shards_columns_least;
    std::vector<column> columns{{"slot"}, {"collection", true}, {"load", true}, {"guilds", true}};
    if (!is_narrow)
        columns.insert(columns.begin() + 3,
                       {{"decoding", true}, {"halves", true}, {"one guild", true}});
    if (!is_narrow)
        columns.insert(columns.end(), {{"hot for", true}, {"quiet for", true}});
    std::vector<std::vector<cell>> rows;
    for (const shard_state& each : at.shards) {
        std::vector<cell> row{{to_string(each.slot)},
                              {std::to_string(each.collection)},
                              {each.is_known ? in_percent(each.load) : "not known",
                               each.is_known ? colour::plain : colour::dim},
                              {std::to_string(each.guilds)}};
        if (!is_narrow) {
            row.insert(row.begin() + 3,
                       {{in_percent(each.decoding)},
                        {in_percent(each.halves[0]) + " + " + in_percent(each.halves[1])},
                        {percent_or_nothing(each.heaviest)}});
            row.push_back({each.hot_for > 0 ? length_of_time(each.hot_for) : ""});
            row.push_back({each.quiet_for > 0 ? length_of_time(each.quiet_for) : ""});
        }
        rows.push_back(std::move(row));
    }
    return table(columns, rows, on);
}

// Between words, so that no line is longer than that, except for a word alone. Ends with a line
// end.
std::string wrapped(const std::string& text, std::size_t width)
{
    std::string made;
    std::size_t used = 0;
    std::istringstream in(text);
    for (std::string word; in >> word;) {
        const std::size_t needs = width_of(word);
        const bool goes_on = used > 0 && used + 1 + needs <= width;
        made += (used == 0 ? "" : goes_on ? " " : "\n") + word;
        used = goes_on ? used + 1 + needs : needs;
    }
    return made + "\n";
}

result<void> explain_line(std::string_view line, bool as_json)
{
    const auto made = replay(line);
    if (!made)
        return made.error();
    if (as_json)
        fmt::print("{}\n",
                   to_line({made->of.number, made->of.was_to_be_done, made->of.at, made->again}));
    else
        fmt::print("{}\n", explanation(*made, output_sheet()));
    return {};
}

result<std::vector<host::decision_view>> last_decisions(const net::control_client& host,
                                                        std::string_view query)
{
    const auto answer = host.call("GET", "/v1/scaler/decisions" + std::string(query));
    if (!answer)
        return answer.error();
    return host::parse_decisions(answer->json);
}

int list_decisions(const load_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const auto all = last_decisions(net::control_client(*state), "");
    if (!all)
        return fail(all.error());
    if (given.json)
        fmt::print("{}\n", host::decisions_json(*all));
    else
        fmt::print("{}", decisions_table(*all, net::wall_clock_ms(), output_sheet()));
    return EXIT_SUCCESS;
}

int explain_of_host(const load_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const net::control_client host(*state);
    auto number = given.number;
    if (!number) {
        const auto all = last_decisions(host, "?last=1");
        if (!all)
            return fail(all.error());
        if (all->empty() && given.json) {
            // The list of none; a decision would be a line of its own.
            fmt::print("{}\n", host::decisions_json(*all));
            return EXIT_SUCCESS;
        }
        if (all->empty()) {
            fmt::print("the scaler has decided nothing yet; tinfoil status says what it is at\n");
            return EXIT_SUCCESS;
        }
        number = all->back().number;
    }
    const auto line = host.call("GET", fmt::format("/v1/scaler/decision?number={}", *number));
    if (!line)
        return fail(line.error());
    const auto own = host::parse_decision_line(line->json);
    if (!own)
        return fail(own.error());
    const auto told = explain_line(*own, given.json);
    return told ? EXIT_SUCCESS : fail(told.error());
}

}  // namespace

CLI::App* add_simulate_load(CLI::App& shards, load_flags& given)
{
    CLI::App* made = shards.add_subcommand(
        "simulate-load", "What the scaler would do on a load curve; needs no host");
    std::string names;
    for (const curve_name& each : curve_names())
        names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
    auto* file = made->add_option("file", given.file, "A load curve (share/doc/scaler.md)");
    auto* curve = made->add_option("--curve", given.curve, "One that is made up: " + names);
    file->excludes(curve);
    made->add_option("--seed", given.seed, "Of its noise; the same seed, the same day");
    made->add_flag("--all", given.all, "Also what it would not have done, and why");
    made->add_flag("--json", given.json, "A line of JSON for each decision, with its inputs");
    return made;
}

int run_simulate_load(const load_flags& given)
{
    if (given.file.empty() && given.curve.empty())
        return fail({errc::invalid_argument,
                     "name a file with a load curve, or a made-up one with --curve; tinfoil shards "
                     "simulate-load --help lists them"});
    auto played = wanted(given);
    if (!played)
        return fail(played.error());
    rehearsal of(*std::move(played), given.seed);
    while (of.step()) {
    }
    fmt::print("{}",
               given.json ? rehearsal_json(of) : rehearsal_screen(of, given.all, output_sheet()));
    return EXIT_SUCCESS;
}

std::string rehearsal_screen(const rehearsal& of, bool all, const sheet& on)
{
    const bool is_narrow = on.width < columns_least;
    std::vector<column> columns{{"at", is_narrow}, {"what for"}, {"result"}, {"why"}, {"what"}};
    if (!is_narrow)
        columns.insert(columns.begin() + 2,
                       {{"busiest", true}, {"then", true}, {"IDENTIFYs", true}});
    std::vector<std::vector<cell>> rows;
    for (const rehearsed& each : of.decisions()) {
        const decision& what = each.what.what;
        if (what.actions.empty() && !all)
            continue;
        std::vector<cell> row{{clock(each.at_s)},
                              {what.actions.empty() && !what.refusals.empty()
                                   ? std::string(name(what.refusals.front().what))
                                   : std::string(name(what.what))},
                              {ending(each), each.has_failed ? colour::red : colour::plain},
                              {printable(what.why, text_width), colour::dim},
                              {actions_in_words(what)}};
        if (!is_narrow)
            row.insert(row.begin() + 2,
                       {{in_percent(what.busiest)},
                        {in_percent(what.busiest_after)},
                        {what.identifies > 0 ? std::to_string(what.identifies) : ""}});
        rows.push_back(std::move(row));
    }
    const sums sum = sums_of(of);
    const std::string made =
        rows.empty() ? "nothing would have been done\n" : table(columns, rows, on);
    return made + wrapped(fmt::format(
                              "{} of {}: {} moves, {} splits, {} merges, {} collections added, {} "
                              "retired, {} failed, {} IDENTIFYs; {} shards on {} collections in "
                              "the end",
                              clock(of.now().now_s), printable(of.played().name, text_width),
                              sum.moves, sum.splits, sum.merges, sum.added, sum.retired, sum.failed,
                              sum.identifies, of.now().shards.size(), of.now().collections.size()),
                          on.width);
}

std::string rehearsal_json(const rehearsal& of)
{
    std::string made;
    for (const rehearsed& each : of.decisions()) {
        const decided& what = each.what;
        json::object line =
            json::parse(to_line({what.number, what.is_to_be_done, what.at, what.what})).as_object();
        line["at_s"] = each.at_s;
        line["ended_s"] = each.ended_s < 0 ? json::value() : json::value(each.ended_s);
        line["failed"] = each.has_failed;
        made += json::serialize(line) + "\n";
    }
    const sums sum = sums_of(of);
    made += json::serialize(json::object{{"seconds", of.now().now_s},
                                         {"moves", sum.moves},
                                         {"splits", sum.splits},
                                         {"merges", sum.merges},
                                         {"added", sum.added},
                                         {"retired", sum.retired},
                                         {"failures", sum.failed},
                                         {"identifies", sum.identifies},
                                         {"shards", of.now().shards.size()},
                                         {"collections", of.now().collections.size()}}) +
            "\n";
    return made;
}

CLI::App* add_explain(CLI::App& shards, load_flags& given)
{
    CLI::App* made = shards.add_subcommand(
        "explain", "Decisions of the scaler with all that they were made of, made again");
    add_host_flags(*made, given.where);
    auto* file = made->add_option("file", given.file,
                                  "Lines of JSON, as simulate-load --json prints them; none: "
                                  "what the host has decided");
    auto* number =
        made->add_option("--number", given.number, "That decision of the host; else the last")
            ->check(CLI::Range(std::uint64_t{1}, UINT64_MAX));
    auto* list =
        made->add_flag("--list", given.list, "The last decisions of the host, a line each");
    made->add_flag("--json", given.json, "A line of JSON for each, as it is made now");
    file->excludes(number)->excludes(list);
    number->excludes(list);
    return made;
}

int run_explain(const load_flags& given)
{
    if (given.file.empty())
        return given.list ? list_decisions(given) : explain_of_host(given);
    const auto text = contents(given.file);
    const bool is_number = given.file.find_first_not_of("0123456789") == std::string::npos;
    if (!text && is_number)
        return fail({errc::invalid_argument,
                     fmt::format("there is no file {0}; for the host's decision of that number: "
                                 "tinfoil shards explain --number {0}",
                                 printable(given.file, text_width))});
    if (!text)
        return fail(text.error());
    std::size_t line = 0, shown = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        const auto end = rest.find('\n');
        const std::string_view one = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        ++line;
        // Sums of a rehearsal stand among its decisions.
        if (one.find("\"situation\"") == std::string_view::npos)
            continue;
        if (const auto told = explain_line(one, given.json); !told)
            return fail({told.error().code,
                         fmt::format("{}, line {}: {}", printable(given.file, text_width), line,
                                     told.error().detail)});
        ++shown;
    }
    return shown > 0
               ? EXIT_SUCCESS
               : fail({errc::malformed,
                       fmt::format("{} has no decision of the scaler: it has to have lines of "
                                   "JSON, as simulate-load --json prints them",
                                   printable(given.file, text_width))});
}

std::string decisions_table(const std::vector<host::decision_view>& all, std::int64_t wall_ms,
                            const sheet& on)
{
    if (all.empty())
        return "the scaler has decided nothing yet\n";
    std::vector<std::vector<cell>> rows;
    for (const host::decision_view& each : all) {
        std::string what;
        for (const std::string& action : each.actions)
            what += (what.empty() ? "" : ", ") + action;
        const bool is_refusal = each.actions.empty() && !each.refusals.empty();
        if (is_refusal)
            what = fmt::format("no {} of {}", name(each.refusals.front().what),
                               each.refusals.front().subject);
        const std::string end = !each.is_to_be_done    ? is_refusal ? "refused" : "advice"
                                : each.outcome.empty() ? "under way"
                                                       : each.outcome;
        rows.push_back({{std::to_string(each.number)},
                        {length_of_time(std::max<std::int64_t>(wall_ms - each.at_ms, 0)) + " ago"},
                        {std::string(name(each.what))},
                        {end, each.outcome == "failed" ? colour::red : colour::plain},
                        {printable(what, text_width)},
                        {printable(is_refusal ? each.refusals.front().text : each.why, text_width),
                         colour::dim}});
    }
    return table({{"NUMBER", true}, {"WHEN"}, {"FOR"}, {"RESULT"}, {"WHAT"}, {"WHY"}}, rows, on);
}

std::string explanation(const replayed& of, const sheet& on)
{
    const situation& at = of.of.at;
    const decision& what = of.of.what;
    std::string made =
        paint(on, colour::bold,
              fmt::format("decision {}: {}", of.of.number,
                          what.actions.empty() ? "nothing is done" : actions_in_words(what))) +
        "\n" + wrapped(printable(what.why, text_width), on.width);
    for (const refused& each : what.refusals)
        made += wrapped(fmt::format("not done: {} of {}, {}: {}", name(each.what),
                                    printable(each.subject, text_width), each.reason,
                                    printable(each.text, text_width)),
                        on.width);
    made += wrapped(
        fmt::format("mode {}, {} collections, session starts {} of {} ({} in reserve), split "
                    "at {} %, merged at "
                    "{} %, added at {} %, retired at {} %",
                    name(at.with.does), at.collections.size(), at.starts.remaining, at.starts.total,
                    at.starts.reserve, at.with.split_at, at.with.merge_at, at.with.grow_at,
                    at.with.shrink_at),
        on.width);
    made += shards_table(at, on);
    made += of.is_same()
                ? "made again from these inputs: the same\n"
                : paint(on, colour::yellow, "made again from these inputs it is another: ") +
                      (of.again.actions.empty() ? "nothing, since " + of.again.why
                                                : actions_in_words(of.again)) +
                      "\n";
    return made;
}

}  // namespace tinfoil::cli
