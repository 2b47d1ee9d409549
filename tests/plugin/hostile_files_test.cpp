// Files that are no plugins, or want to be more: nothing of them runs, and the message says what to
// do. The numbers are those of the list of cases.
#include "base/random.hpp"
#include "plugin/elf_note.hpp"
#include "plugin/inspection.hpp"
#include "plugin/library.hpp"
#include "plugin/secure_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <elf.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::plugin;

namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const std::string plain = TINFOIL_BUILD_DIR "/test_plugins/plain_c.so";

struct world {
    fs::path write(const std::string& name, const std::string& bytes) const
    {
        std::ofstream(folder.path() / name, std::ios::binary) << bytes;
        return folder.path() / name;
    }
    std::string refusal(const std::string& name) const
    {
        const auto found = inspect(folder.path() / name);
        const auto loaded = library::open(folder.path() / name, folder.path() / "copies");
        CHECK_FALSE(loaded);
        return found ? "accepted" : found.error().detail;
    }
    std::string refusal_of(const std::string& bytes) const
    {
        write("x.so", bytes);
        return refusal("x.so");
    }
    support::temporary_folder folder;
};

template <class T>
std::string with(std::string bytes, std::size_t at, T value)
{
    std::memcpy(bytes.data() + at, &value, sizeof value);
    return bytes;
}

bool says(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("hostile files: no ELF file, or one of something else",
          "[plugins/1][plugins/2][plugins/3][plugins/6][plugins/7][plugins/8][plugins/9]")
{
    const world it;
    const std::string whole = bytes_of(plain);
    CHECK(says(it.refusal_of(""), "it is empty"));
    CHECK(says(it.refusal_of("no library"), "no ELF file"));
    std::string noise(5000, ' ');
    random_source random(1);
    for (char& each : noise)
        each = static_cast<char>(random.below(256));
    CHECK(says(it.refusal_of(noise), "no ELF file"));
    CHECK(says(it.refusal_of(with(whole, EI_CLASS, char{ELFCLASS32})), "another machine"));
    CHECK(says(it.refusal_of(with(whole, offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_ARM})),
               "another machine"));
    CHECK(says(it.refusal_of(with(whole, offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_EXEC})),
               "no shared library"));
    CHECK(says(it.refusal_of(with(whole, offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_REL})),
               "no shared library"));
}

TEST_CASE("hostile files: one that is cut anywhere is incomplete, not wrong", "[plugins/4]")
{
    const std::string whole = bytes_of(plain);
    const world it;
    for (int part = 1; part < 20; ++part) {
        const auto file = it.write("x.so", whole.substr(0, whole.size() * part / 20));
        CHECK(library::open(file, it.folder.path() / "copies").error().code == errc::malformed);
    }
}

TEST_CASE("hostile files: what is no file of its own is not opened, and blocks nobody",
          "[plugins/10][plugins/11][plugins/12][plugins/20]")
{
    const world it;
    fs::create_directory(it.folder.path() / "folder.so");
    CHECK(says(it.refusal("folder.so"), "no regular file"));
    REQUIRE(::mkfifo((it.folder.path() / "fifo.so").c_str(), 0600) == 0);
    CHECK(says(it.refusal("fifo.so"), "no regular file"));
    it.write("target.bin", bytes_of(plain));
    const std::pair<const char*, const char*> links[] = {{"outside.so", "../../../etc/hostname"},
                                                         {"absolute.so", plain.c_str()},
                                                         {"loop.so", "loop.so"},
                                                         {"proc.so", "/proc/self/exe"}};
    for (const auto& [name, to] : links) {
        fs::create_symlink(to, it.folder.path() / name);
        CHECK(says(it.refusal(name), "leads out of the folder"));
    }
    fs::create_symlink("nowhere", it.folder.path() / "gone.so");
    CHECK(says(it.refusal("gone.so"), "can't be read"));
    fs::create_symlink("target.bin", it.folder.path() / "inside.so");
    CHECK(inspect(it.folder.path() / "inside.so"));
    // A whole program, as the host's own, under another name.
    fs::copy_file(fs::read_symlink("/proc/self/exe"), it.folder.path() / "program.so");
    const std::string own = it.refusal("program.so");
    CHECK((says(own, "no tinfoil plugin") || says(own, "no shared library") ||
           says(own, "is larger than 256 MiB")));
}

TEST_CASE("hostile files: a file that others may write, and a folder, are refused with their mode",
          "[plugins/13]")
{
    const world it;
    const auto file = it.write("x.so", bytes_of(plain));
    ::chmod(file.c_str(), 0602);
    CHECK(says(it.refusal("x.so"), "everybody may write to it (mode 0602)"));
    ::chmod(file.c_str(), 0600);
    CHECK(inspect(file));
    const auto below = it.folder.path() / "a" / "b";
    fs::create_directories(below);
    CHECK(check_folder(below));
    ::chmod((it.folder.path() / "a").c_str(), 0777);
    const auto open = check_folder(below);
    REQUIRE_FALSE(open);
    CHECK(says(open.error().detail, (fs::canonical(it.folder.path()) / "a").string() +
                                        " everybody may write to it (mode 0777)"));
    // As /tmp is: what is mine there nobody else can replace.
    ::chmod((it.folder.path() / "a").c_str(), 01777);
    CHECK(check_folder(below));
    CHECK_FALSE(check_folder(it.folder.path() / "a"));
    if (::geteuid() == 0) {
        REQUIRE(::chown(file.c_str(), 12345, 0) == 0);
        CHECK(says(it.refusal("x.so"), "it belongs to user 12345"));
        REQUIRE(::chown(file.c_str(), 0, 12345) == 0);
        ::chmod(file.c_str(), 0620);
        CHECK(says(it.refusal("x.so"), "group 12345 may write to it (mode 0620)"));
    }
}

TEST_CASE("hostile files: a file that is too large is refused before it is read", "[plugins/14]")
{
    const world it;
    const auto file = it.write("x.so", bytes_of(plain));
    fs::resize_file(file, 300U << 20);
    CHECK(says(it.refusal("x.so"), "larger than 256 MiB"));
}

TEST_CASE("hostile files: a manifest that is missing, double, no JSON, or too large",
          "[plugins/15][plugins/16][plugins/17][plugins/18]")
{
    const world it;
    const std::string whole = bytes_of(plain);
    const std::string mark("tinfoil\0{", 9);
    const std::size_t at = whole.find(mark);
    REQUIRE(at != std::string::npos);
    const auto edited = [&](const std::string& from, const std::string& to) {
        std::string made = whole;
        REQUIRE(from.size() == to.size());
        const std::size_t place = made.find(from, at);
        REQUIRE(place != std::string::npos);
        return made.replace(place, from.size(), to);
    };
    std::string none = whole;
    CHECK(says(it.refusal_of(none.replace(at, 7, "tinfoul")), "no tinfoil plugin"));
    CHECK(says(it.refusal_of(edited("{\"name\"", "{\"name ")), "no JSON object"));
    CHECK(says(it.refusal_of(edited("plain-c", std::string("plain\0c", 7))), "its manifest"));
    // A name becomes part of paths and of lines.
    CHECK(says(it.refusal_of(edited("plain-c", "../pl-c")), "its manifest"));
    CHECK(says(it.refusal_of(edited("plain-c", "pla/n-c")), "its manifest"));
    CHECK(says(it.refusal_of(edited("plain-c", "pla\x1b[2J")), "its manifest"));
    CHECK(says(it.refusal_of(edited("plain-c", "plain\xff"
                                               "c")),
               "its manifest"));
    CHECK(says(it.refusal_of(edited("MESSAGE_CREATE", "MESSAGE_CREATR")), "Discord does not have"));
    // The size of the note, which lies before its type and name.
    CHECK(it.refusal_of(with(whole, at - 8, std::uint32_t{1U << 20})) != "accepted");
    CHECK(it.refusal_of(with(whole, at - 8, std::uint32_t{0xFFFFFFFF})) != "accepted");
}

TEST_CASE("hostile files: mutated ones are read or refused, and never more", "[plugins/19]")
{
    const char* given = std::getenv("TINFOIL_MUTATIONS");
    const int count = given != nullptr ? std::atoi(given) : 300;
    const std::string whole = bytes_of(plain);
    random_source random(7);
    for (int i = 0; i < count; ++i) {
        std::string bytes = whole;
        for (std::uint64_t left = 1 + random.below(8); left > 0; --left) {
            // Half of them where it hurts.
            const std::size_t within = random.below(2) == 0 ? 2000 : bytes.size();
            bytes[random.below(within)] = static_cast<char>(random.below(256));
        }
        if (random.below(4) == 0)
            bytes.resize(random.below(bytes.size()));
        if (const auto file = elf_file::open(bytes)) {
            const elf_facts facts = read_facts(*file);
            CHECK(facts.exports.size() <= elf_names_max);
        }
        if (const auto note = read_manifest_note(bytes))
            (void)parse_manifest(*note);
    }
}

TEST_CASE("inspection: says what a plugin is without running it")
{
    const auto found = inspect(TINFOIL_BUILD_DIR "/test_plugins/counter_3.so");
    REQUIRE(found);
    CHECK(found->about.name == "counter");
    CHECK(found->about.version == "3.0.0");
    CHECK(found->about.state_version == 2);
    CHECK(found->facts.exports == std::vector<std::string>{"tinfoil_plugin_v1"});
    CHECK(found->facts.build_id.size() == 40);
    CHECK(found->facts.initialisers > 0);
    CHECK_FALSE(found->facts.needed.empty());
    CHECK(found->missing.empty());
    CHECK(found->kept.empty());
    CHECK(found->warnings.empty());
    const auto stays = inspect(TINFOIL_BUILD_DIR "/test_plugins/counter_unique.so");
    REQUIRE(stays);
    CHECK(says(stays->kept, "nodelete"));
    // Of a hang at load nothing is noticed, since nothing is loaded.
    CHECK(inspect(TINFOIL_BUILD_DIR "/test_plugins/counter_load_hangs.so"));
    // Of what it looks for beside itself, where it is not once it is copied.
    const auto beside = inspect(TINFOIL_BUILD_DIR "/test_plugins/entry_beside.so");
    REQUIRE(beside);
    REQUIRE(beside->warnings.size() == 1);
    CHECK(says(beside->warnings[0], "beside itself ($ORIGIN)"));
}
