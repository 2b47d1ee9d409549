#pragma once

#include "base/error.hpp"
#include "plugin/manifest.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <tinfoil/plugin.h>
#include <vector>

namespace tinfoil::plugin {

/// A plugin file that was read and checked, and of which nothing has run.
struct examined {
    manifest about;
    std::string bytes;  ///< The whole file, as it was when it was checked.
};
/// Fails with errc::plugin_refused, in a sentence about "it".
[[nodiscard]] result<examined> examine(const std::filesystem::path& file);

/// Writes it into `folder`, made with mode 0700 when it is missing, under a name that was never
/// used there. Whoever asks removes it.
[[nodiscard]] result<std::filesystem::path> write_copy(const examined& what,
                                                       const std::filesystem::path& folder);

/// A loaded plugin file. What is loaded is a private copy, so that whatever happens to the file in
/// the folder can't reach the code that runs. Unloads when destroyed.
class library {
public:
    /// Reads, checks and loads it. `private_copies` is made, mode 0700, when it is missing.
    /// Fails with errc::plugin_refused, or with errc::malformed for a file that is being written,
    /// in a sentence about "it".
    static result<library> open(const std::filesystem::path& file,
                                const std::filesystem::path& private_copies);
    static result<library> load(examined what, const std::filesystem::path& private_copies);

    library(library&&) noexcept;
    library& operator=(library&&) noexcept;
    ~library();

    [[nodiscard]] const manifest& about() const;
    [[nodiscard]] const tinfoil_entry& entry() const;

    /// Unloads it, which the destructor would do, and looks whether it is gone: empty, or why it
    /// stays in memory. Nothing of it may be in use.
    std::string close();

private:
    struct impl;
    explicit library(std::unique_ptr<impl> loaded);
    std::unique_ptr<impl> impl_;
};

/// The `*.so` files of a folder, by name; hidden ones are not plugins. A folder that is
/// missing or can not be read is an invalid_argument that names it.
[[nodiscard]] result<std::vector<std::filesystem::path>>
list_folder(const std::filesystem::path& folder);

}  // namespace tinfoil::plugin
