#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace tinfoil::plugin {

/// Whoever can write a plugin, or put one where plugins are taken from, runs code in the bot. So
/// the folder and all above it have to belong to this user or to root, and nobody else may write
/// there; above it a folder where everybody may write does when it is sticky, as /tmp is.
/// Fails with errc::invalid_argument, with the exact path and mode and what to do.
[[nodiscard]] result<void> check_folder(const std::filesystem::path& folder);

/// Tells one content of a file from the next without reading it.
struct file_stamp {
    std::uint64_t device = 0, inode = 0, bytes = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    bool operator==(const file_stamp&) const = default;
};
/// Follows links; nothing there is a stamp of zeros.
[[nodiscard]] file_stamp stamp_of(const std::filesystem::path& file);

inline constexpr std::uint64_t plugin_bytes_max = 256ULL << 20;

/// The bytes of a plugin file: one look by name, which no link leads out of the folder; everything
/// else is asked of the open file, so that it can't be swapped in between. A regular file of this
/// user or root that nobody else may write, of `plugin_bytes_max` at most; a FIFO blocks nobody.
/// Fails with errc::plugin_refused, or with errc::malformed when somebody is writing it.
[[nodiscard]] result<std::string> read_plugin_file(const std::filesystem::path& folder,
                                                   const std::string& name);

}  // namespace tinfoil::plugin
