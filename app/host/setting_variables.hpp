#pragma once

#include <string>
#include <vector>

namespace tinfoil::host {

/// A sentence for each of these names of variables that is no setting, but nearly one:
/// `TINFOIL_SHRADS`. Others that begin so are somebody else's affair, as those of plugins.
[[nodiscard]] std::vector<std::string> mistyped_variables(const std::vector<std::string>& names);

}  // namespace tinfoil::host
