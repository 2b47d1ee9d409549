#pragma once

#include <filesystem>
#include <string>

namespace tinfoil::collection {

struct probe_arguments {
    std::filesystem::path folder;  ///< Of plugins.
    std::string name;              ///< Of the file in it.
    std::filesystem::path builds;  ///< Where checked files are kept.
    int report = -1;               ///< A descriptor to write to.
};

/// The whole of a short-lived process that looks into a plugin file: reads and checks it, keeps the
/// checked bytes as `SHA256.so`, loads them for the first time, makes the plugin, and unloads it.
/// Each step is reported before it is taken, as a line of JSON, so that whoever started this knows
/// at what it ended, when it ends at something:
///
///     {"refused":"it is empty; copy it again","incomplete":true}
///     {"checked":{"sha256":"...","manifest":"..."}}
///     {"step":"load"}, then "create", then "unload", then "done"
///
/// Loading, making and unloading have `probe_seconds` together; then SIGALRM ends it.
inline constexpr unsigned probe_seconds = 2;

/// The exit code of the process.
int run_probe(const probe_arguments& how);

}  // namespace tinfoil::collection
