#pragma once

#include "host/fleet.hpp"
#include "scaling/load_book.hpp"
#include "scaling/situation.hpp"

#include <functional>
#include <set>
#include <string>

namespace tinfoil::host {

/// What the scaler is told of a host.
struct scaling_sources {
    const fleet& shards;
    const scaling::load_book& loads;
    const scaling::policy& with;
    const std::set<std::uint32_t>& draining;  ///< Collections that an operator wants empty.
    bool shadow_passed = false;
    std::string under_way;                         ///< See scaling::situation.
    std::function<bool(discord::slot)> is_served;  ///< Its session is up.
};

/// Without what the scaler remembers itself. There are never more collections wanted than shards.
[[nodiscard]] scaling::situation situation_of(const scaling_sources& from, instant now);

}  // namespace tinfoil::host
