// What plugins share, between two collections of a real run: messages, replies, and values that are
// on the disk. The plugin measures, so all that lies between is in it.
#include "harness.hpp"
#include "host/daemon.hpp"
#include "sandbox/server.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

namespace {

using namespace tinfoil;
namespace json = boost::json;

constexpr double messages_target = 50'000, p99_target_ms = 2, changes_target = 20'000;

struct people final : host::watcher {
    void note(const std::string&) override {}
    void warn(const std::string& text) override
    {
        std::fprintf(stderr, "bench: %s\n", text.c_str());
    }
    void plugin_examined(const link::plugin_outcome& what) override
    {
        if (what.refused)
            warn(what.refused->detail);
    }
    void shard_moved(discord::slot, gateway::state, const std::string&) override {}
    void happened(const sandbox::happening&) override {}
    void plugin_logged(const std::string&, int, const std::string& text) override
    {
        if (text == "finished") {
            std::raise(SIGINT);
        } else if (text.starts_with('{')) {
            const json::object told = json::parse(text).as_object();
            measured[std::string(told.at("what").as_string())] = told;
        } else {
            warn(text);
        }
    }
    std::map<std::string, json::object> measured;
};

void measure()
{
    const support::temporary_folder folder;
    sandbox::options options;
    options.rules.max_concurrency = 2;
    options.rules.guilds = 2;
    set_rate(options.rules, 0);
    auto server = sandbox::server::start(options, [](const sandbox::happening&) {});
    if (!server) {
        std::fprintf(stderr, "bench: %s\n", server.error().detail.c_str());
        std::exit(1);
    }
    const auto where = (*server)->where();
    host::config settings;
    settings.api = where.api;
    settings.token = redacted(where.token);
    settings.authority_pem = where.authority_pem;
    settings.plugins = folder.path() / "plugins";
    settings.state = folder.path() / "state";
    settings.run_for = std::chrono::seconds(120);
    settings.executable = TINFOIL_BENCH_EXECUTABLE;
    settings.shards = settings.collections = 2;
    std::filesystem::create_directory(settings.plugins);
    std::filesystem::copy(std::filesystem::path(TINFOIL_BENCH_PLUGINS) / "talker.so",
                          settings.plugins / "talker.so");
    people seen;
    if (const auto ended = host::run(settings, seen); !ended || seen.measured.size() != 3) {
        std::fprintf(stderr, "bench: the run did not measure all: %s\n",
                     ended ? "it took too long" : ended.error().detail.c_str());
        std::exit(1);
    }
    const auto number = [&](const char* what, const char* of) {
        return seen.measured.at(what).at(of).to_number<double>();
    };
    using wanted = bench::figure::wanted;
    bench::tell({.name = "scaler-messages",
                 .value = number("messages", "per_second"),
                 .unit = "messages/s",
                 .target = messages_target,
                 .bound = wanted::at_least});
    bench::tell({.name = "scaler-requests",
                 .value = number("requests", "p99_ms"),
                 .unit = "ms p99",
                 .target = p99_target_ms,
                 .note = "at 1,000 requests a second"});
    bench::tell({.name = "scaler-state",
                 .value = number("changes", "per_second"),
                 .unit = "changes/s",
                 .target = changes_target,
                 .bound = wanted::at_least,
                 .note = std::to_string(number("changes", "failed")) + " failed"});
}

const bool added = bench::add(bench::trial{"scaler", measure});

}  // namespace
