#pragma once

#include "host/collections.hpp"
#include "host/config.hpp"

#include <filesystem>

namespace tinfoil::host {

/// Of what an operator wants. `plugins` is the folder that collections load.
[[nodiscard]] collections::settings settings_of(const config& how,
                                                const std::filesystem::path& plugins);

}  // namespace tinfoil::host
