#include "net/clock.hpp"

#include "base/assert.hpp"

#include <openssl/rand.h>

#include <chrono>
#include <ctime>

namespace tinfoil::net {

instant now()
{
    return instant(std::chrono::steady_clock::now().time_since_epoch());
}

duration thread_time()
{
    timespec taken{};
    const int read = ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &taken);
    TINFOIL_ASSERT(read == 0);
    return std::chrono::seconds(taken.tv_sec) + std::chrono::nanoseconds(taken.tv_nsec);
}

std::int64_t wall_clock_ms()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

gateway::clock_reading read_clocks()
{
    timespec boot{};
    const int read = ::clock_gettime(CLOCK_BOOTTIME, &boot);
    TINFOIL_ASSERT(read == 0);
    return {now(), std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec),
            std::chrono::system_clock::now().time_since_epoch()};
}

std::uint64_t entropy()
{
    std::uint64_t bits = 0;
    const int made = RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits);
    TINFOIL_ASSERT(made == 1);
    return bits;
}

}  // namespace tinfoil::net
