#include "plugin/elf_file.hpp"

#include <algorithm>
#include <elf.h>

namespace tinfoil::plugin {
namespace {

#if defined(__x86_64__)
constexpr int own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int own_machine = EM_AARCH64;
#else
#error "plugins are 64-bit x86 or ARM"
#endif

constexpr std::size_t name_bytes_max = 4096;

error bad(const std::string& what)
{
    return {errc::plugin_refused, what};
}

// Somebody may still be writing it.
error cut_short()
{
    return {errc::malformed, "it is cut short or damaged; copy it again"};
}

bool inside(std::uint64_t offset, std::uint64_t size, std::uint64_t all)
{
    return offset <= all && size <= all - offset;
}

result<Elf64_Ehdr> read_header(std::string_view file)
{
    const auto head = elf_file::read<Elf64_Ehdr>(file, 0);
    if (file.empty())
        return error{errc::malformed, "it is empty; copy it again"};
    if (file.size() < SELFMAG || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0)
        return bad("it is no ELF file; build it with tinfoil_add_plugin, or remove it");
    if (!head)
        return cut_short();
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
        return cut_short();
    return *head;
}

// The dynamic section, by tag; of those that may come again, all.
class dynamic {
public:
    explicit dynamic(const elf_file& of)
    {
        for (const auto& segment : of.segments()) {
            if (segment.type != PT_DYNAMIC)
                continue;
            const std::string_view all = of.content(segment);
            for (std::uint64_t at = 0;; at += sizeof(Elf64_Dyn)) {
                const auto entry = elf_file::read<Elf64_Dyn>(all, at);
                if (!entry || entry->d_tag == DT_NULL)
                    break;
                entries_.push_back(*entry);
            }
        }
    }
    [[nodiscard]] std::uint64_t value(std::int64_t tag) const
    {
        const auto found = std::find_if(entries_.begin(), entries_.end(),
                                        [&](const Elf64_Dyn& each) { return each.d_tag == tag; });
        return found == entries_.end() ? 0 : found->d_un.d_val;
    }
    [[nodiscard]] const std::vector<Elf64_Dyn>& all() const { return entries_; }

private:
    std::vector<Elf64_Dyn> entries_;
};

std::string name_at(std::string_view strings, std::uint64_t offset)
{
    if (offset >= strings.size())
        return {};
    const std::string_view rest = strings.substr(offset, name_bytes_max);
    return std::string(rest.substr(0, rest.find('\0')));
}

// How many symbols there are stands nowhere but in the tables that find them.
std::uint64_t count_symbols(const elf_file& of, const dynamic& in)
{
    if (const std::uint64_t table = in.value(DT_HASH); table != 0)
        return elf_file::read<std::uint32_t>(of.at(table), 4).value_or(0);
    const std::string_view table = of.at(in.value(DT_GNU_HASH));
    const auto buckets = elf_file::read<std::uint32_t>(table, 0);
    const auto first = elf_file::read<std::uint32_t>(table, 4);
    const auto filters = elf_file::read<std::uint32_t>(table, 8);
    if (!buckets || !first || !filters)
        return 0;
    const std::uint64_t places = 16 + std::uint64_t{*filters} * 8;
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < *buckets; ++i) {
        const auto begin = elf_file::read<std::uint32_t>(table, places + i * 4);
        if (!begin)
            return 0;
        last = std::max<std::uint64_t>(last, *begin);
    }
    if (last < *first)
        return *first;
    const std::uint64_t chains = places + std::uint64_t{*buckets} * 4;
    for (;; ++last) {
        const auto link = elf_file::read<std::uint32_t>(table, chains + (last - *first) * 4);
        if (!link)
            return 0;
        if ((*link & 1U) != 0)
            return last + 1;
    }
}

void read_symbols(const elf_file& of, const dynamic& in, std::string_view strings, elf_facts& into)
{
    constexpr unsigned unique = 10;  // STB_GNU_UNIQUE
    const std::string_view table = of.at(in.value(DT_SYMTAB));
    const std::uint64_t count = count_symbols(of, in);
    for (std::uint64_t i = 0; i < count && into.exports.size() < elf_names_max; ++i) {
        const auto symbol = elf_file::read<Elf64_Sym>(table, i * sizeof(Elf64_Sym));
        if (!symbol)
            return;
        const unsigned bind = ELF64_ST_BIND(symbol->st_info);
        const unsigned seen = ELF64_ST_VISIBILITY(symbol->st_other);
        if (symbol->st_shndx == SHN_UNDEF || bind == STB_LOCAL || seen == STV_HIDDEN ||
            seen == STV_INTERNAL)
            continue;
        const std::string name = name_at(strings, symbol->st_name);
        if (name.empty())
            continue;
        into.exports.push_back(name);
        if (bind == unique)
            into.unique.push_back(name);
    }
}

std::string read_build_id(const elf_file& of)
{
    constexpr std::string_view gnu("GNU\0", 4);
    for (const auto& segment : of.segments()) {
        if (segment.type != PT_NOTE)
            continue;
        const std::string_view notes = of.content(segment);
        const auto head = elf_file::read<Elf64_Nhdr>(notes, 0);
        if (!head || head->n_type != NT_GNU_BUILD_ID || head->n_namesz != gnu.size() ||
            notes.substr(sizeof *head, gnu.size()) != gnu || head->n_descsz > 64)
            continue;
        constexpr std::string_view digits = "0123456789abcdef";
        std::string made;
        for (const char each : notes.substr(sizeof *head + gnu.size(), head->n_descsz)) {
            made += digits[static_cast<unsigned char>(each) >> 4];
            made += digits[static_cast<unsigned char>(each) & 15];
        }
        return made;
    }
    return {};
}

}  // namespace

result<elf_file> elf_file::open(std::string_view bytes)
{
    const auto head = read_header(bytes);
    if (!head)
        return head.error();
    elf_file made;
    made.bytes_ = bytes;
    for (std::uint64_t i = 0; i < head->e_phnum; ++i) {
        const auto each = read<Elf64_Phdr>(bytes, head->e_phoff + i * sizeof(Elf64_Phdr));
        if (!each || !inside(each->p_offset, each->p_filesz, bytes.size()) ||
            (each->p_type == PT_LOAD && each->p_memsz < each->p_filesz))
            return cut_short();
        made.segments_.push_back(
            {each->p_type, each->p_offset, each->p_vaddr, each->p_filesz, each->p_align});
    }
    return made;
}

std::string_view elf_file::at(std::uint64_t address) const
{
    for (const segment& each : segments_)
        if (each.type == PT_LOAD && address >= each.address && address - each.address < each.bytes)
            return content(each).substr(address - each.address);
    return {};
}

elf_facts read_facts(const elf_file& of)
{
    elf_facts made;
    const dynamic entries(of);
    const std::string_view strings = of.at(entries.value(DT_STRTAB));
    for (const Elf64_Dyn& each : entries.all())
        if (each.d_tag == DT_NEEDED && made.needed.size() < elf_names_max)
            made.needed.push_back(name_at(strings, each.d_un.d_val));
    for (const std::int64_t tag : {DT_RPATH, DT_RUNPATH})
        if (const std::uint64_t place = entries.value(tag); place != 0)
            made.runpath = name_at(strings, place);
    made.never_unloads = (entries.value(DT_FLAGS_1) & DF_1_NODELETE) != 0;
    made.initialisers = entries.value(DT_INIT_ARRAYSZ) / sizeof(void*);
    made.build_id = read_build_id(of);
    read_symbols(of, entries, strings, made);
    return made;
}

std::string why_kept(const elf_facts& of)
{
    if (of.never_unloads)
        return "it was linked with -z nodelete";
    if (!of.unique.empty())
        return "it exports the unique symbol " + of.unique.front() +
               ", which binds it to this process; build it with tinfoil_add_plugin, or with "
               "-fno-gnu-unique";
    return {};
}

}  // namespace tinfoil::plugin
