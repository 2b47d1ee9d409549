#include "net/child_process.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;

constexpr int first_descriptor = 3;

std::string describe(int status)
{
    if (WIFEXITED(status))
        return fmt::format("exit code {}", WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return fmt::format("killed by signal {}", WTERMSIG(status));
    return fmt::format("status {}", status);
}

class running final : public child_process {
public:
    running(asio::io_context& loop, int pid, int watched, std::function<void(std::string)> ended)
        : pid_(pid),
          watched_(loop, watched),
          ended_(std::move(ended))
    {
        watch();
    }
    ~running() override
    {
        kill();
        reap(0);
    }

    [[nodiscard]] int pid() const override { return pid_; }
    void kill() override
    {
        if (!reaped_)
            ::kill(pid_, SIGKILL);
    }
    void await_end(std::chrono::milliseconds most) override
    {
        pollfd readable{watched_.native_handle(), POLLIN, 0};
        ::poll(&readable, 1, static_cast<int>(most.count()));
    }

private:
    // That the descriptor can be read means nothing: the loop may have seen it of another one,
    // which had the same place in the loop's books a moment ago.
    void watch()
    {
        watched_.async_wait(asio::posix::stream_descriptor::wait_read,
                            [this](boost::system::error_code failed) {
                                if (failed)
                                    return;
                                const auto end = reap(WNOHANG);
                                if (!end)
                                    return watch();
                                // Whoever is told may destroy this.
                                const auto then = std::move(ended_);
                                then(*end);
                            });
    }

    // Nothing while it lives.
    std::optional<std::string> reap(int options)
    {
        if (reaped_)
            return "";
        int status = 0;
        int found = -1;
        while ((found = ::waitpid(pid_, &status, options)) < 0 && errno == EINTR) {
        }
        if (found == 0)
            return std::nullopt;
        reaped_ = true;
        return describe(status);
    }

    int pid_;
    bool reaped_ = false;
    asio::posix::stream_descriptor watched_;
    std::function<void(std::string)> ended_;
};

// Above all that the child gets, so that giving one does not overwrite another.
std::vector<int> move_up(const std::vector<int>& descriptors)
{
    std::vector<int> moved;
    for (const int each : descriptors)
        moved.push_back(::fcntl(each, F_DUPFD_CLOEXEC,
                                first_descriptor + static_cast<int>(descriptors.size())));
    return moved;
}

std::vector<char*> environment(std::vector<std::string> withheld, std::vector<std::string>& added)
{
    std::vector<char*> all;
    for (std::string& each : added) {
        withheld.push_back(each.substr(0, each.find('=')));
        all.push_back(each.data());
    }
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view line(*each);
        if (std::find(withheld.begin(), withheld.end(), line.substr(0, line.find('='))) ==
            withheld.end())
            all.push_back(*each);
    }
    all.push_back(nullptr);
    return all;
}

int spawn(const child_process::how& what, int& pid)
{
    std::vector<std::string> words{what.executable};
    words.insert(words.end(), what.arguments.begin(), what.arguments.end());
    std::vector<char*> arguments;
    for (std::string& each : words)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::vector<int> moved = move_up(what.descriptors);
    for (std::size_t i = 0; i < moved.size(); ++i)
        posix_spawn_file_actions_adddup2(&actions, moved[i],
                                         first_descriptor + static_cast<int>(i));
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // The host may block or ignore signals; a new process begins with none of that.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    std::vector<std::string> added = what.added;
    const int failed = ::posix_spawn(&pid, what.executable.c_str(), &actions, &attributes,
                                     arguments.data(), environment(what.withheld, added).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (const int each : moved)
        ::close(each);
    return failed;
}

}  // namespace

void forbid_core_dumps()
{
    const ::rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

result<std::unique_ptr<child_process>> child_process::start(asio::io_context& loop, const how& what,
                                                            std::function<void(std::string)> ended)
{
    int pid = 0;
    if (const int failed = spawn(what, pid); failed != 0)
        return error{errc::io, fmt::format("{} can't be started: {}; is it still there, and are "
                                           "there processes left (ulimit -u)?",
                                           what.executable, std::strerror(failed))};
    const int watched = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (watched < 0) {
        const int why = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return error{errc::io,
                     fmt::format("a process can't be watched: {}; tinfoil needs Linux 5.3",
                                 std::strerror(why))};
    }
    return std::unique_ptr<child_process>(
        std::make_unique<running>(loop, pid, watched, std::move(ended)));
}

}  // namespace tinfoil::net
