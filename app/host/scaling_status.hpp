#pragma once

#include "scaling/situation.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tinfoil::host {

/// A decision of the scaler, as people see it.
struct decision_view {
    std::uint64_t number = 0;
    std::int64_t at_ms = 0;  ///< Since 1970.
    scaling::aim what = scaling::aim::none;
    bool is_to_be_done = false;        ///< Otherwise advice, or a refusal.
    std::string why;                   ///< A sentence.
    std::vector<std::string> actions;  ///< `moves 3/16 from 0 to 2`.
    std::vector<scaling::refused> refusals;
    int identifies = 0;
    std::string outcome;      ///< `done`, `failed`, `cancelled`, or empty: it is not over.
    std::string outcome_why;  ///< Of what went wrong.
};

/// How the scaler stands.
struct scaling_status {
    scaling::mode does = scaling::mode::off;
    std::string plan_is_fixed;  ///< Why it does not split and merge; empty: it does.
    bool is_acting = false;
    std::string under_way;  ///< What keeps it from acting, by whomever; empty: nothing.
    std::set<std::uint32_t> draining;
    int collections_min = 1, collections_max = 1;
    std::optional<decision_view> last;
};

}  // namespace tinfoil::host
