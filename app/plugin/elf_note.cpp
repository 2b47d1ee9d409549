#include "plugin/elf_note.hpp"

#include "plugin/manifest.hpp"

#include <cstdint>
#include <cstring>
#include <elf.h>
#include <optional>
#include <tinfoil/plugin.h>

namespace tinfoil::plugin {
namespace {

#if defined(__x86_64__)
constexpr int own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int own_machine = EM_AARCH64;
#else
#error "plugins are 64-bit x86 or ARM"
#endif

error bad(const std::string& what)
{
    return {errc::plugin_refused, what};
}

bool inside(std::uint64_t offset, std::uint64_t size, std::uint64_t all)
{
    return offset <= all && size <= all - offset;
}

template <class T>
std::optional<T> read(std::string_view file, std::uint64_t offset)
{
    T value;
    if (!inside(offset, sizeof value, file.size()))
        return std::nullopt;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
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
        const auto head = read<Elf64_Nhdr>(notes, at);
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

result<Elf64_Ehdr> read_header(std::string_view file)
{
    const auto head = read<Elf64_Ehdr>(file, 0);
    if (file.size() < SELFMAG || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0)
        return bad("it is no ELF file; build it with tinfoil_add_plugin, or remove it");
    if (!head)
        return bad("it is cut short; copy it again");
    if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB ||
        head->e_machine != own_machine)
        return bad("it was built for another machine; build it here");
    if (head->e_type != ET_DYN)
        return bad("it is no shared library; build it with tinfoil_add_plugin");
    const bool headers_fit =
        head->e_phentsize == sizeof(Elf64_Phdr) && head->e_phnum != 0 &&
        inside(head->e_phoff, std::uint64_t{head->e_phnum} * sizeof(Elf64_Phdr), file.size()) &&
        inside(head->e_shoff, std::uint64_t{head->e_shnum} * sizeof(Elf64_Shdr), file.size());
    if (!headers_fit)
        return bad("it is cut short or damaged; copy it again");
    return *head;
}

}  // namespace

result<std::string> read_manifest_note(std::string_view file)
{
    const auto head = read_header(file);
    if (!head)
        return head.error();
    std::optional<std::string_view> found;
    for (std::uint64_t i = 0; i < head->e_phnum; ++i) {
        const auto segment = read<Elf64_Phdr>(file, head->e_phoff + i * sizeof(Elf64_Phdr));
        if (!segment || !inside(segment->p_offset, segment->p_filesz, file.size()) ||
            (segment->p_type == PT_LOAD && segment->p_memsz < segment->p_filesz))
            return bad("it is cut short or damaged; copy it again");
        if (segment->p_type == PT_NOTE && segment->p_align <= 4 &&
            !scan_notes(file.substr(segment->p_offset, segment->p_filesz), found))
            return bad("its notes are damaged, or it has more than one manifest; build it again");
    }
    if (!found)
        return bad("it is a shared library but no tinfoil plugin; it lacks TINFOIL_PLUGIN(...)");
    if (found->size() > manifest_bytes_max)
        return bad("its manifest is larger than 64 KiB");
    return std::string(*found);
}

}  // namespace tinfoil::plugin
