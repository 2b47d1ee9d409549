// How long a bot with many shards takes to be up: from nothing, and after its processes were
// killed. The programs are the real ones, each in a process of its own.
#include "harness.hpp"
#include "stage.hpp"

#include <array>
#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;

struct shape {
    const char* name;
    int shards, guilds, max_concurrency;
    double least;        ///< Seconds that Discord's limit makes of it.
    double cold_target;  ///< Seconds.
};
constexpr double killed_target = 10;
constexpr std::array shapes{// Seven rounds of 160 buckets are six waits of five seconds.
                            shape{"start-1000", 1000, 1000, 160, 30, 1.05 * 30},
                            shape{"start-64", 64, 6400, 16, 15, 15.5}};

void measure(const shape& of)
{
    bench::stage on({.shards = of.shards,
                     .guilds = of.guilds,
                     .max_concurrency = of.max_concurrency,
                     .collections = 1,
                     .rate = 3,
                     .reader = {},
                     .compression = {}});
    on.begin();
    const double cold = on.until_up(120s);
    on.kill();
    on.begin();
    const double killed = on.until_up(60s);
    const std::int64_t more = on.count("identifies") - of.shards;
    const std::string breaches = on.breaches();
    bench::tell({.name = std::string(of.name) + "-cold",
                 .value = cold,
                 .unit = "s until up",
                 .floor = of.least,
                 .ratio = cold / of.least,
                 .target = of.cold_target,
                 .note = "floor: Discord's waits; breaches " + breaches});
    bench::tell({.name = std::string(of.name) + "-killed",
                 .value = killed,
                 .unit = "s until up",
                 .target = killed_target,
                 .note = "by RESUME, behind kill -9 of the host"});
    bench::tell({.name = std::string(of.name) + "-killed-starts",
                 .value = static_cast<double>(more),
                 .unit = "IDENTIFYs",
                 .target = 0});
}

bool add_all()
{
    for (const shape& each : shapes)
        bench::add(bench::trial{each.name, [&each] { measure(each); }});
    return true;
}

const bool added = add_all();

}  // namespace
