#pragma once

#include "host/collections.hpp"
#include "host/config.hpp"

#include <filesystem>

namespace tinfoil::host {

/// Of what an operator wants. `plugins` is the folder that collections load.
[[nodiscard]] collections::settings settings_of(const config& how,
                                                const std::filesystem::path& plugins);

/// What an operator may have changed while the host runs; the rest of `own` the host has learned.
void take_settings(link::welcome& own, const link::welcome& fresh);

}  // namespace tinfoil::host
