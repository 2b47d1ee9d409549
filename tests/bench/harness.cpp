#include "harness.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
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

boost::json::object measure(const benchmark& what)
{
    constexpr int rounds = 31;
    const int work_calls = calls_for(what.work), floor_calls = calls_for(what.floor);
    std::vector<double> work, floor, ratio;
    for (int i = 0; i < rounds; ++i) {
        work.push_back(seconds_of(what.work, work_calls) / work_calls / what.units * 1e9);
        floor.push_back(seconds_of(what.floor, floor_calls) / floor_calls / what.units * 1e9);
        ratio.push_back(work.back() / floor.back());
    }
    std::printf("%-24s %12.1f ns a %-8s floor %10.1f ns   %6.2f times the floor\n",
                what.name.c_str(), median(work), what.unit.c_str(), median(floor), median(ratio));
    return {{"name", what.name},         {"unit", what.unit},      {"ns", median(work)},
            {"floor_ns", median(floor)}, {"ratio", median(ratio)}, {"rounds", rounds}};
}

}  // namespace

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
    boost::json::array results;
    const auto is_wanted = [&](const std::string& name) {
        const auto begins = [&](std::string_view wanted) { return name.starts_with(wanted); };
        return names.empty() || std::any_of(names.begin(), names.end(), begins);
    };
    for (const auto& each : bench::all())
        if (is_wanted(each.name))
            results.push_back(bench::measure(each));
    for (const auto& each : bench::all_trials())
        if (is_wanted(each.name))
            results.push_back(each.run());
    if (results.empty()) {
        std::fprintf(stderr, "bench: there is no such benchmark; known are:\n");
        for (const auto& each : bench::all())
            std::fprintf(stderr, "  %s\n", each.name.c_str());
        for (const auto& each : bench::all_trials())
            std::fprintf(stderr, "  %s\n", each.name.c_str());
        return 2;
    }
    if (!file.empty())
        std::ofstream(file) << boost::json::serialize(results) << "\n";
    return 0;
}
