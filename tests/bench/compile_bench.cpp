// What the SDK's headers cost the author of a plugin: seconds of the compiler, measured in turns.
#include "harness.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace {

constexpr int rounds = 5;

struct variant {
    const char* name;
    std::vector<std::string> flags;
    std::vector<double> cpu, wall;
};

// Seconds of processor time for one compilation; nothing of it is kept, and no cache is asked.
double compile(const variant& what)
{
    std::vector<std::string> words{TINFOIL_COMPILER, "-std=c++20", "-fPIC", "-Wall", "-Wextra"};
    words.insert(words.end(), what.flags.begin(), what.flags.end());
    for (const char* each :
         {"-isystem", TINFOIL_SDK, "-c", TINFOIL_COMPILED "/plugin.cpp", "-o", "/dev/null"})
        words.emplace_back(each);
    std::vector<char*> arguments;
    for (std::string& each : words)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    int status = 0;
    rusage used{};
    if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0 ||
        wait4(child, &status, 0, &used) != child || status != 0) {
        std::fprintf(stderr, "bench: %s does not compile the plugin\n", TINFOIL_COMPILER);
        std::exit(1);
    }
    const auto seconds = [](const timeval& of) {
        return static_cast<double>(of.tv_sec) + static_cast<double>(of.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void run()
{
    const std::string bare = TINFOIL_COMPILED "/bare";
    variant all[] = {{"compile-bare", {"-isystem", bare}, {}, {}},
                     {"compile-rest", {}, {}, {}},
                     {"compile-rest-call", {"-DWITH_A_CALL"}, {}, {}},
                     {"compile-utilities", {"-DWITH_A_CALL", "-DWITH_UTILITIES"}, {}, {}}};
    for (int round = 0; round < rounds; ++round)
        for (variant& each : all) {
            const auto begun = std::chrono::steady_clock::now();
            each.cpu.push_back(compile(each));
            each.wall.push_back(
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
        }
    const double floor = bench::median(all[0].cpu);
    for (const variant& each : all) {
        bench::figure made{.name = each.name,
                           .value = bench::median(each.cpu),
                           .unit = "s CPU",
                           .floor = floor,
                           .ratio = bench::median(each.cpu) / floor};
        if (&each != all)  // A second more than the bare header, at most.
            made.target = floor + 1;
        bench::tell(std::move(made));
    }
}

const bool registered = bench::add(bench::trial{"compile", run});

}  // namespace
