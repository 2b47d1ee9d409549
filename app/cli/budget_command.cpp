#include "cli/budget_command.hpp"

#include "cli/fields.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "host/budget.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t text_width = 200, name_width = 40;
constexpr std::size_t rows_shown = 10;

std::string line(const char* title, const std::string& what, const sheet& on)
{
    return paint(on, colour::dim, fmt::format("{:<10}", title)) + what + "\n";
}

std::string words(std::string reason)
{
    std::replace(reason.begin(), reason.end(), '_', ' ');
    return reason;
}

std::string shards(long long count)
{
    return fmt::format("{} {}", count, count == 1 ? "shard" : "shards");
}

std::string held_by(const json::value& one)
{
    const std::string by = text(one, "held_by");
    const std::string about =
        field(one, "in_ms") == nullptr ? "" : "in about " + length_of_time(number(one, "in_ms"));
    if (by == "turn")
        return about;
    if (by == "breaker")
        return about + ": it looks like a loop";
    if (by == "reserve")
        return about + ": what is left is the reserve";
    if (by == "starts")
        return about + ": nothing is left";
    return by == "suspended" ? "suspended" : "Discord has not told its numbers yet";
}

std::string waiting_table(const json::value& answer, const sheet& on)
{
    const json::array& all = list(answer, "waiting");
    if (all.empty())
        return "";
    std::vector<std::vector<cell>> rows;
    for (const json::value& each : all) {
        if (rows.size() == rows_shown)
            break;
        rows.push_back({{text(each, "slot")}, {words(text(each, "reason"))}, {held_by(each)}});
    }
    std::string made = "\n" + table({{"waits"}, {"because"}, {"identifies"}}, rows, on);
    const long long more = number(answer, "waiting_total") - static_cast<long long>(rows.size());
    if (more > 0)
        made += fmt::format("and {} more, the last in about {}\n", shards(more),
                            length_of_time(number(all.back(), "in_ms")));
    return made;
}

std::string spent_tables(const json::value& spent, const sheet& on)
{
    std::vector<std::vector<cell>> shards_rows, last_rows;
    for (const json::value& each : list(spent, "by_shard"))
        if (shards_rows.size() < rows_shown && number(each, "count") > 1)
            shards_rows.push_back({{text(each, "slot")},
                                   {std::to_string(number(each, "count"))},
                                   {length_of_time(number(each, "last_ago_ms")) + " ago"}});
    for (const json::value& each : list(spent, "last"))
        if (last_rows.size() < rows_shown)
            last_rows.push_back({{text(each, "slot")},
                                 {words(text(each, "reason"))},
                                 {length_of_time(number(each, "ago_ms")) + " ago"}});
    std::string made;
    if (!shards_rows.empty())
        made += "\n" + table({{"more than once"}, {"times", true}, {"last"}}, shards_rows, on);
    if (!last_rows.empty())
        made += "\n" + table({{"spent by"}, {"because"}, {"when"}}, last_rows, on);
    return made;
}

std::string spent_line(const json::value& spent)
{
    std::string made = fmt::format("{} in the last 24 hours", number(spent, "last_24h"));
    const auto* reasons = part(spent, "by_reason").if_object();
    std::string each_reason;
    if (reasons != nullptr)
        for (const auto& each : *reasons)
            each_reason += fmt::format("{}{} {}", each_reason.empty() ? "" : ", ",
                                       words(printable(each.key(), name_width)),
                                       number(part(spent, "by_reason"), each.key()));
    return made + (each_reason.empty() ? "" : ": " + each_reason);
}

std::string breaker_line(const json::value& answer)
{
    const json::value& breaker = part(answer, "breaker");
    std::size_t paused = 0;
    for (const json::value& each : list(answer, "waiting"))
        paused += text(each, "held_by") == "breaker" ? 1 : 0;
    std::string made =
        field(breaker, "pause_ms") != nullptr
            ? fmt::format("open for all shards that identified within the hour, for {}",
                          length_of_time(number(breaker, "pause_ms")))
            : "closed for all";
    made += fmt::format("; {} of {} repeated IDENTIFYs in an hour", number(breaker, "repeated"),
                        number(breaker, "repeated_most"));
    if (paused != 0)
        made += fmt::format("; {} held back", shards(static_cast<long long>(paused)));
    return made;
}

std::string plan_line(const json::value& plan)
{
    const std::string verdict = text(plan, "verdict");
    const long long count = number(plan, "identifies");
    std::string made = fmt::format("{} IDENTIFY{} ", count, count == 1 ? "" : "s");
    if (verdict == "unknown")
        return made + "can't be priced before Discord has told its numbers";
    if (verdict == "too_many")
        return made + fmt::format("are {} too many", -number(plan, "leaves"));
    made += fmt::format("leave{} {} and take{} {}", count == 1 ? "s" : "", number(plan, "leaves"),
                        count == 1 ? "s" : "", length_of_time(number(plan, "takes_ms")));
    return made + (verdict == "needs_operator"
                       ? "; that eats into the reserve, so only an operator may order it"
                       : "");
}

int show_remembered(const std::filesystem::path& state, const budget_flags& given,
                    const error& no_host)
{
    const auto reserve = host::identify_reserve(given.where, variable);
    if (!reserve)
        return fail(reserve.error());
    const auto known = host::remembered_budget(state, net::wall_clock_ms(), given.plan, *reserve);
    if (!known)
        return fail({known.error().code, no_host.detail + ";\n" + known.error().detail});
    const std::string answer = host::budget_json(*known);
    if (given.json) {
        fmt::print("{}\n", answer);
        return EXIT_SUCCESS;
    }
    fmt::print(stderr, "no host runs; this is what its state file in {} remembers\n",
               printable(state.string(), 4 * text_width));
    fmt::print("{}", budget_screen(json::parse(answer), output_sheet()));
    return EXIT_SUCCESS;
}

int release(const std::filesystem::path& state, const budget_flags& given)
{
    const std::string body =
        given.slot ? json::serialize(json::object{{"slot", *given.slot}}) : std::string();
    const auto answer = net::control_client(state).call("POST", "/v1/budget/release", body);
    if (!answer)
        return fail(answer.error());
    if (given.json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    json::error_code failed;
    const long long count = number(json::parse(answer->json, failed), "released");
    fmt::print("{}\n", count == 0 ? "no such shard waits to identify; nothing has changed"
                                  : shards(count) + " may identify, out of the reserve if need be");
    return EXIT_SUCCESS;
}

}  // namespace

std::string budget_screen(const json::value& answer, const sheet& on)
{
    const bool known = field(answer, "total") != nullptr;
    const long long remaining = number(answer, "remaining"), reserve = number(answer, "reserve");
    std::string made =
        line("starts",
             known ? paint(on, remaining > reserve ? colour::green : colour::red,
                           fmt::format("{} of {} left", remaining, number(answer, "total"))) +
                         fmt::format(", all again in {}",
                                     length_of_time(number(answer, "reset_after_ms")))
                   : "not known before Discord has told its numbers",
             on);
    if (known) {
        const json::value& discord = part(answer, "discord");
        made += line("reserve", fmt::format("{}, which only an operator may spend", reserve), on);
        made += line("buckets", std::to_string(number(answer, "max_concurrency")), on);
        made += line("Discord",
                     fmt::format("said {} left, {} ago", number(discord, "remaining"),
                                 length_of_time(number(discord, "answered_ago_ms"))) +
                         (number(discord, "spent_elsewhere") == 0
                              ? ""
                              : fmt::format("; {} were spent by something else",
                                            number(discord, "spent_elsewhere"))),
                     on);
    }
    made += line("spent", spent_line(part(answer, "spent")), on);
    made += line("breaker", breaker_line(answer), on);
    if (const std::string why = text(answer, "suspended"); !why.empty())
        made += line("suspended", paint(on, colour::red, why), on);
    if (field(answer, "plan") != nullptr)
        made += line("plan", plan_line(part(answer, "plan")), on);
    return made + waiting_table(answer, on) + spent_tables(part(answer, "spent"), on);
}

void add_budget_flags(CLI::App& command, budget_flags& given)
{
    constexpr int identifies_max = 100'000;
    add_host_flags(command, given.where);
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
    command.add_option("--for,--plan", given.plan, "Also say what so many IDENTIFYs would leave")
        ->check(CLI::Range(1, identifies_max));
    CLI::App* spend = command.add_subcommand(
        "release", "Let shards that wait identify now, out of the reserve and past the breaker");
    spend->add_option("slot", given.slot, "Only this one, as 3/16");
    add_host_flags(*spend, given.where);
    spend->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_budget(const CLI::App& command, const budget_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    if (command.got_subcommand("release"))
        return release(*state, given);
    const std::string query = given.plan ? fmt::format("?for={}", *given.plan) : "";
    const auto answer = net::control_client(*state).call("GET", "/v1/budget" + query);
    if (!answer)
        return answer.error().code == errc::unreachable
                   ? show_remembered(*state, given, answer.error())
                   : fail(answer.error());
    if (given.json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    json::error_code failed;
    const json::value parsed = json::parse(answer->json, failed);
    if (failed)
        return fail({errc::malformed, "the host's answer is no JSON; use the tinfoil that the host "
                                      "was started with"});
    fmt::print("{}", budget_screen(parsed, output_sheet()));
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
