// The sandbox: what an event costs it, alone and with TLS around it, and what a large world weighs.
#include "discordsim/simulator.hpp"
#include "harness.hpp"
#include "net/clock.hpp"
#include "net/gateway_connection.hpp"
#include "net/tls.hpp"
#include "sandbox/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace tinfoil;
using namespace std::chrono_literals;

constexpr double target_events = 50'000;
constexpr double target_mib = 500;
constexpr const char* identify = R"({"op":2,"d":{"token":"sandbox","intents":36863}})";

discordsim::settings crowd(int guilds, double rate)
{
    discordsim::settings how;
    how.guilds = guilds;
    how.people_per_guild = 20;
    how.life = {true, 1.1, 0, false};
    how.flags |= 1U << 13;
    how.max_concurrency = 16;
    how.wall_ms = net::wall_clock_ms();
    set_rate(how, rate);
    return how;
}

/// The machine alone, in virtual time, with sessions that together take everything once.
struct machine {
    explicit machine(int shards) : discord(of_shards(shards), now), connections(shards)
    {
        for (int i = 0; i < shards; ++i) {
            const auto id = static_cast<discordsim::connection_id>(i + 1);
            feed(discordsim::opened{id});
            feed(discordsim::payload{id,
                                     R"({"op":2,"d":{"token":"sandbox","intents":36863,"shard":[)" +
                                         std::to_string(i) + "," + std::to_string(shards) + "]}}"});
        }
    }
    static discordsim::settings of_shards(int shards)
    {
        auto how = crowd(2000, target_events);
        how.session_starts = how.max_concurrency = shards;
        return how;
    }
    void feed(const discordsim::input& what)
    {
        todo.clear();
        discord.on(what, now, todo);
    }
    // A tenth of a second; its bytes.
    std::uint64_t live()
    {
        std::uint64_t bytes = 0;
        for (const instant end = now + 100ms; now < end;) {
            now = std::max(now, discord.deadline());
            feed(discordsim::elapsed{});
            for (const auto& each : todo)
                if (const auto* sent = std::get_if<discordsim::send>(&each))
                    bytes += sent->text.size();
            if (now - beaten > 30s) {
                beaten = now;
                for (int i = 0; i < connections; ++i)
                    feed(discordsim::payload{static_cast<discordsim::connection_id>(i + 1),
                                             R"({"op":1,"d":null})"});
            }
        }
        return bytes;
    }

    instant now{}, beaten{};
    discordsim::simulator discord;
    int connections;
    std::vector<discordsim::action> todo;
};

std::uint64_t live()
{
    static machine one(1);
    return one.live();
}

std::uint64_t live_in_shards()
{
    static machine many(2000);
    return many.live();
}

// The same bytes twice: into what a session keeps, and into what is sent.
std::uint64_t copy()
{
    static const std::string from(500, 'x');
    static std::vector<std::string> kept(50'000), sent(100);
    static std::size_t next = 0;
    for (int i = 0; i < 5000; ++i) {
        kept[next] = std::string(from);
        sent[next % sent.size()] = std::string(kept[next]);
        next = (next + 1) % kept.size();
    }
    return sent[0].size();
}

/// A sandbox in a process of its own, so that its time and memory are its own.
class sandbox_process {
public:
    explicit sandbox_process(const sandbox::options& how)
    {
        int ends[2];
        if (::pipe(ends) != 0)
            std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(ends[0]);
            serve(how, ends[1]);
        }
        ::close(ends[1]);
        std::string got;
        char bytes[4096];
        for (::ssize_t count; (count = ::read(ends[0], bytes, sizeof bytes)) > 0;)
            got.append(bytes, static_cast<std::size_t>(count));
        ::close(ends[0]);
        gateway = got.substr(0, got.find('\n'));
        authority = got.substr(std::min(got.size(), gateway.size() + 1));
    }
    sandbox_process(const sandbox_process&) = delete;
    sandbox_process& operator=(const sandbox_process&) = delete;
    ~sandbox_process()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    [[nodiscard]] double cpu_seconds() const
    {
        ::clockid_t clock{};
        ::timespec time{};
        if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
            std::abort();
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }
    [[nodiscard]] double resident_mib() const
    {
        std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");
        double all = 0, resident = 0;
        in >> all >> resident;
        return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
    }

    std::string gateway, authority;

private:
    [[noreturn]] static void serve(const sandbox::options& how, int tell)
    {
        const auto server = sandbox::server::start(how, [](const sandbox::happening&) {});
        if (!server) {
            std::fprintf(stderr, "bench: %s\n", server.error().detail.c_str());
            std::_Exit(1);
        }
        const std::string where =
            (*server)->where().gateway + "\n" + (*server)->where().authority_pem;
        if (::write(tell, where.data(), where.size()) < 0)
            std::_Exit(1);
        ::close(tell);
        for (;;)
            ::pause();
    }

    ::pid_t pid_ = -1;
};

/// Reads and counts.
struct reader {
    explicit reader(const sandbox_process& from)
        : tls(*net::tls_context::client(from.authority)),
          connection(loop, *tls, from.gateway, gateway::compression::none,
                     {[] {}, [this](std::string_view text) { take(text); },
                      [](int code, const std::string& why) {
                          std::fprintf(stderr, "bench: the sandbox closed (%d): %s\n", code,
                                       why.c_str());
                          std::exit(1);
                      }})
    {
    }
    void take(std::string_view text)
    {
        if (payloads++ == 0)
            connection.send(identify);
        bytes += text.size();
    }
    void read_for(duration time) { loop.run_for(time); }

    boost::asio::io_context loop;
    std::unique_ptr<net::tls_context> tls;
    net::gateway_connection connection;
    std::uint64_t payloads = 0, bytes = 0;
};

void measure_events()
{
    sandbox::options how;
    how.rules = crowd(2000, target_events);
    how.smooth = true;
    const sandbox_process server(how);
    reader client(server);
    client.read_for(3s);
    std::vector<double> micros, per_second;
    std::uint64_t events = 0, bytes = 0;
    for (int round = 0; round < 7; ++round) {
        const double cpu = server.cpu_seconds();
        const auto before = client.payloads, bytes_before = client.bytes;
        const instant begun = net::now();
        client.read_for(1s);
        const double wall = std::chrono::duration<double>(net::now() - begun).count();
        const auto count = client.payloads - before;
        if (round == 3)
            client.connection.send(R"({"op":1,"d":null})");
        events += count;
        bytes += client.bytes - bytes_before;
        micros.push_back((server.cpu_seconds() - cpu) * 1e6 / static_cast<double>(count));
        per_second.push_back(static_cast<double>(count) / wall);
    }
    const double cost = bench::median(micros), reached = 1e6 / cost;
    bench::tell({.name = "sandbox-tls",
                 .value = reached,
                 .unit = "events/s/core",
                 .target = target_events,
                 .bound = bench::figure::wanted::at_least,
                 .note = std::to_string(bytes / events) + " bytes each; read " +
                         std::to_string(static_cast<int>(bench::median(per_second))) + "/s"});
}

void measure_memory()
{
    sandbox::options how;
    how.rules = crowd(10'000, 2000);
    how.rules.people_per_guild = discordsim::settings{}.people_per_guild;
    const sandbox_process server(how);
    std::vector<double> resident;
    boost::asio::io_context loop;
    for (int round = 0; round < 5; ++round) {
        boost::asio::steady_timer(loop, 1s).wait();
        resident.push_back(server.resident_mib());
    }
    const double most = *std::max_element(resident.begin(), resident.end());
    bench::tell({.name = "sandbox-memory",
                 .value = most,
                 .unit = "MiB",
                 .target = target_mib,
                 .note = "with 10,000 guilds"});
}

const bool alone = bench::add(bench::benchmark{"sandbox-machine", "event", 5000, live, copy});
const bool sharded =
    bench::add(bench::benchmark{"sandbox-2000-shards", "event", 5000, live_in_shards, copy});
const bool events = bench::add(bench::trial{"sandbox-tls", measure_events});
const bool memory = bench::add(bench::trial{"sandbox-memory", measure_memory});

}  // namespace
