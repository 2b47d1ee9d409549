#pragma once

#include <string>
#include <vector>

namespace tinfoil::discord {

/// `READY` and all the other types of events that Discord has.
[[nodiscard]] std::vector<std::string> event_names();

}  // namespace tinfoil::discord
