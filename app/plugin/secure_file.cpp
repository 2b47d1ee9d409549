#include "plugin/secure_file.hpp"

#include "plugin/descriptor.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tinfoil::plugin {
namespace {

namespace fs = std::filesystem;

error bad(const std::string& what)
{
    return {errc::plugin_refused, what};
}

// Where users have a group of their own, of the same number, nobody else is in it.
bool is_own_group(gid_t group)
{
    return group == ::getegid() && ::getegid() == ::geteuid();
}

/// What is wrong with who may write it; empty: nothing.
std::string fault_of(const struct stat& what)
{
    if (what.st_uid != 0 && what.st_uid != ::geteuid())
        return fmt::format("it belongs to user {}", what.st_uid);
    const auto mode = static_cast<unsigned>(what.st_mode) & 07777U;
    if ((what.st_mode & S_IWOTH) != 0)
        return fmt::format("everybody may write to it (mode {:04o})", mode);
    if ((what.st_mode & S_IWGRP) != 0 && !is_own_group(what.st_gid))
        return fmt::format("group {} may write to it (mode {:04o})", what.st_gid, mode);
    return {};
}

// No link out of the folder and none of /proc; a kernel that can't say so gets no links at all.
int open_beneath(int folder, const std::string& name)
{
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const auto opened =
        static_cast<int>(::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how));
    if (opened >= 0 || errno != ENOSYS)
        return opened;
    return ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
}

std::string why_not_open(int code)
{
    if (code == EXDEV || code == ELOOP)
        return "it is a link that leads out of the folder, or nowhere; copy the file itself";
    return std::string("it can't be read: ") + std::strerror(code) +
           "; check owner and mode, or remove it";
}

bool read_all(int fd, std::string& into)
{
    std::size_t have = 0;
    while (have < into.size()) {
        const ssize_t got = ::read(fd, into.data() + have, into.size() - have);
        if (got <= 0)
            return false;
        have += static_cast<std::size_t>(got);
    }
    return true;
}

file_stamp stamp(const struct stat& what)
{
    constexpr std::int64_t second = 1'000'000'000;
    return {what.st_dev, what.st_ino, static_cast<std::uint64_t>(what.st_size),
            what.st_mtim.tv_sec * second + what.st_mtim.tv_nsec,
            what.st_ctim.tv_sec * second + what.st_ctim.tv_nsec};
}

}  // namespace

result<void> check_folder(const fs::path& folder)
{
    std::error_code failed;
    const fs::path whole = fs::canonical(folder, failed);
    if (failed)
        return error{errc::invalid_argument, "the plugin folder " + folder.string() +
                                                 " can't be read: " + failed.message() +
                                                 "; make it, or name another with --plugins"};
    for (fs::path at = whole;; at = at.parent_path()) {
        struct stat found {};
        if (::lstat(at.c_str(), &found) != 0)
            return error{errc::invalid_argument, fmt::format("{} can't be looked at: {}",
                                                             at.string(), std::strerror(errno))};
        if (at != whole && (found.st_mode & S_ISVTX) != 0)
            found.st_mode &= ~static_cast<mode_t>(S_IWOTH | S_IWGRP);
        if (const std::string fault = fault_of(found); !fault.empty())
            return error{errc::invalid_argument,
                         fmt::format("plugins can't be taken from {}, since of {} {}, so others "
                                     "could run code in the bot; chmod go-w it, chown it to this "
                                     "user, or name another folder with --plugins",
                                     whole.string(), at.string(), fault)};
        if (at == at.root_path())
            return {};
    }
}

file_stamp stamp_of(const fs::path& file)
{
    struct stat found {};
    return ::stat(file.c_str(), &found) == 0 ? stamp(found) : file_stamp{};
}

result<std::string> read_plugin_file(const fs::path& folder, const std::string& name)
{
    const descriptor place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (place.get() < 0)
        return bad("its folder " + folder.string() + " can't be opened: " + std::strerror(errno));
    const descriptor open(open_beneath(place.get(), name));
    if (open.get() < 0)
        return bad(why_not_open(errno));
    struct stat before {
    }, after{};
    if (::fstat(open.get(), &before) != 0 || !S_ISREG(before.st_mode))
        return bad("it is no regular file; remove it");
    if (const std::string fault = fault_of(before); !fault.empty())
        return bad(fault + ", so somebody else could run code in the bot; chmod go-w it, and chown "
                           "it to this user");
    if (static_cast<std::uint64_t>(before.st_size) > plugin_bytes_max)
        return bad("it is larger than 256 MiB; build it without debug information, or remove it");
    std::string bytes(static_cast<std::size_t>(before.st_size), '\0');
    if (!read_all(open.get(), bytes) || ::fstat(open.get(), &after) != 0 ||
        !(stamp(before) == stamp(after)))
        return error{errc::malformed, "it is being written to; it is looked at again when the "
                                      "copy has ended"};
    return bytes;
}

}  // namespace tinfoil::plugin
