#pragma once

#include "discord/slot.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tinfoil::cli {

/// A line of a plan that is drawn as a tree.
struct branch {
    std::string drawing;  ///< What stands before the slot: `├ `, `│ └ `.
    discord::slot which;
    std::optional<std::size_t> place;  ///< In the plan; none: it was split, and its parts follow.
    std::size_t depth = 0;
};

/// The slots of a plan, those that are parts of one larger slot below it. All of one size are lines
/// without a drawing, in their order.
[[nodiscard]] std::vector<branch> tree_of(std::span<const discord::slot> plan);

}  // namespace tinfoil::cli
