#include "plugin/inspection.hpp"

#include "plugin/elf_note.hpp"
#include "plugin/secure_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <tinfoil/plugin.h>

namespace tinfoil::plugin {
namespace {

namespace fs = std::filesystem;

// The loader's cache is not read: a library that stands elsewhere counts as missing.
std::vector<fs::path> library_folders()
{
    std::vector<fs::path> all
    {
        "/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64",
#if defined(__x86_64__)
            "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"
#else
            "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"
#endif
    };
    const char* more = std::getenv("LD_LIBRARY_PATH");
    std::string_view left = more == nullptr ? "" : more;
    while (!left.empty()) {
        const auto end = std::min(left.find(':'), left.size());
        all.emplace_back(left.substr(0, end));
        left.remove_prefix(std::min(end + 1, left.size()));
    }
    return all;
}

bool is_found(const std::string& library)
{
    const auto folders = library_folders();
    return std::any_of(folders.begin(), folders.end(), [&](const fs::path& each) {
        std::error_code failed;
        return fs::exists(each / library, failed);
    });
}

}  // namespace

result<inspection> inspect(const fs::path& file)
{
    std::error_code failed;
    const fs::path whole = fs::absolute(file, failed);
    const auto bytes = read_plugin_file(whole.parent_path(), whole.filename().string());
    if (!bytes)
        return bytes.error();
    auto note = read_manifest_note(*bytes);
    if (!note)
        return note.error();
    auto about = parse_manifest(*note);
    if (!about)
        return about.error();
    const auto opened = elf_file::open(*bytes);
    if (!opened)
        return opened.error();
    inspection made;
    made.bytes = bytes->size();
    made.manifest_text = std::move(*note);
    made.about = std::move(*about);
    made.facts = read_facts(*opened);
    made.kept = why_kept(made.facts);
    for (const std::string& each : made.facts.needed)
        if (!is_found(each))
            made.missing.push_back(each);
    const auto& exports = made.facts.exports;
    if (std::find(exports.begin(), exports.end(), TINFOIL_ENTRY) == exports.end())
        made.warnings.emplace_back("it does not export " TINFOIL_ENTRY ", so it can't be loaded");
    if (exports.size() > 1)
        made.warnings.push_back("it exports " + std::to_string(exports.size()) +
                                " symbols, which may meet those of others; build it with "
                                "tinfoil_add_plugin, which exports one");
    if (made.facts.runpath.find("$ORIGIN") != std::string::npos)
        made.warnings.push_back(
            "it looks for libraries beside itself (" + made.facts.runpath +
            "), but a copy of it is loaded from elsewhere; link them statically");
    return made;
}

}  // namespace tinfoil::plugin
