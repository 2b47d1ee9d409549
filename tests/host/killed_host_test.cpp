// The host is killed, and with it what it began; the next one goes on where it was.
#include "host/reload_world.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

// `tinfoil run` in a process of its own, whose account is read as it comes.
class other_host {
public:
    explicit other_host(const reload_world& of)
    {
        const auto& how = of.settings;
        const std::string line = "cd '" + of.folder.path().string() + "' && echo $$ && exec '" +
                                 how.executable + "' run --api " + how.api +
                                 " --ca-file ca.pem --plugins plugins --state state 2>&1";
        std::ofstream(of.folder.path() / "ca.pem") << how.authority_pem;
        ::setenv("DISCORD_TOKEN", how.token.reveal().c_str(), 1);
        out_ = ::popen(line.c_str(), "r");
        REQUIRE(out_ != nullptr);
        pid_ = static_cast<::pid_t>(std::stol(next()));
    }
    other_host(const other_host&) = delete;
    other_host& operator=(const other_host&) = delete;
    ~other_host()
    {
        ::kill(pid_, SIGKILL);
        ::pclose(out_);
        ::unsetenv("DISCORD_TOKEN");
    }

    /// Whether it says so before it ends.
    bool says(const std::string& part)
    {
        for (std::string line = next(); !line.empty(); line = next()) {
            account += line;
            if (line.find(part) != std::string::npos)
                return true;
        }
        return false;
    }
    void kill() const { REQUIRE(::kill(pid_, SIGKILL) == 0); }

    std::string account;

private:
    std::string next()
    {
        std::array<char, 4096> line{};
        return std::fgets(line.data(), line.size(), out_) == nullptr ? "" : line.data();
    }

    std::FILE* out_ = nullptr;
    ::pid_t pid_ = 0;
};

// A process, to see that it ends.
class witness {
public:
    explicit witness(::pid_t of) : handle_(static_cast<int>(::syscall(SYS_pidfd_open, of, 0)))
    {
        REQUIRE(handle_ >= 0);
    }
    witness(const witness&) = delete;
    witness(witness&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
    ~witness()
    {
        if (handle_ >= 0)
            ::close(handle_);
    }
    [[nodiscard]] bool sees_end() const
    {
        ::pollfd wanted{.fd = handle_, .events = POLLIN, .revents = 0};
        return ::poll(&wanted, 1, 10'000) == 1;
    }

private:
    int handle_;
};

}  // namespace

TEST_CASE("killed host: collections and workers end with it, and each shard RESUMEs",
          "[plugins/89]")
{
    reload_world it(50);
    it.install("counter_1");
    it.install("bystander", "bystander.so");
    std::ofstream(it.folder.path() / "tinfoil.toml")
        << "[plugin_placement]\nbystander = \"process\"\n";
    std::vector<witness> processes;
    {
        other_host first(it);
        const bool sees = first.says("bystander saw ");
        INFO(first.account);
        REQUIRE(sees);
        const auto told = net::control_client(it.settings.state).call("GET", "/v1/collections");
        REQUIRE(told);
        const auto all = boost::json::parse(told->json);
        for (const auto& each : all.at("collections").as_array()) {
            const auto pid = each.at("pid").to_number<::pid_t>();
            processes.emplace_back(pid);
            std::ifstream children("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) +
                                   "/children");
            for (::pid_t worker = 0; children >> worker;)
                processes.emplace_back(worker);
        }
        // A collection, and the worker of the plugin that has a process of its own.
        CHECK(processes.size() == 2);
        first.kill();
    }
    for (const witness& each : processes)
        CHECK(each.sees_end());
    it.settings.care.isolated = {"bystander"};
    it.start();
    CHECK(it.sandbox().so_far().identifies == 1);
    CHECK(it.sandbox().so_far().resumes == 1);
    CHECK(it.line().state == "running");
}
