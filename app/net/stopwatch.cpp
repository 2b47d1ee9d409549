#include "net/stopwatch.hpp"

#include "net/clock.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace tinfoil::net {
namespace {

#if defined(__x86_64__)
std::uint64_t ticks()
{
    return __rdtsc();
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
#else
std::uint64_t ticks()
{
    return 0;
}
bool has_even_ticks()
{
    return false;
}
double measure_tick()
{
    return 0;
}
#endif

// Nanoseconds a tick; 0: ticks are no good here.
double tick_ns()
{
    static const double measured = has_even_ticks() ? measure_tick() : 0;
    return measured;
}

}  // namespace

std::uint64_t stopwatch::read()
{
    return tick_ns() > 0 ? ticks() : static_cast<std::uint64_t>(now().time_since_epoch().count());
}

duration stopwatch::elapsed() const
{
    const std::uint64_t ended = read();
    // Another processor may be a little behind.
    const std::uint64_t passed = ended > begun_ ? ended - begun_ : 0;
    return duration(static_cast<duration::rep>(
        tick_ns() > 0 ? static_cast<double>(passed) * tick_ns() : static_cast<double>(passed)));
}

}  // namespace tinfoil::net
