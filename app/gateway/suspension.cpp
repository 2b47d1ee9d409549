#include "gateway/suspension.hpp"

namespace tinfoil::gateway {

std::optional<duration> suspension_watch::look(const clock_reading& now)
{
    const auto before = last_.value_or(now);
    last_ = now;
    const duration passed = now.monotonic - before.monotonic;
    if (const duration jump = now.boot - before.boot - passed; jump >= boot_jump_min)
        return jump;
    if (const duration jump = now.wall_time - before.wall_time - passed; jump >= wall_jump_min)
        return jump;
    return std::nullopt;
}

}  // namespace tinfoil::gateway
