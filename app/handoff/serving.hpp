#pragma once

#include "discord/slot.hpp"
#include "handoff/event.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace tinfoil::handoff {

/// Which session of a side serves that stream; none where the guild is not the handoff's.
[[nodiscard]] inline std::optional<std::uint32_t> serving(const std::vector<discord::slot>& slots,
                                                          stream_id which)
{
    const auto found = std::find_if(slots.begin(), slots.end(), [&](discord::slot each) {
        return which.of == stream_id::kind::guild ? each.serves(which.id) : each.id == 0;
    });
    if (found == slots.end())
        return std::nullopt;
    return static_cast<std::uint32_t>(found - slots.begin());
}

}  // namespace tinfoil::handoff
