#pragma once

#include "sim/world.hpp"

#include <array>

namespace tinfoil::sim {

/// Breaks a world, each seed in its own way: some kinds of fault never come, the others with
/// weights that differ wildly, since what only happens together in a rare mixture stays hidden
/// behind an even one.
class faults {
public:
    explicit faults(world& of);

    /// Now and again during `how_long`, often several at once.
    void spread_over(duration how_long);
    [[nodiscard]] int so_far() const { return so_far_; }
    /// Whatever lasts ends.
    void end();

private:
    void close_for_good(network::id which);
    [[nodiscard]] fault draw();
    void schedule(instant until);
    [[nodiscard]] bool strike(fault what);
    [[nodiscard]] bool strike_connection(fault what);
    [[nodiscard]] bool strike_process(fault what);
    void for_a_while(bool& condition, duration least, duration most);

    world& of_;
    std::array<std::uint64_t, fault_kinds> weights_{};
    int so_far_ = 0;
};

}  // namespace tinfoil::sim
