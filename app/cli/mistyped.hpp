#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// A sentence about arguments that could not be parsed: which word is wrong and what was probably
/// meant, or else `why`, and the command that lists what there is. `typed` is without the program's
/// name.
[[nodiscard]] std::string explain(const CLI::App& app, const std::vector<std::string>& typed,
                                  const std::string& why);

}  // namespace tinfoil::cli
