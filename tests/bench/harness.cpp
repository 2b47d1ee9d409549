#include "harness.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <string_view>
#include <vector>

namespace bench {
namespace {

std::vector<benchmark>& all()
{
    static std::vector<benchmark> registered;
    return registered;
}

std::vector<trial>& all_trials()
{
    static std::vector<trial> registered;
    return registered;
}

volatile std::uint64_t sink = 0;

double seconds_of(const std::function<std::uint64_t()>& work, int calls)
{
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i)
        sink = sink + work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

// So many calls that one round takes about a hundredth of a second.
int calls_for(const std::function<std::uint64_t()>& work)
{
    int calls = 1;
    while (calls < 1'000'000 && seconds_of(work, calls) < 0.01)
        calls *= 2;
    return calls;
}

void measure(const benchmark& what)
{
    constexpr int rounds = 31;
    const int work_calls = calls_for(what.work), floor_calls = calls_for(what.floor);
    std::vector<double> work, floor, ratio;
    for (int i = 0; i < rounds; ++i) {
        work.push_back(seconds_of(what.work, work_calls) / work_calls / what.units * 1e9);
        floor.push_back(seconds_of(what.floor, floor_calls) / floor_calls / what.units * 1e9);
        ratio.push_back(work.back() / floor.back());
    }
    tell({.name = what.name,
          .value = median(work),
          .unit = "ns/" + what.unit,
          .floor = median(floor),
          .ratio = median(ratio)});
}

std::vector<figure>& told()
{
    static std::vector<figure> all;
    return all;
}

boost::json::value or_null(const std::optional<double>& what)
{
    return what ? boost::json::value(*what) : boost::json::value();
}

boost::json::array as_json()
{
    boost::json::array all;
    for (const figure& each : told()) {
        const auto met = each.met();
        all.push_back({{"name", each.name},
                       {"value", each.value},
                       {"unit", each.unit},
                       {"floor", or_null(each.floor)},
                       {"ratio", or_null(each.ratio)},
                       {"target", or_null(each.target)},
                       {"target_of", each.target_of == figure::of::ratio ? "ratio" : "value"},
                       {"bound", each.bound == figure::wanted::at_most ? "at most" : "at least"},
                       {"met", met ? boost::json::value(*met) : boost::json::value()},
                       {"note", each.note}});
    }
    return all;
}

// Three places for what is small, none for what is large.
std::string shown(double value)
{
    return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 1000 ? 1 : 0);
}

std::string goal(const figure& what)
{
    if (!what.target)
        return "";
    return fmt::format("{} {}{}",
                       what.bound == figure::wanted::at_most ? "<=" : ">=", shown(*what.target),
                       what.target_of == figure::of::ratio ? " times the floor" : "");
}

std::string outcome(const figure& what)
{
    const auto met = what.met();
    return !met ? "" : *met ? "met" : "MISSED";
}

void print_table()
{
    fmt::print("\n{:<34} {:>12} {:<16} {:>10} {:>7}  {:<24} {}\n", "figure", "value", "unit",
               "floor", "ratio", "target", "");
    for (const figure& each : told())
        fmt::print("{:<34} {:>12} {:<16} {:>10} {:>7}  {:<24} {}\n", each.name, shown(each.value),
                   each.unit, each.floor ? shown(*each.floor) : "",
                   each.ratio ? shown(*each.ratio) : "", goal(each), outcome(each));
}

}  // namespace

std::optional<bool> figure::met() const
{
    if (!target)
        return std::nullopt;
    const double judged = target_of == of::ratio ? ratio.value() : value;
    return bound == wanted::at_most ? judged <= *target : judged >= *target;
}

void tell(figure what)
{
    std::string line = fmt::format("{:<34} {:>12} {}", what.name, shown(what.value), what.unit);
    if (what.floor)
        line += fmt::format("; floor {}", shown(*what.floor));
    if (what.ratio)
        line += fmt::format("; {} times", shown(*what.ratio));
    if (what.target)
        line += fmt::format("; target {}: {}", goal(what), outcome(what));
    if (!what.note.empty())
        line += "; " + what.note;
    fmt::print("{}\n", line);
    std::fflush(stdout);
    told().push_back(std::move(what));
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

bool add(benchmark what)
{
    all().push_back(std::move(what));
    return true;
}

bool add(trial what)
{
    all_trials().push_back(std::move(what));
    return true;
}

}  // namespace bench

int main(int argc, char** argv)
{
    std::vector<std::string_view> names;
    std::string file;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--json" && i + 1 < argc)
            file = argv[++i];
        else
            names.emplace_back(argv[i]);
    }
    bool found = false;
    const auto is_wanted = [&](const std::string& name) {
        const auto begins = [&](std::string_view wanted) { return name.starts_with(wanted); };
        return names.empty() || std::any_of(names.begin(), names.end(), begins);
    };
    for (const auto& each : bench::all())
        if (is_wanted(each.name))
            bench::measure(each), found = true;
    for (const auto& each : bench::all_trials())
        if (is_wanted(each.name))
            each.run(), found = true;
    if (!found) {
        std::fprintf(stderr, "bench: there is no such benchmark; known are:\n");
        for (const auto& each : bench::all())
            std::fprintf(stderr, "  %s\n", each.name.c_str());
        for (const auto& each : bench::all_trials())
            std::fprintf(stderr, "  %s\n", each.name.c_str());
        return 2;
    }
    bench::print_table();
    if (!file.empty())
        std::ofstream(file) << boost::json::serialize(bench::as_json()) << "\n";
    return 0;
}
