#pragma once

#include <string>

namespace tinfoil::host {

/// What `tinfoil --version` prints: the version, and what it was built from and runs with.
[[nodiscard]] std::string build_facts();

}  // namespace tinfoil::host
