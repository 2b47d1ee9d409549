#include "plugin/elf_note.hpp"

#include "plugin/elf_file.hpp"
#include "plugin/manifest.hpp"

#include <cstdint>
#include <elf.h>
#include <optional>
#include <tinfoil/plugin.h>

namespace tinfoil::plugin {
namespace {

error bad(const std::string& what)
{
    return {errc::plugin_refused, what};
}

bool inside(std::uint64_t offset, std::uint64_t size, std::uint64_t all)
{
    return offset <= all && size <= all - offset;
}

std::uint64_t padded(std::uint64_t size)
{
    return (size + 3) / 4 * 4;
}

// Looks through one PT_NOTE segment; false when it is broken. A second note of ours is an error
// too.
bool scan_notes(std::string_view notes, std::optional<std::string_view>& found)
{
    constexpr std::string_view own_name(TINFOIL_NOTE_NAME, sizeof TINFOIL_NOTE_NAME);
    std::uint64_t at = 0;
    while (at < notes.size()) {
        const auto head = elf_file::read<Elf64_Nhdr>(notes, at);
        if (!head)
            return false;
        const std::uint64_t name_at = at + sizeof *head;
        const std::uint64_t content_at = name_at + padded(head->n_namesz);
        if (!inside(name_at, head->n_namesz, notes.size()) ||
            !inside(content_at, head->n_descsz, notes.size()))
            return false;
        if (notes.substr(name_at, head->n_namesz) == own_name &&
            head->n_type == TINFOIL_NOTE_TYPE) {
            if (found)
                return false;
            found = notes.substr(content_at, head->n_descsz);
        }
        at = content_at + padded(head->n_descsz);
    }
    return true;
}

}  // namespace

result<std::string> read_manifest_note(std::string_view file)
{
    const auto opened = elf_file::open(file);
    if (!opened)
        return opened.error();
    std::optional<std::string_view> found;
    for (const elf_file::segment& each : opened->segments())
        if (each.type == PT_NOTE && each.align <= 4 && !scan_notes(opened->content(each), found))
            return bad("its notes are damaged, or it has more than one manifest; build it again");
    if (!found)
        return bad("it is a shared library but no tinfoil plugin; it lacks TINFOIL_PLUGIN(...)");
    if (found->size() > manifest_bytes_max)
        return bad("its manifest is larger than 64 KiB");
    return std::string(*found);
}

}  // namespace tinfoil::plugin
