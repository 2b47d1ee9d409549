#pragma once

#include "base/error.hpp"
#include "discord/slot.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::sharding {

/// `count` slots of equal size; count >= 1.
[[nodiscard]] std::vector<discord::slot> even_plan(std::uint32_t count);

/// A plan covers every key exactly once; slots of different num_shards may stand side by side.
/// Fails with errc::invalid_argument naming an overlap or gap, or with too_large when the slots
/// have no common multiple up to 4,194,304.
[[nodiscard]] result<void> check_plan(std::span<const discord::slot> slots);

/// `0/2 1/4 3/4`, as parse_plan reads it.
[[nodiscard]] std::string to_string(std::span<const discord::slot> slots);

/// Reads what to_string wrote, and checks it.
[[nodiscard]] result<std::vector<discord::slot>> parse_plan(std::string_view text);

}  // namespace tinfoil::sharding
