#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tinfoil::plugin {

/// The manifest text of a plugin file, read without running any of it. Every offset is checked
/// against the size, so that a cut, damaged or hostile file is an error and never loaded: the
/// system's loader answers a file that ends too early with SIGBUS.
/// Fails as elf_file::open() does.
[[nodiscard]] result<std::string> read_manifest_note(std::string_view file);

}  // namespace tinfoil::plugin
