#pragma once

#include <string>

namespace tinfoil::cli {

/// Prints what a plugin file says of itself, or why it is none; the exit code.
int inspect_plugin(const std::string& file, bool as_json);

}  // namespace tinfoil::cli
