// A network manager that creates the processes of collections on this machine, as the host would
// by itself, with a priority of their own. Where up() and down() start and end a process one for
// machines or containers has calls of their API: from offload(), as here. What it has to know again
// after a crash of its own is in the store.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <tinfoil/network.hpp>
#include <tinfoil/offload.hpp>
#include <unistd.h>
#include <vector>

using namespace tinfoil;

constexpr about info{
    .name = "local_pool",
    .version = "1.0.0",
    .description = "Creates the processes of collections on this machine",
    .settings = {{.name = "most",
                  .description = "How many collections there may be; 0: one for each core",
                  .type = setting::integer,
                  .least = 0,
                  .most = 1000},
                 {.name = "nice",
                  .description = "Their priority, 0 to 19: the higher, the more others go first",
                  .type = setting::integer,
                  .least = 0,
                  .most = 19}}};

namespace {

// Pids are used again, so the time of its start belongs to it.
struct process {
    pid_t pid = 0;
    std::string started;

    [[nodiscard]] std::string text() const { return std::to_string(pid) + " " + started; }
    static process of(const std::string& text)
    {
        process made;
        std::istringstream(text) >> made.pid >> made.started;
        return made;
    }
};

// The 22nd word of /proc/PID/stat, in clock ticks since the machine began; empty: there is none.
// The second, its name, may hold anything up to its last bracket.
std::string start_of(pid_t pid)
{
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string line, word;
    std::getline(in, line);
    const auto name_end = line.rfind(')');
    std::istringstream rest(name_end == std::string::npos ? "" : line.substr(name_end + 1));
    for (int place = 3; place <= 22; ++place)
        if (!(rest >> word))
            return {};
    return word;
}

[[noreturn]] void fail(const std::string& what, int why)
{
    throw std::runtime_error(what + ": " + std::strerror(why));
}

std::vector<std::string> environment_with(const std::string& key)
{
    std::vector<std::string> all;
    for (char** each = environ; *each != nullptr; ++each)
        all.emplace_back(*each);
    all.push_back("TINFOIL_KEY=" + key);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& of)
{
    std::vector<char*> all;
    for (std::string& each : of)
        all.push_back(each.data());
    all.push_back(nullptr);
    return all;
}

// In a session of its own: nothing that is for this process reaches it.
process begin(const collection_wanted& what, int nice)
{
    std::vector<std::string> words{what.executable, "collection", "--join", what.socket};
    std::vector<std::string> environment = environment_with(what.key.reveal());
    posix_spawnattr_t how;
    ::posix_spawnattr_init(&how);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&how, &all);
    ::posix_spawnattr_setsigmask(&how, &none);
    ::posix_spawnattr_setflags(&how,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    process made;
    const int failed = ::posix_spawn(&made.pid, what.executable.c_str(), nullptr, &how,
                                     pointers(words).data(), pointers(environment).data());
    ::posix_spawnattr_destroy(&how);
    if (failed != 0)
        fail(what.executable + " can't be started", failed);
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(made.pid), nice);
    made.started = start_of(made.pid);
    return made;
}

// Whoever has that pid by now, only this process is ended.
void end(const process& which)
{
    constexpr int patience_ms = 5000;
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, which.pid, 0));
    if (handle >= 0 && start_of(which.pid) == which.started) {
        ::syscall(SYS_pidfd_send_signal, handle, SIGKILL, nullptr, 0);
        pollfd ended{handle, POLLIN, 0};
        if (::poll(&ended, 1, patience_ms) != 1) {
            ::close(handle);
            throw std::runtime_error("process " + std::to_string(which.pid) + " does not end");
        }
        // Nothing to be done for one that an earlier process of this plugin has started.
        ::waitpid(which.pid, nullptr, WNOHANG);
    }
    if (handle >= 0)
        ::close(handle);
}

}  // namespace

class local_pool : public shard_network_manager {
public:
    explicit local_pool(host& from)
        : shard_network_manager(from),
          most_(setting<int>("most")),
          nice_(setting<int>("nice"))
    {
    }

private:
    [[nodiscard]] options breakpoints() const override
    {
        options made;
        made.collections_max =
            most_ != 0 ? most_ : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
        return made;
    }

    task<> up(collection_wanted what) override
    {
        const auto work = [what, nice = nice_] { return begin(what, nice); };
        const process made = co_await offload(*this, work);
        co_await store().put(key_of(what.number), made.text());
        log("collection " + std::to_string(what.number) + " is process " +
            std::to_string(made.pid));
    }

    task<> down(collection_gone what) override
    {
        const auto known = co_await store().get(key_of(what.number));
        if (!known)
            co_return;
        const auto work = [which = process::of(*known)] { end(which); };
        co_await offload(*this, work);
        co_await store().erase(key_of(what.number));
        log("collection " + std::to_string(what.number) + " is gone");
    }

    void stands(const collection_wanted& what) override
    {
        log("collection " + std::to_string(what.number) + " stands");
    }

    static std::string key_of(std::uint32_t number)
    {
        return "collection " + std::to_string(number);
    }

    int most_, nice_;
};

TINFOIL_PLUGIN(local_pool, info)
