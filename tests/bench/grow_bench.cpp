// How cost grows: with shards, guilds and collections. The programs are the real ones, each in a
// process of its own; CPU and memory are those of the host and its collections together.
#include "harness.hpp"
#include "stage.hpp"

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int rounds = 5;
constexpr int rate = 4000;  // Events a second, so that those that come by themselves do not count.

/// CPU of an event, with everything around it, while so many a second come.
double cpu_of_event(bench::stage& on)
{
    std::vector<double> micros;
    for (int round = 0; round < rounds; ++round) {
        const auto events = on.status().events;
        const double cpu = on.used().cpu_s;
        on.wait(1s);
        const auto more = on.status().events - events;
        if (more == 0)
            bench::give_up("no events come");
        micros.push_back((on.used().cpu_s - cpu) * 1e6 / static_cast<double>(more));
    }
    return bench::median(micros);
}

void shards()
{
    double of_one = 0;
    for (const int count : std::array{1, 10, 100, 1000}) {
        bench::stage on({.shards = count,
                         .guilds = 1000,
                         .max_concurrency = 1000,
                         .collections = 1,
                         .rate = 0,
                         .reader = {},
                         .compression = {}});
        on.begin();
        const double up = on.until_up(120s);
        on.wait(3s);
        const double resident = on.used().resident_mib;
        if (count == 1)
            of_one = resident;
        const double cpu = on.used().cpu_s;
        on.wait(5s);
        const double idle = (on.used().cpu_s - cpu) / 5 * 1000;
        const std::string name = "grow-shards-" + std::to_string(count);
        bench::tell({.name = name + "-up", .value = up, .unit = "s until up"});
        bench::tell({.name = name + "-memory",
                     .value = resident,
                     .unit = "MiB",
                     .note = count == 1 ? "1,000 guilds"
                                        : std::to_string((resident - of_one) / (count - 1)) +
                                              " MiB for each shard beyond the first"});
        bench::tell({.name = name + "-idle", .value = idle, .unit = "ms CPU/s"});
    }
}

void guilds()
{
    for (const int count : std::array{10, 100, 1000, 10'000}) {
        bench::stage on({.shards = 4,
                         .guilds = count,
                         .max_concurrency = 16,
                         .collections = 1,
                         .rate = rate,
                         .reader = "reader_0.so",
                         .compression = {}});
        on.begin();
        on.until_up(120s);
        on.wait(3s);
        const std::string name = "grow-guilds-" + std::to_string(count);
        bench::tell({.name = name + "-event",
                     .value = cpu_of_event(on),
                     .unit = "us CPU/event",
                     .note = "4 shards, one reader, 4,000 events a second"});
        bench::tell({.name = name + "-memory", .value = on.used().resident_mib, .unit = "MiB"});
    }
}

void collections()
{
    for (const int count : std::array{1, 2, 4}) {
        bench::stage on({.shards = 16,
                         .guilds = 1600,
                         .max_concurrency = 16,
                         .collections = count,
                         .rate = rate,
                         .reader = "reader_0.so",
                         .compression = {}});
        on.begin();
        on.until_up(120s);
        on.wait(3s);
        const std::string name = "grow-collections-" + std::to_string(count);
        bench::tell({.name = name + "-event",
                     .value = cpu_of_event(on),
                     .unit = "us CPU/event",
                     .note = "16 shards, one reader, 4,000 events a second"});
        bench::tell({.name = name + "-memory", .value = on.used().resident_mib, .unit = "MiB"});
    }
}

const bool with_shards = bench::add(bench::trial{"grow-shards", shards});
const bool with_guilds = bench::add(bench::trial{"grow-guilds", guilds});
const bool with_collections = bench::add(bench::trial{"grow-collections", collections});

}  // namespace
