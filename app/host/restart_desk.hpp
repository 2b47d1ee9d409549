#pragma once

#include "host/event_rates.hpp"
#include "host/executables.hpp"
#include "host/fleet.hpp"
#include "host/restart_control.hpp"

#include <functional>

namespace tinfoil::host {

/// Brings a restart that is asked for to the fleet: in which order, and as which executable. The
/// loop's thread only.
class restart_desk final : public restart_target {
public:
    struct ports {
        const fleet& shards;       ///< Outlives this.
        const event_rates& rates;  ///< Likewise.
        executables& builds;       ///< Likewise.
        std::function<void(fleet_input)> tell;
        std::function<bool()> is_busy;  ///< An operation on shards is under way.
        std::function<void()> changed;
    };
    explicit restart_desk(ports to) : to_(std::move(to)) {}

    // restart_target
    [[nodiscard]] result<restart_quote> quote() const override;
    result<restart_quote> begin() override;
    void cancel() override { to_.tell(cancel_restart{}); }
    [[nodiscard]] const restart_progress& look() const override { return to_.shards.restart(); }

    /// What the fleet has to say of it.
    void perform(const restart_changed&);

private:
    ports to_;
};

}  // namespace tinfoil::host
