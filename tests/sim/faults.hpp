#pragma once

#include "sim/world.hpp"

#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tinfoil::sim {

/// Breaks a world, each seed in its own way: some kinds of fault never come, the others with
/// weights that differ wildly, since what only happens together in a rare mixture stays hidden
/// behind an even one.
class faults {
public:
    /// Faults are numbered as they are drawn; those of `left_out` are drawn and do not strike, so
    /// that what others need of the same luck stays theirs as long as it can.
    explicit faults(world& of, std::set<int> left_out = {});

    /// Now and again during `how_long`, often several at once.
    void spread_over(duration how_long);
    /// How many struck or were left out.
    [[nodiscard]] int so_far() const { return so_far_; }
    /// Those that struck, by number, each with what it was and when, for people.
    [[nodiscard]] const std::vector<std::pair<int, std::string>>& story() const { return story_; }
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
    int so_far_ = 0, drawn_ = 0;
    const std::set<int> left_out_;
    instant begun_;
    std::vector<std::pair<int, std::string>> story_;
};

}  // namespace tinfoil::sim
