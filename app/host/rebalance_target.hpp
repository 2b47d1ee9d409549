#pragma once

#include "host/errand.hpp"
#include "host/scaling_status.hpp"
#include "scaling/rebalance.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

/// Fails with errc::cancelled where the plan is not the one with that scaling::plan_id() any more.
/// Empty: none was shown.
[[nodiscard]] inline result<void> check_shown(const scaling::rebalancing& now,
                                              const std::string& shown)
{
    if (shown.empty() || scaling::plan_id(now) == shown)
        return {};
    return error{errc::cancelled, "the plan has changed since it was shown, and nothing is done; "
                                  "look at the new one (\"dry_run\":true) and ask again"};
}

/// Who changes where shards are, by an operator's wish. The host's loop only; nothing of it waits.
class rebalance_target {
public:
    struct begun {
        scaling::rebalancing plan;
        std::uint64_t errand = 0;  ///< 0: there was nothing to do.
    };

    virtual ~rebalance_target() = default;
    /// Fail as scaling::plan_rebalance(), and with errc::cancelled while something is under way.
    [[nodiscard]] virtual result<scaling::rebalancing>
    plan(const scaling::rebalance_wish& what) const = 0;
    /// `shown`: the scaling::plan_id() of the plan that was agreed to, and errc::cancelled when it
    /// is another one by now; empty: whatever the plan is.
    virtual result<begun> begin(const scaling::rebalance_wish& what, const std::string& shown) = 0;
    /// The same of scaling::plan_drain(). Afterwards the scaler brings nothing there until
    /// undrain(), or until the host ends.
    [[nodiscard]] virtual result<scaling::rebalancing> plan_drain(std::uint32_t number) const = 0;
    virtual result<begun> drain(std::uint32_t number, const std::string& shown) = 0;
    /// Fails with errc::invalid_argument for one that is not being drained.
    virtual result<void> undrain(std::uint32_t number) = 0;
    /// Behind what is under way; harmless when there is nothing.
    virtual void cancel() = 0;
    /// What runs, or ran last, by an operator or the scaler.
    [[nodiscard]] virtual const errand_progress& look() const = 0;

    [[nodiscard]] virtual scaling_status scaler() const = 0;
    /// The last so many, oldest first.
    [[nodiscard]] virtual result<std::vector<decision_view>> decisions(std::size_t most) const = 0;
    /// With all its inputs: scaling::to_line(). Nothing where it is not known any more.
    [[nodiscard]] virtual result<std::optional<std::string>>
    decision_line(std::uint64_t number) const = 0;
};

}  // namespace tinfoil::host
