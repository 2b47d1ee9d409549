#include "host/executables.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tinfoil::host {
namespace {

// The kernel's mark of a file that has no name any more.
constexpr std::string_view deleted = " (deleted)";

std::string name_of(const std::string& executable)
{
    std::error_code failed;
    std::string name = std::filesystem::read_symlink(executable, failed).string();
    if (failed)
        return executable;
    if (name.ends_with(deleted))
        name.resize(name.size() - deleted.size());
    return name;
}

}  // namespace

executables::executables(std::string own, std::string file)
    : own_(std::move(own)),
      file_(!file.empty()                ? std::move(file)
            : own_.starts_with("/proc/") ? name_of(own_)
                                         : own_)
{
}

executables::~executables()
{
    keep({});
}

std::string executables::of(std::uint32_t build) const
{
    const auto found = taken_.find(build);
    // By the process, not by "self": whoever opens it may have other descriptors by then.
    return found == taken_.end() ? own_ : fmt::format("/proc/{}/fd/{}", ::getpid(), found->second);
}

bool executables::has_changed() const
{
    struct stat was {
    }, is{};
    if (::stat(own_.c_str(), &was) != 0 || ::stat(file_.c_str(), &is) != 0)
        return true;
    return was.st_dev != is.st_dev || was.st_ino != is.st_ino ||
           was.st_mtim.tv_sec != is.st_mtim.tv_sec || was.st_mtim.tv_nsec != is.st_mtim.tv_nsec;
}

result<std::uint32_t> executables::take()
{
    const auto failure = [&](const char* why) {
        return error{errc::io, fmt::format("{} can't be started: {}; put the executable that is "
                                           "to run there",
                                           file_, why)};
    };
    const int opened = ::open(file_.c_str(), O_PATH | O_CLOEXEC);
    if (opened < 0)
        return failure(std::strerror(errno));
    struct stat is {};
    const char* why = nullptr;
    if (::fstat(opened, &is) != 0)
        why = std::strerror(errno);
    else if (!S_ISREG(is.st_mode))
        why = "it is no file";
    else if (::access(file_.c_str(), X_OK) != 0)
        why = std::strerror(errno);
    if (why != nullptr) {
        ::close(opened);
        return failure(why);
    }
    taken_[++last_] = opened;
    return last_;
}

void executables::keep(const std::set<std::uint32_t>& builds)
{
    std::erase_if(taken_, [&](const auto& each) {
        if (builds.contains(each.first))
            return false;
        ::close(each.second);
        return true;
    });
}

}  // namespace tinfoil::host
