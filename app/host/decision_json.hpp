#pragma once

#include "host/errand.hpp"
#include "host/scaling_status.hpp"
#include "scaling/record.hpp"
#include "scaling/scaler.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Decisions of the scaler as the state and the control API have them.
namespace tinfoil::host {

/// What became of a decision that was to be done.
struct decision_outcome {
    errand_state state = errand_state::none;
    std::string why;
    std::int64_t ended_ms = 0;  ///< Since 1970.
    std::vector<scaling::outcome> steps;
};
[[nodiscard]] std::string outcome_json(const decision_outcome& of);
/// Nothing for an empty text, or one that a later version wrote.
[[nodiscard]] std::optional<decision_outcome> parse_outcome(std::string_view json);

/// What of a decision that was to be done counts for cool-downs after a new start, at this time of
/// day: what was done or called off. One that nobody saw the end of may well have been done.
[[nodiscard]] std::vector<scaling::past_action>
past_actions(const scaling::record& of, std::int64_t decided_ms,
             const std::optional<decision_outcome>& how, std::int64_t wall_ms);

[[nodiscard]] decision_view view_of(const scaling::record& of, std::int64_t at_ms,
                                    std::string_view outcome);
/// `decision 12: moves 3/16 from 0 to 2, since ...`; a line for people.
[[nodiscard]] std::string in_words(const decision_view& of);

[[nodiscard]] boost::json::object scaler_object(const scaling_status& of);
/// Throws std::exception for what is none.
[[nodiscard]] scaling_status scaler_from(const boost::json::value& from);
[[nodiscard]] boost::json::object decision_object(const decision_view& of);
/// Throws std::exception for what is none.
[[nodiscard]] decision_view decision_from(const boost::json::value& from);

}  // namespace tinfoil::host
