// Boost.DLL is linked to std::filesystem, which spares a library.
#define BOOST_DLL_USE_STD_FS
#include "plugin/library.hpp"

#include "base/assert.hpp"
#include "plugin/descriptor.hpp"
#include "plugin/elf_file.hpp"
#include "plugin/elf_note.hpp"
#include "plugin/secure_file.hpp"
#include "plugin/threads.hpp"

#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace tinfoil::plugin {
namespace {

namespace fs = std::filesystem;

error bad(const std::string& what)
{
    return {errc::plugin_refused, what};
}

result<fs::path> write_copy(const std::string& bytes, const fs::path& folder,
                            const std::string& name)
{
    std::error_code failed;
    fs::create_directories(folder, failed);
    fs::permissions(folder, fs::perms::owner_all, failed);
    std::string copy = (folder / (name + ".XXXXXX.so")).string();
    const descriptor open(::mkostemps(copy.data(), 3, O_CLOEXEC));
    std::size_t written = 0;
    while (open.get() >= 0 && written < bytes.size()) {
        const ssize_t put = ::write(open.get(), bytes.data() + written, bytes.size() - written);
        if (put <= 0)
            break;
        written += static_cast<std::size_t>(put);
    }
    if (open.get() < 0 || written < bytes.size())
        return bad("no copy of it can be made in " + folder.string() + ": " + std::strerror(errno));
    return fs::path(copy);
}

result<void> check_entry(const tinfoil_entry& entry, std::string_view note)
{
    constexpr std::uint8_t magic[8] = TINFOIL_MAGIC;
    if (std::memcmp(entry.magic, magic, sizeof magic) != 0)
        return bad("its entry " TINFOIL_ENTRY " is none of tinfoil's");
    if (entry.abi_major != TINFOIL_ABI_MAJOR)
        return bad("it needs plugin ABI " + std::to_string(entry.abi_major) +
                   ", this tinfoil has " + std::to_string(TINFOIL_ABI_MAJOR) +
                   "; build it with this tinfoil's SDK");
    if (entry.abi_min_minor > TINFOIL_ABI_MINOR)
        return bad("it needs plugin ABI " + std::to_string(entry.abi_major) + "." +
                   std::to_string(entry.abi_min_minor) + ", this tinfoil has " +
                   std::to_string(TINFOIL_ABI_MAJOR) + "." + std::to_string(TINFOIL_ABI_MINOR) +
                   "; update tinfoil");
    if (entry.size < sizeof(tinfoil_entry) || entry.create == nullptr)
        return bad("its entry " TINFOIL_ENTRY " is incomplete");
    if (std::string_view(entry.manifest.ptr, entry.manifest.len) != note)
        return bad("its manifest differs from its ELF note; build it again");
    return {};
}

std::uint64_t bytes_in_memory(std::string_view file)
{
    std::uint64_t end = 0;
    const auto opened = elf_file::open(file);
    for (const auto& each : opened->segments())
        end = std::max(end, each.address + each.bytes);
    return end;
}

}  // namespace

struct library::impl {
    manifest about;
    fs::path copy;
    boost::dll::shared_library handle;
    const tinfoil_entry* entry = nullptr;
    std::string suspicion;  // Why it may not go.
    std::optional<thread_count> threads;

    ~impl() { close(); }

    std::string close()
    {
        if (copy.empty())
            return {};
        if (const int left = threads ? threads->running() : 0; left > 0) {
            // What a thread may run stays for good.
            (void)new boost::dll::shared_library(std::move(handle));
            forget_copy();
            return std::to_string(left) + (left == 1 ? " thread that it began still runs"
                                                     : " threads that it began still run");
        }
        handle.unload();
        // What is gone can't be found by its name, which no other file of this process has had.
        void* const left = ::dlopen(copy.c_str(), RTLD_NOLOAD | RTLD_LAZY);
        if (left != nullptr)
            ::dlclose(left);
        forget_copy();
        if (left == nullptr)
            return {};
        return suspicion.empty() ? "something in this process still holds it, as a thread_local "
                                   "with a destructor does"
                                 : suspicion;
    }

    void forget_copy()
    {
        threads.reset();
        std::error_code ignored;
        fs::remove(copy, ignored);
        copy.clear();
    }
};

result<examined> examine(const fs::path& file)
{
    auto bytes = read_plugin_file(file.parent_path(), file.filename().string());
    if (!bytes)
        return bytes.error();
    const auto note = read_manifest_note(*bytes);
    if (!note)
        return note.error();
    auto about = parse_manifest(*note);
    if (!about)
        return about.error();
    return examined{std::move(*about), std::move(*bytes)};
}

result<fs::path> write_copy(const examined& what, const fs::path& folder)
{
    return write_copy(what.bytes, folder, what.about.name);
}

result<library> library::open(const fs::path& file, const fs::path& private_copies)
{
    auto what = examine(file);
    if (!what)
        return what.error();
    return load(std::move(*what), private_copies);
}

result<library> library::load(examined what, const fs::path& private_copies)
{
    const auto note = read_manifest_note(what.bytes);
    if (!note)
        return note.error();
    const auto copy = write_copy(what, private_copies);
    if (!copy)
        return copy.error();
    auto loaded = std::make_unique<impl>();
    loaded->about = std::move(what.about);
    loaded->copy = *copy;
    loaded->suspicion = why_kept(read_facts(*elf_file::open(what.bytes)));
    boost::system::error_code failed;
    std::error_code load_failed;
    loaded->handle.load(*copy, load_failed,
                        boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    if (load_failed) {
        const char* why = ::dlerror();
        return bad("it can't be loaded: " +
                   (why != nullptr ? std::string(why) : load_failed.message()));
    }
    if (!loaded->handle.has(TINFOIL_ENTRY))
        return bad("it does not export " TINFOIL_ENTRY);
    loaded->entry = &loaded->handle.get<const tinfoil_entry>(TINFOIL_ENTRY);
    // A look-up by handle goes on in what the file depends on.
    Dl_info where{};
    if (::dladdr(loaded->entry, &where) == 0 || loaded->copy != fs::path(where.dli_fname))
        return bad("it does not export " TINFOIL_ENTRY " itself; a library that it needs does");
    loaded->threads.emplace(reinterpret_cast<std::uintptr_t>(where.dli_fbase),
                            reinterpret_cast<std::uintptr_t>(where.dli_fbase) +
                                bytes_in_memory(what.bytes));
    if (auto checked = check_entry(*loaded->entry, *note); !checked)
        return checked.error();
    return library(std::move(loaded));
}

library::library(std::unique_ptr<impl> loaded) : impl_(std::move(loaded)) {}
library::library(library&&) noexcept = default;
library& library::operator=(library&&) noexcept = default;
library::~library() = default;

std::string library::close()
{
    return impl_ ? impl_->close() : std::string();
}

const manifest& library::about() const
{
    return impl_->about;
}

const tinfoil_entry& library::entry() const
{
    return *impl_->entry;
}

result<std::vector<fs::path>> list_folder(const fs::path& folder)
{
    std::error_code failed;
    std::vector<fs::path> files;
    for (fs::directory_iterator each(folder, failed), end; !failed && each != end;
         each.increment(failed)) {
        const fs::path& path = each->path();
        if (path.extension() == ".so" && !path.filename().string().starts_with('.'))
            files.push_back(path);
    }
    if (failed)
        return error{errc::invalid_argument, "the plugin folder " + folder.string() +
                                                 " can't be read: " + failed.message() +
                                                 "; make it, or name another with --plugins"};
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace tinfoil::plugin
