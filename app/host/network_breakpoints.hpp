#pragma once

#include "base/error.hpp"
#include "host/config.hpp"
#include "host/scaling_settings.hpp"

#include <string>

namespace tinfoil::host {

/// What a network manager wants of `[scaler]` holds where the settings file does not say anything.
[[nodiscard]] scaling_choice under(const scaling_choice& file, const scaling_choice& plugin);

/// The same in a run's settings, with what people are shown. `name`: of the plugin. Changes nothing
/// and fails with invalid_argument, naming plugin and setting, for what can't be together.
result<void> apply_breakpoints(config& into, const scaling_choice& plugin, const std::string& name);

}  // namespace tinfoil::host
