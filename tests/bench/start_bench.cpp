// How long a bot with many shards takes to be up: from nothing, and after its processes were
// killed. The programs are the real ones, each in a process of its own.
#include "harness.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"
#include "program.hpp"
#include "sandbox/client.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace tinfoil;
using namespace std::chrono_literals;
using bench::give_up;
using bench::program;
namespace fs = std::filesystem;
namespace json = boost::json;

double seconds(duration length)
{
    return std::chrono::duration<double>(length).count();
}

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
        fs::create_directory(place("plugins"));
        discord_ = std::make_unique<program>(std::vector<std::string>{
            "sandbox", "--smooth", "--info", place("info"), "--guilds", std::to_string(of.guilds),
            "--shards", std::to_string(of.shards), "--max-concurrency",
            std::to_string(of.max_concurrency), "--session-starts", "10000"});
        for (const instant late = net::now() + 30s; !fs::exists(place("info"));)
            pause(late, "the sandbox does not begin");
        std::ifstream in(place("info"));
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const json::value info = json::parse(text);
        api_ = info.at("api").as_string().c_str();
        authority_ = info.at("ca_file").as_string().c_str();
        const auto found = sandbox::client::of(place("info"));
        if (!found)
            give_up(found.error().detail);
        orders_ = *found;
    }

    void begin()
    {
        host_ = std::make_unique<program>(std::vector<std::string>{
            "run", "--api", api_, "--ca-file", authority_, "--plugins", place("plugins"), "--state",
            place("state"), "--shards", std::to_string(how_.shards)});
    }
    void kill() { host_->kill(); }

    /// Until the host says that all shards are up.
    double until_up(duration patience)
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
                return seconds(net::now() - begun);
            pause(begun + patience, "only " + std::to_string(up) + " shards are up");
        }
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
    [[nodiscard]] std::string place(const char* name) const
    {
        return (folder_.path() / name).string();
    }
    void pause(instant late, const std::string& why)
    {
        if (net::now() > late)
            give_up(why);
        boost::asio::steady_timer(loop_, 20ms).wait();
    }

    shape how_;
    boost::asio::io_context loop_;
    support::temporary_folder folder_;
    std::string api_, authority_;
    std::optional<sandbox::client> orders_;
    std::unique_ptr<program> discord_, host_;
};

json::object measure(const shape& of)
{
    stage on(of);
    on.begin();
    const double cold = on.until_up(120s);
    on.kill();
    on.begin();
    const double killed = on.until_up(60s);
    const std::int64_t more = on.count("identifies") - of.shards;
    const std::string breaches = on.breaches();
    const bool met = cold <= of.cold_target && killed < killed_target && more == 0 &&
                     breaches == "[]" && on.count("resumes") == of.shards;
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
