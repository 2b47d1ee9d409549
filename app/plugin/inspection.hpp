#pragma once

#include "base/error.hpp"
#include "plugin/elf_file.hpp"
#include "plugin/manifest.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tinfoil::plugin {

/// All that can be known of a plugin file without running any of it.
struct inspection {
    std::uint64_t bytes = 0;
    std::string manifest_text;
    manifest about;
    elf_facts facts;
    std::vector<std::string> missing;  ///< Of the libraries that it needs, where one usually looks.
    std::vector<std::string> warnings;  ///< What may go wrong with it all the same.
    std::string kept;  ///< Why old versions of it may stay in memory; empty: nothing says so.
};

/// Any bytes, any kind of file. Fails as read_plugin_file() and read_manifest_note() do.
[[nodiscard]] result<inspection> inspect(const std::filesystem::path& file);

}  // namespace tinfoil::plugin
