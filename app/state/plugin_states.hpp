#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tinfoil::state {

/// What a plugin saved, and what it has to be told with it.
struct kept_plugin_state {
    std::string plugin, by;     ///< Its name, and its version that saved.
    std::uint32_t version = 0;  ///< The plugin's own number of the bytes' form.
    std::string bytes;
};

/// Where the plugins of that collection have their states, a file each, below a state folder.
[[nodiscard]] std::filesystem::path plugin_states(const std::filesystem::path& state,
                                                  std::uint32_t collection);

/// In place of the one before: a loss of power leaves the one or the other, whole. Makes the
/// folder, mode 0700. errc::io when the disk does not take it.
result<void> keep_plugin_state(const std::filesystem::path& folder, const kept_plugin_state& what);

/// Nothing when there is none; errc::malformed for one that is damaged or of another plugin.
[[nodiscard]] result<std::optional<kept_plugin_state>>
read_plugin_state(const std::filesystem::path& folder, const std::string& plugin);

/// Puts it aside for people, as `PLUGIN.rejected` in place of an earlier one; where it is then.
std::filesystem::path reject_plugin_state(const std::filesystem::path& folder,
                                          const std::string& plugin);

}  // namespace tinfoil::state
