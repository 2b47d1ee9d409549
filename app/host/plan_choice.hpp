#pragma once

#include "base/error.hpp"
#include "discord/slot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

/// The slots to serve, and what to tell the operator about how they were chosen.
struct plan_choice {
    std::vector<discord::slot> slots;
    bool store = false;  ///< Not what the state file has.
    std::string note;    ///< Empty when there is nothing to say.
};

/// What an earlier start left.
struct earlier_plan {
    std::optional<std::string> stored;
    /// The number that an operator asked for then. The same number again asks for nothing: the plan
    /// may have been changed since, while it ran.
    std::optional<int> asked;
};

/// An operator's number wins and is kept; otherwise the stored plan is followed, whatever Discord
/// recommends meanwhile; only the first start takes the recommendation.
result<plan_choice> choose_plan(std::optional<int> asked, const earlier_plan& before,
                                int recommended);

}  // namespace tinfoil::host
