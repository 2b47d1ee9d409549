#pragma once

#include "discord/slot.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tinfoil::sharding {

/// Spreads a plan over `collections` (>= 1) so that each gets the same share of the guilds as far
/// as the slots allow. The same plan is always spread in the same way, so that a restart moves
/// nothing.
[[nodiscard]] std::vector<std::vector<discord::slot>> place(std::span<const discord::slot> plan,
                                                            std::size_t collections);

}  // namespace tinfoil::sharding
