#include "net/stopwatch.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

namespace tinfoil::net {
namespace {

#if defined(__x86_64__)
std::uint64_t ticks()
{
    return __builtin_ia32_rdtsc();
}

// The kernel takes this clock only after it has found it even, and the same on all processors.
bool has_even_ticks()
{
    std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    std::string name;
    return file >> name && name == "tsc";
}

double measure_once()
{
    constexpr duration enough = std::chrono::microseconds(100);
    const instant begun = now();
    const std::uint64_t first = ticks();
    instant ended = begun;
    while (ended - begun < enough)
        ended = now();
    return static_cast<double>((ended - begun).count()) / static_cast<double>(ticks() - first);
}

// Whoever was interrupted between the two clocks is out by that; the one in the middle was not.
double measure_tick()
{
    std::array<double, 5> all{};
    std::generate(all.begin(), all.end(), measure_once);
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
}
#endif

}  // namespace

std::uint64_t stopwatch::tick()
{
#if defined(__x86_64__)
    constexpr double one = 4294967296.0;
    static const auto measured =
        static_cast<std::uint64_t>(has_even_ticks() ? measure_tick() * one : 0);
    return measured;
#else
    return 0;
#endif
}

}  // namespace tinfoil::net
