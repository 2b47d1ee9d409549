#include "state/lock.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace tinfoil::state {

namespace {

/// Digits only: the file may hold anything, and the text goes to a terminal.
std::string holder_of(int descriptor)
{
    std::array<char, 20> text{};
    const auto size = ::pread(descriptor, text.data(), text.size(), 0);
    std::string digits;
    for (ssize_t at = 0; at < size; ++at) {
        const char digit = text[static_cast<std::size_t>(at)];
        if (digit < '0' || digit > '9')
            break;
        digits += digit;
    }
    return digits.empty() ? "(unknown)" : digits;
}

error in_use(const std::filesystem::path& file, const std::string& holder)
{
    const int pid = holder.size() < 10 ? std::atoi(holder.c_str()) : 0;
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH)
        return {errc::timed_out,
                fmt::format("{} is still held by what process {} started, although that one has "
                            "ended: end those, or use another --state",
                            file.parent_path().string(), holder)};
    return {errc::state_unusable,
            fmt::format("{} is in use by process {}: stop that one first, or use another --state",
                        file.parent_path().string(), holder)};
}

}  // namespace

result<lock> lock::take(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return error{errc::state_unusable,
                     fmt::format("cannot open {}: {}; let this user write to the folder, or use "
                                 "another --state",
                                 file.string(), std::strerror(errno))};
    lock taken(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return in_use(file, holder_of(descriptor));
        return error{errc::state_unusable,
                     fmt::format("cannot lock {}: {}; use a --state on a local disk", file.string(),
                                 std::strerror(errno))};
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
        return error{errc::state_unusable,
                     fmt::format("cannot write {}: {}; free some space on that disk, or use "
                                 "another --state",
                                 file.string(), std::strerror(errno))};
    return taken;
}

lock::lock(lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

lock& lock::operator=(lock&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

lock::~lock()
{
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

}  // namespace tinfoil::state
