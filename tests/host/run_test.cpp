// Whole runs against the sandbox on loopback: the one that works, and those that can't.
#include "host/daemon.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <csignal>
#include <fstream>
#include <iterator>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

struct people final : host::watcher {
    void note(const std::string& text) override
    {
        if (on_text)
            on_text(text);
    }
    void warn(const std::string& text) override
    {
        warnings += text + "\n";
        if (on_text)
            on_text(text);
    }
    void plugin_examined(const link::plugin_outcome& what) override
    {
        if (what.refused)
            warnings += what.file + ": " + what.refused->detail + "\n";
    }
    void plugin_logged(const std::string& plugin, int, const std::string& text) override
    {
        warnings += plugin + ": " + text + "\n";
    }
    void shard_moved(discord::slot, gateway::state to, const std::string&) override
    {
        if (to == gateway::state::active && on_active)
            on_active();
        // As Ctrl-C would, once everything has been seen: no test waits for a length of time.
        if (ends_when_ready && to == gateway::state::active && !std::exchange(told_to_end, true))
            std::raise(SIGINT);
    }
    void happened(const sandbox::happening&) override {}
    std::string warnings;
    std::function<void(const std::string&)> on_text;
    std::function<void()> on_active;
    bool ends_when_ready = false, told_to_end = false;
};

struct world {
    explicit world(const std::string& certified_host = "localhost", sandbox::options options = {})
    {
        options.host = certified_host;
        server = std::move(*sandbox::server::start(options, [](const sandbox::happening&) {}));
        const auto where = server->where();
        settings.api = where.api;
        settings.token = redacted(where.token);
        settings.authority_pem = where.authority_pem;
        settings.plugins = TINFOIL_BUILD_DIR "/plugins";
        settings.state = folder.path() / "state";
        settings.run_for = 60s;
        seen.ends_when_ready = true;
        settings.executable = TINFOIL_BUILD_DIR "/tinfoil";
    }
    result<void> run()
    {
        seen.told_to_end = false;
        return host::run(settings, seen);
    }

    support::temporary_folder folder;
    std::unique_ptr<sandbox::server> server;
    host::config settings;
    people seen;
};

errc code_of(const result<void>& ended)
{
    REQUIRE_FALSE(ended);
    return ended.error().code;
}

}  // namespace

TEST_CASE("run: every command is answered exactly once")
{
    const support::temporary_folder folder;
    host::config settings;
    settings.sandbox = true;
    settings.plugins = TINFOIL_BUILD_DIR "/plugins";
    settings.state = folder.path();
    settings.executable = TINFOIL_BUILD_DIR "/tinfoil";
    settings.run_for = 4s;
    settings.report = folder.path() / "report.json";
    people seen;
    CHECK(host::run(settings, seen));
    std::ifstream in(settings.report);
    const auto report =
        boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {})).as_object();
    const auto& witness = report.at("sandbox").as_object();
    CHECK(witness.at("commands_given").to_number<int>() > 0);
    CHECK(witness.at("commands_answered") == witness.at("commands_given"));
    CHECK(witness.at("answered_twice") == 0);
    CHECK(report.at("commands_seen") == report.at("commands_answered"));
    CHECK(seen.warnings == "");
    // The next run finds the same Discord, and its own state.
    settings.run_for = 200ms;
    CHECK(host::run(settings, seen));
}

TEST_CASE("run: a wrong token, a bad certificate and an unreachable API are told apart")
{
    world good;
    CHECK(good.run());
    world token;
    token.settings.token = redacted("wrong");
    CHECK(code_of(token.run()) == errc::token_rejected);
    world untrusted;
    untrusted.settings.authority_pem.clear();
    CHECK(code_of(untrusted.run()) == errc::certificate_untrusted);
    world other_host("elsewhere.example");
    other_host.settings.api.replace(other_host.settings.api.find("elsewhere.example"), 17,
                                    "localhost");
    CHECK(code_of(other_host.run()) == errc::certificate_wrong_host);
    world gone;
    gone.server.reset();
    CHECK(code_of(gone.run()) == errc::unreachable);
    CHECK(token.run().error().detail.find("Developer Portal") != std::string::npos);
}

TEST_CASE("run: a plugin that can't be used is named, and the bot runs with the rest")
{
    world it;
    const auto plugins = it.folder.path() / "plugins";
    std::filesystem::create_directory(plugins);
    std::filesystem::copy(TINFOIL_BUILD_DIR "/plugins/ping.so", plugins / "ping.so");
    std::ofstream(plugins / "text.so") << "no library";
    std::filesystem::create_symlink("nowhere", plugins / "gone.so");
    it.settings.plugins = plugins;
    CHECK(it.run());
    CHECK(it.seen.warnings.find("text.so: it is no ELF file") != std::string::npos);
    CHECK(it.seen.warnings.find("gone.so: it can't be read") != std::string::npos);
    it.settings.plugins = it.folder.path() / "missing";
    CHECK(code_of(it.run()) == errc::invalid_argument);
}

TEST_CASE("run: the state of another bot is refused")
{
    world it;
    CHECK(it.run());
    it.settings.api.replace(it.settings.api.find("localhost"), 9, "LOCALHOST");
    CHECK(code_of(it.run()) == errc::state_unusable);
}

TEST_CASE("run: a stop and a start cost no IDENTIFY, and --end-sessions does")
{
    world it;
    it.settings.shards = 1;
    CHECK(it.run());
    CHECK(it.server->so_far().identifies == 1);
    CHECK(it.run());
    CHECK(it.server->so_far().identifies == 1);
    CHECK(it.server->so_far().resumes == 1);
    it.settings.in_process = true;
    it.settings.end_sessions = true;
    CHECK(it.run());
    CHECK(it.server->so_far().identifies == 1);
    CHECK(it.server->so_far().resumes == 2);
    // The bucket is free five seconds after the last one, so this run only shows that none is left.
    CHECK((*state::store::open(it.settings.state))->sessions()->empty());
    CHECK(it.seen.warnings == "");
}

TEST_CASE(
    "run: a token that Discord refuses while the bot runs costs no session once there is another",
    "[thread-4]")
{
    world it;
    it.settings.token_file = it.folder.path() / "token";
    it.seen.ends_when_ready = false;
    const auto write = [&](const std::string& token) {
        std::ofstream(it.settings.token_file) << token;
    };
    std::string story;
    it.seen.on_active = [&] {
        if (story.empty()) {
            story = "up, ";
            write("wrong");
            std::raise(SIGHUP);
        } else {
            story += "up";
            std::raise(SIGINT);
        }
    };
    it.seen.on_text = [&](const std::string& text) {
        if (text.find("does not accept the bot token any more") != std::string::npos) {
            story += "refused, ";
            write(it.settings.token.reveal());
        } else if (text.find("Discord accepts the bot token") != std::string::npos) {
            story += "accepted, ";
        }
    };
    CHECK(it.run());
    CHECK(story == "up, refused, accepted, up");
    CHECK(it.server->so_far().identifies == 1);
    CHECK(it.server->so_far().resumes == 1);
}

TEST_CASE("run: SIGHUP says that a token of the environment can't change, and ends nothing")
{
    world it;
    it.seen.ends_when_ready = false;
    it.seen.on_active = [] { std::raise(SIGHUP); };
    std::string said;
    it.seen.on_text = [&](const std::string& text) {
        if (text.find("--token-file") == std::string::npos)
            return;
        said = text;
        std::raise(SIGINT);
    };
    CHECK(it.run());
    CHECK(said.starts_with("SIGHUP: the token came from the environment, which can't change"));
}

// Discord Docs/Gateway, "Privileged Intents"
TEST_CASE("run: a plugin whose intent is not switched on is set aside before the first IDENTIFY",
          "[thread-4]")
{
    sandbox::options options;
    options.rules.flags = 0;
    world it("localhost", options);
    CHECK(it.run());
    CHECK(it.seen.warnings.find("Privileged Gateway Intents") != std::string::npos);
    CHECK(it.seen.warnings.find("greeter needs GUILD_MEMBERS") != std::string::npos);
    CHECK(it.server->so_far().identifies == 1);
    CHECK(it.server->so_far().identifies_refused == 0);
}
