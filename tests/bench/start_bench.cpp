// How long a bot with many shards takes to be up: from nothing, and after its processes were
// killed. The programs are the real ones, each in a process of its own.
#include "harness.hpp"
#include "net/clock.hpp"
#include "sandbox/client.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace tinfoil;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace json = boost::json;

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

double seconds(duration length)
{
    return std::chrono::duration<double>(length).count();
}

class temp_folder {
public:
    temp_folder()
    {
        char name[] = "/tmp/tinfoil-bench-XXXXXX";
        if (::mkdtemp(name) == nullptr)
            give_up("there is no room for a folder in /tmp");
        path_ = name;
    }
    temp_folder(const temp_folder&) = delete;
    temp_folder& operator=(const temp_folder&) = delete;
    ~temp_folder() { fs::remove_all(path_); }
    [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }

private:
    fs::path path_;
};

/// `tinfoil ...`, whose output is of no interest.
class program {
public:
    explicit program(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), TINFOIL_BENCH_EXECUTABLE);
        std::vector<char*> raw;
        for (std::string& each : arguments)
            raw.push_back(each.data());
        raw.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ != 0)
            return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDOUT_FILENO);
        ::setenv("DISCORD_TOKEN", "sandbox", 1);
        ::execv(raw[0], raw.data());
        std::_Exit(127);
    }
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    ~program() { kill(); }
    void kill()
    {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

private:
    ::pid_t pid_ = -1;
};

struct shape {
    const char* name;
    int shards, guilds, max_concurrency;
    double cold_target;  ///< Seconds.
};
constexpr double killed_target = 10;
constexpr std::array shapes{// Seven rounds of 160 buckets are six waits of five seconds.
                            shape{"start-1000", 1000, 1000, 160, 1.05 * 30},
                            shape{"start-64", 64, 6400, 16, 15.5}};

class stage {
public:
    explicit stage(const shape& of) : how_(of)
    {
        fs::create_directory(folder_ / "plugins");
        discord_ = std::make_unique<program>(std::vector<std::string>{
            "sandbox", "--smooth", "--info", folder_ / "info", "--guilds",
            std::to_string(of.guilds), "--shards", std::to_string(of.shards), "--max-concurrency",
            std::to_string(of.max_concurrency), "--session-starts", "10000"});
        for (const instant late = net::now() + 30s; !fs::exists(folder_ / "info");)
            pause(late, "the sandbox does not begin");
        std::ifstream in(folder_ / "info");
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const json::value info = json::parse(text);
        api_ = info.at("api").as_string().c_str();
        authority_ = info.at("ca_file").as_string().c_str();
        const auto found = sandbox::client::of(folder_ / "info");
        if (!found)
            give_up(found.error().detail);
        orders_ = *found;
    }

    void begin()
    {
        host_ = std::make_unique<program>(std::vector<std::string>{
            "run", "--api", api_, "--ca-file", authority_, "--plugins", folder_ / "plugins",
            "--state", folder_ / "state", "--shards", std::to_string(how_.shards)});
    }
    void kill() { host_->kill(); }

    /// Until Discord has so many sessions that were begun, and resumed.
    double until(std::int64_t identifies, std::int64_t resumes, duration patience)
    {
        const instant begun = net::now();
        while (count("identifies") < identifies || count("resumes") < resumes)
            pause(begun + patience, std::to_string(count("identifies")) + " identified and " +
                                        std::to_string(count("resumes")) + " resumed, no more");
        return seconds(net::now() - begun);
    }
    std::int64_t count(const char* which)
    {
        const auto all = orders_->get("/sandbox/counts");
        if (!all)
            give_up(all.error().detail);
        return all->at(which).to_number<std::int64_t>();
    }
    std::string breaches()
    {
        const auto verdict = orders_->get("/sandbox/verdict");
        if (!verdict)
            give_up(verdict.error().detail);
        return json::serialize(verdict->at("breaches"));
    }

private:
    static void pause(instant late, const std::string& why)
    {
        if (net::now() > late)
            give_up(why);
        std::this_thread::sleep_for(20ms);
    }

    shape how_;
    temp_folder folder_;
    std::string api_, authority_;
    std::optional<sandbox::client> orders_;
    std::unique_ptr<program> discord_, host_;
};

json::object measure(const shape& of)
{
    stage on(of);
    on.begin();
    const double cold = on.until(of.shards, 0, 120s);
    // READY of the last has to be in its record before the kill.
    std::this_thread::sleep_for(1500ms);
    on.kill();
    on.begin();
    const double killed = on.until(of.shards, of.shards, 60s);
    const std::int64_t more = on.count("identifies") - of.shards;
    const std::string breaches = on.breaches();
    const bool met =
        cold <= of.cold_target && killed < killed_target && more == 0 && breaches == "[]";
    std::printf("%-24s %8.2f s until %d shards are up, target %.1f; %.2f s after kill -9, target "
                "%.0f, with %lld IDENTIFYs; breaches %s: %s\n",
                of.name, cold, of.shards, of.cold_target, killed, killed_target,
                static_cast<long long>(more), breaches.c_str(), met ? "holds" : "MISSED");
    return {{"name", of.name},
            {"value", cold},
            {"unit", "s"},
            {"target", of.cold_target},
            {"after_kill_s", killed},
            {"after_kill_target", killed_target},
            {"identifies_after_kill", more},
            {"met", met}};
}

bool add_all()
{
    for (const shape& each : shapes)
        bench::add(bench::trial{each.name, [&each] { return measure(each); }});
    return true;
}

const bool added = add_all();

}  // namespace
