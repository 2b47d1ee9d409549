#include "cli/operation_text.hpp"

#include "cli/fields.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <sstream>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;
using host::operation_kind;
using host::operation_mode;
using host::operation_state;
using host::operation_view;

constexpr std::size_t text_width = 400;
constexpr std::size_t named_max = 8;  // Slots and guilds in a row.

std::string many(long long count, const char* what)
{
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string starts(int count)
{
    return count == 0 ? "no IDENTIFY" : many(count, "IDENTIFY");
}

template <class All, class Name>
std::string some_of(const All& all, const Name& name)
{
    std::string made;
    for (std::size_t at = 0; at < std::min(all.size(), named_max); ++at)
        made += (at == 0 ? "" : " ") + name(all[at]);
    if (all.size() > named_max)
        made += fmt::format(" and {} more", all.size() - named_max);
    return made;
}

std::string slots(const std::vector<discord::slot>& all)
{
    return some_of(all, [](discord::slot each) { return to_string(each); });
}

std::string guilds(const std::vector<std::string>& all)
{
    return some_of(all, [](const std::string& each) { return each + ","; });
}

std::string bytes(std::uint64_t count)
{
    return count < (1U << 20) ? fmt::format("{} KiB", (count + 1023) >> 10)
                              : fmt::format("{:.1f} MiB", static_cast<double>(count) / (1U << 20));
}

std::string length(duration of)
{
    return length_of_time(std::chrono::ceil<std::chrono::milliseconds>(of).count());
}

std::string took(const operation_view& what)
{
    return length_of_time(what.ended_ms - what.asked_ms);
}

colour colour_of(operation_state state)
{
    switch (state) {
    case operation_state::waiting:
        return colour::yellow;
    case operation_state::running:
        return colour::cyan;
    case operation_state::done:
        return colour::green;
    case operation_state::failed:
    case operation_state::interrupted:
        return colour::red;
    case operation_state::cancelled:
        return colour::plain;
    }
    return colour::plain;
}

std::string line(const char* title, const std::string& text)
{
    return text.empty() ? "" : fmt::format("  {:<9} {}\n", title, text);
}

// What it does at this moment, without saying what it is.
std::string how_far(const operation_view& what)
{
    std::vector<std::string> parts;
    const std::string reason = printable(what.waits_for, text_width);
    if (what.state == operation_state::waiting)
        return reason.empty() ? "waits for its turn" : "waits for " + reason;
    if (what.state != operation_state::running)
        return std::string(name(what.state));
    if (what.quote.moves > 0)
        parts.push_back(
            fmt::format("{} of {} moved", what.moves_done, many(what.quote.moves, "shard")));
    if (what.quote.parts > 1)
        parts.push_back(fmt::format(
            "handoff {} of {}", std::min(what.parts_done + 1, what.quote.parts), what.quote.parts));
    if (!what.phase.empty())
        parts.push_back(printable(what.phase, text_width));
    if (what.streams > 0)
        parts.push_back(fmt::format("{} of {} guilds proven", what.proven, what.streams));
    if (what.held > 0)
        parts.push_back(fmt::format("{} held ({})",
                                    many(static_cast<long long>(what.held), "event"),
                                    bytes(what.held_bytes)));
    if (!reason.empty())
        parts.push_back("waits for " + reason);
    if (what.left)
        parts.push_back("about " + length(*what.left) + " left");
    return parts.empty() ? "begins" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string counts(const std::vector<std::pair<std::string, std::uint64_t>>& all)
{
    std::string made;
    for (const auto& [name, count] : all)
        made += fmt::format("{}{} {}", made.empty() ? "" : ", ", name, count);
    return made;
}

// `guild 5, guild 6`.
std::string listed(const std::vector<std::string>& all)
{
    std::string made = guilds(all);
    if (!made.empty() && made.back() == ',')
        made.pop_back();
    return made;
}

std::string details(const operation_view& what)
{
    const handoff_facts facts = facts_of(what.reports);
    std::string made = line("proven by", counts(facts.proven));
    made += line("counters", counts(facts.counters));
    made += line("guessed", listed(facts.guessed));
    made += line("gaps", listed(facts.gaps));
    made += line("held up", listed(facts.held_up_by));
    return made;
}

std::string exactness(const operation_view& what)
{
    return what.state != operation_state::done ? "-" : what.is_exact ? "yes" : "no";
}

std::string pause(const operation_view& what)
{
    return what.pause_us ? fmt::format("; no shard was away for longer than {:.1f} ms",
                                       static_cast<double>(*what.pause_us) / 1000.0)
                         : "";
}

std::string load(double of_one_core)
{
    return fmt::format("{:.0f} % of a core more while both sides are live", of_one_core * 100);
}

void add_names(const json::value& from, std::string_view which, std::vector<std::string>& into)
{
    for (const json::value& each : list(from, which))
        if (each.is_string())
            into.push_back(printable(std::string_view(each.get_string()), text_width));
}

}  // namespace

std::string operation_title(const host::operation_wish& what)
{
    const std::string which = what.slots.empty() ? "every shard" : slots(what.slots);
    switch (what.kind) {
    case operation_kind::split:
        return fmt::format("split {} into {}", which, what.count);
    case operation_kind::merge:
        return "merge " + which;
    case operation_kind::reshard:
        return fmt::format("reshard to {}", many(what.count, "shard"));
    case operation_kind::renew:
        return "renew " + which;
    case operation_kind::move:
        return fmt::format("move {} to c{}", which, what.to);
    }
    return "";
}

std::string quote_text(const operation_view& what, bool colours)
{
    const host::operation_quote& quote = what.quote;
    std::string made = paint(colours, colour::bold, operation_title(what.wish)) + "\n";
    if (what.wish.kind != operation_kind::move && what.wish.kind != operation_kind::renew)
        made += line("makes", slots(quote.newer));
    made += line("costs", starts(quote.identifies));
    std::string work;
    if (quote.parts > 0)
        work += ", " + many(quote.parts, "handoff") + (quote.parts > 1 ? " one after another" : "");
    if (quote.moves > 0)
        work += fmt::format(", {} {} to another collection", many(quote.moves, "shard"),
                            quote.moves == 1 ? "moves" : "move");
    made +=
        line("takes",
             "about " + length(quote.takes) +
                 (quote.at_most > quote.takes ? ", at most " + length(quote.at_most) : "") + work);
    if (quote.overlap_load > 0)
        made += line("load", load(quote.overlap_load));
    if (what.wish.mode == operation_mode::shadow)
        made += line("only", "watched, and not committed");
    for (const sharding::objection& each : quote.objections)
        made += "  " + paint(colours, colour::red, fmt::format("{:<9}", "refused")) + " " +
                printable(each.text, text_width) +
                (can_be_forced(each.why) ? "; --force does it all the same" : "") + "\n";
    for (const sharding::objection& each : quote.overruled)
        made += line("forced", printable(each.text, text_width));
    return made;
}

std::string progress_line(const operation_view& what, std::size_t width)
{
    const std::string made = operation_title(what.wish) + ": " + how_far(what);
    return width_of(made) <= width ? made : printable(made, width - 1);
}

std::string outcome_text(const operation_view& what, bool colours)
{
    std::string made = paint(colours, colour_of(what.state), std::string(name(what.state))) + ": " +
                       operation_title(what.wish);
    if (what.state != operation_state::done) {
        if (!what.why.empty())
            made += ": " + printable(what.why, text_width);
        return made + "\n" + details(what);
    }
    if (what.wish.mode == operation_mode::shadow)
        made += ", only watched";
    made += fmt::format(", in {} with {}", took(what), starts(what.identifies));
    made += pause(what);
    made += what.is_exact ? "; exact" : "; not exact";
    if (!what.is_exact && !what.why.empty())
        made += ": " + printable(what.why, text_width);
    return made + "\n" + details(what);
}

std::string operations_text(const host::operations_list& all, std::int64_t now_ms, bool colours)
{
    std::vector<std::vector<cell>> rows;
    for (const auto* some : {&all.running, &all.waiting})
        for (const operation_view& each : *some)
            rows.push_back({{std::to_string(each.id)},
                            {operation_title(each.wish)},
                            {std::string(name(each.state)), colour_of(each.state)},
                            {std::string(name(each.wish.origin))},
                            {length_of_time(now_ms - each.asked_ms) + " ago"},
                            {how_far(each), colour::dim}});
    if (rows.empty())
        return "no operation runs or waits\n";
    return table({{"id", true}, {"operation"}, {"state"}, {"by"}, {"asked"}, {"how far"}}, rows,
                 colours);
}

std::string history_text(const std::vector<operation_view>& past, std::int64_t now_ms, bool colours)
{
    if (past.empty())
        return "no operation yet\n";
    std::vector<std::vector<cell>> rows;
    for (const operation_view& each : past)
        rows.push_back(
            {{std::to_string(each.id)},
             {operation_title(each.wish) +
              (each.wish.mode == operation_mode::shadow ? " (only watched)" : "")},
             {std::string(name(each.state)), colour_of(each.state)},
             {std::string(name(each.wish.origin))},
             {length_of_time(now_ms - each.ended_ms) + " ago"},
             {took(each), colour::plain},
             {std::to_string(each.identifies)},
             {fmt::format("{}/{}", each.parts_done, each.quote.parts)},
             {fmt::format("{}/{}", each.moves_done, each.quote.moves)},
             {exactness(each), exactness(each) == "no" ? colour::yellow : colour::plain}});
    std::istringstream lines(table({{"id", true},
                                    {"operation"},
                                    {"state"},
                                    {"by"},
                                    {"ended"},
                                    {"took", true},
                                    {"IDENTIFYs", true},
                                    {"handoffs", true},
                                    {"moves", true},
                                    {"exact"}},
                                   rows, colours));
    std::string made, one;
    std::getline(lines, one);
    made = one + "\n";
    for (const operation_view& each : past) {
        std::getline(lines, one);
        made += one + "\n" + line("why", printable(each.why, text_width)) + details(each);
    }
    return made;
}

handoff_facts facts_of(const std::vector<std::string>& reports)
{
    handoff_facts made;
    // In the order in which they first come.
    const auto add = [](auto& into, const std::string& name, long long count) {
        if (count <= 0)
            return;
        const auto known = std::find_if(into.begin(), into.end(),
                                        [&](const auto& each) { return each.first == name; });
        const auto more = static_cast<std::uint64_t>(count);
        if (known == into.end())
            into.emplace_back(name, more);
        else
            known->second =
                name.ends_with("_peak") ? std::max(known->second, more) : known->second + more;
    };
    const auto add_all = [&](const json::value& from, auto& into) {
        if (const auto* object = from.if_object())
            for (const auto& member : *object)
                add(into, printable(member.key(), text_width), number(from, member.key()));
    };
    for (const std::string& each : reports) {
        json::error_code failed;
        const json::value report = json::parse(each, failed);
        if (failed || !report.is_object())
            continue;
        ++made.handoffs;
        add_all(part(part(report, "proven"), "lasting"), made.proven);
        add_all(part(report, "counters"), made.counters);
        add_names(report, "guessed", made.guessed);
        add_names(report, "gaps", made.gaps);
        add_names(report, "held_up_by", made.held_up_by);
    }
    return made;
}

}  // namespace tinfoil::cli
