#pragma once

#include "discordsim/form_errors.hpp"

#include <boost/json.hpp>

#include <string>

namespace tinfoil::discordsim {

/// Where components are; each takes others. Discord Docs/Component Reference.
enum class component_place {
    message,  ///< Rows of buttons and selects.
    layout,   ///< A message with the flag IS_COMPONENTS_V2.
    modal,
};

/// Holds components to what the specification's table can't say: which may be where and how many,
/// what each type needs, ids that are used once. `where` is the way to the list.
void check_components(const boost::json::array& all, component_place in, const std::string& where,
                      form_errors& wrong);

}  // namespace tinfoil::discordsim
