// What an idle shard holds: the host and its collection with a thousand of them, against one.
#include "harness.hpp"
#include "stage.hpp"

#include <array>
#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;

constexpr int many = 1000;

struct transport {
    const char* name;
    const char* compression;
    double target;  ///< MiB for each shard.
};
constexpr std::array transports{transport{"gateway-idle-zlib", "zlib-stream", 0.16},
                                transport{"gateway-idle-zstd", "zstd-stream", 0.8}};

double resident(const transport& of, int shards)
{
    bench::stage on({.shards = shards,
                     .guilds = 1000,
                     .max_concurrency = many,
                     .collections = 1,
                     .rate = 0,
                     .reader = {},
                     .compression = of.compression});
    on.begin();
    on.until_up(120s);
    on.wait(3s);
    return on.used().resident_mib;
}

void measure(const transport& of)
{
    const double one = resident(of, 1), all = resident(of, many);
    bench::tell({.name = of.name,
                 .value = (all - one) / (many - 1),
                 .unit = "MiB/shard",
                 .target = of.target,
                 .note = "resident, host and collection: " + std::to_string(static_cast<int>(one)) +
                         " MiB with one shard, " + std::to_string(static_cast<int>(all)) +
                         " with 1,000"});
}

bool add_all()
{
    for (const transport& each : transports)
        bench::add(bench::trial{each.name, [&each] { measure(each); }});
    return true;
}

const bool added = add_all();

}  // namespace
