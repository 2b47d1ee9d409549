#include "stage.hpp"

#include "host/status_json.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <time.h>
#include <unistd.h>

namespace bench {

using namespace tinfoil;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

stage::stage(const shape& of) : how_(of)
{
    fs::create_directory(place("plugins"));
    if (!of.reader.empty())
        fs::copy_file(fs::path(TINFOIL_BENCH_PLUGINS) / of.reader,
                      fs::path(place("plugins")) / of.reader);
    discord_ = std::make_unique<program>(std::vector<std::string>{
        "sandbox", "--smooth", "--info", place("info"), "--guilds", std::to_string(of.guilds),
        "--shards", std::to_string(of.shards), "--max-concurrency",
        std::to_string(of.max_concurrency), "--session-starts", "10000", "--guilds-per-shard",
        "50000", "--rate", std::to_string(of.rate) + "/s"});
    for (const instant late = net::now() + 60s; !fs::exists(place("info"));) {
        if (net::now() > late)
            give_up("the sandbox does not begin");
        wait(20ms);
    }
    std::ifstream in(place("info"));
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const boost::json::value info = boost::json::parse(text);
    api_ = info.at("api").as_string().c_str();
    authority_ = info.at("ca_file").as_string().c_str();
    const auto found = sandbox::client::of(place("info"));
    if (!found)
        give_up(found.error().detail);
    orders_ = *found;
}

void stage::begin()
{
    std::vector<std::string> environment;
    if (!how_.compression.empty())
        environment.push_back("TINFOIL_COMPRESSION=" + how_.compression);
    const std::vector<std::string> arguments{"run",
                                             "--api",
                                             api_,
                                             "--ca-file",
                                             authority_,
                                             "--plugins",
                                             place("plugins"),
                                             "--state",
                                             place("state"),
                                             "--shards",
                                             std::to_string(how_.shards),
                                             "--collections",
                                             std::to_string(how_.collections)};
    host_ = std::make_unique<program>(arguments, environment);
}

double stage::until_up(duration patience)
{
    const instant begun = net::now();
    const net::control_client host(place("state"));
    for (;;) {
        const auto told = host.call("GET", "/v1/status");
        const auto status =
            told ? host::parse_status(told->json) : result<host::status>(told.error());
        std::size_t up = 0;
        if (status)
            if (const auto active = status->shard_counts.find(gateway::state::active);
                active != status->shard_counts.end())
                up = active->second;
        if (up == static_cast<std::size_t>(how_.shards))
            return std::chrono::duration<double>(net::now() - begun).count();
        if (net::now() > begun + patience)
            give_up("only " + std::to_string(up) + " shards are up");
        wait(20ms);
    }
}

void stage::wait(duration length)
{
    boost::asio::steady_timer(loop_, length).wait();
}

host::status stage::status() const
{
    const auto told = net::control_client(place("state")).call("GET", "/v1/status");
    if (!told)
        give_up(told.error().detail);
    auto status = host::parse_status(told->json);
    if (!status)
        give_up(status.error().detail);
    return std::move(*status);
}

usage stage::used() const
{
    std::vector<std::int64_t> pids{host_->pid()};
    for (const auto& each : status().collections)
        pids.push_back(each.pid);
    usage all;
    for (const std::int64_t pid : pids) {
        ::clockid_t clock{};
        ::timespec time{};
        if (::clock_getcpuclockid(static_cast<::pid_t>(pid), &clock) != 0 ||
            ::clock_gettime(clock, &time) != 0)
            give_up("process " + std::to_string(pid) + " has ended");
        all.cpu_s += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
        std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
        double pages = 0, resident = 0;
        in >> pages >> resident;
        all.resident_mib += resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
    }
    return all;
}

std::int64_t stage::count(const char* which) const
{
    const auto all = orders_->get("/sandbox/counts");
    if (!all)
        give_up(all.error().detail);
    return all->at(which).to_number<std::int64_t>();
}

std::string stage::breaches() const
{
    const auto verdict = orders_->get("/sandbox/verdict");
    if (!verdict)
        give_up(verdict.error().detail);
    return boost::json::serialize(verdict->at("breaches"));
}

std::string stage::place(const char* name) const
{
    return (folder_.path() / name).string();
}

}  // namespace bench
