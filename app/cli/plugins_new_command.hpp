#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// What `tinfoil plugins new` was given.
struct plugins_new_flags {
    std::string name;
    std::string folder;  ///< Empty: one of that name, here.
    bool json = false;
};

/// Adds `new` to the group of commands about plugins.
CLI::App* add_plugins_new(CLI::App& plugins, plugins_new_flags& given);

/// Writes the folder and says what to do with it; the exit code.
int run_plugins_new(const plugins_new_flags& given);

/// A folder with a plugin of that name that builds at once: its CMake file, a handler, a test and
/// settings. Fails with errc::invalid_argument when the name is no plugin's or the folder holds
/// something, naming what.
[[nodiscard]] result<void> write_new_plugin(const std::string& name,
                                            const std::filesystem::path& folder);

}  // namespace tinfoil::cli
