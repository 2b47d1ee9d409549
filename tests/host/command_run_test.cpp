// The commands of plugins over whole runs, against the sandbox on loopback.
#include "host/daemon.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

// Ends the run, as Ctrl-C would, when the observer has looked at Discord after what was waited for.
struct people final : host::watcher {
    void note(const std::string& text) override
    {
        if (!text.starts_with("commands:"))
            return;
        notes += text + "\n";
        if (ends_at_note)
            std::raise(SIGINT);
        else
            looks_left = 2;  // The first may be older.
    }
    void warn(const std::string& text) override { warnings += text + "\n"; }
    void plugin_examined(const link::plugin_outcome& what) override
    {
        if (what.refused)
            warnings += what.refused->detail + "\n";
    }
    void plugin_logged(const std::string&, int, const std::string& text) override
    {
        seen.clear();
        std::istringstream words(text);
        for (std::string word; words >> word;)
            if (const auto at = word.find('='); at != std::string::npos)
                seen[word.substr(0, at)] = word.substr(at + 1);
        if (looks_left > 0 && --looks_left == 0)
            std::raise(SIGINT);
    }
    void shard_moved(discord::slot, gateway::state, const std::string&) override {}
    void happened(const sandbox::happening&) override {}

    int looks_left = 0;
    bool ends_at_note = false;
    std::string notes, warnings;
    std::map<std::string, std::string> seen;  // Command to its version.
};

struct world {
    world()
    {
        sandbox::options options;
        set_rate(options.rules, 0);
        server = std::move(*sandbox::server::start(options, [](const sandbox::happening&) {}));
        const auto where = server->where();
        settings.api = where.api;
        settings.token = redacted(where.token);
        settings.authority_pem = where.authority_pem;
        settings.plugins = folder.path() / "plugins";
        settings.state = folder.path() / "state";
        settings.run_for = 60s;
        settings.executable = TINFOIL_BUILD_DIR "/tinfoil";
        settings.in_process = true;
        std::filesystem::create_directory(settings.plugins);
    }
    void put(const std::string& from, const std::string& as)
    {
        std::filesystem::copy(TINFOIL_BUILD_DIR "/" + from + ".so", settings.plugins / (as + ".so"),
                              std::filesystem::copy_options::overwrite_existing);
    }
    // What was noted in that run.
    std::string run()
    {
        told = people{};
        told.ends_at_note = ends_at_note;
        told.looks_left = looks;
        CHECK(host::run(settings, told));
        return told.notes;
    }
    std::vector<discord::command_record> rows()
    {
        return *(*state::store::open(settings.state))->commands();
    }

    support::temporary_folder folder;
    std::unique_ptr<sandbox::server> server;
    host::config settings;
    people told;
    bool ends_at_note = false;
    int looks = 0;
};

}  // namespace

TEST_CASE(
    "run: a changed plugin edits exactly one command, a restart none, and somebody else's are "
    "left alone")
{
    world it;
    it.put("test_plugins/observer", "observer");
    it.settings.plugin_settings["observer"] = R"({"make":"taken"})";
    it.looks = 1;
    CHECK(it.run() == "");
    const std::string others = it.told.seen.at("taken");
    it.settings.plugin_settings.clear();
    it.looks = 0;

    it.put("test_plugins/declarer", "declarer");
    CHECK(it.run() == "commands: created /changes, /stays\n");
    CHECK(it.told.warnings.find("/taken of declarer is not registered as declared: there is "
                                "another command of that name") != std::string::npos);
    auto before = it.told.seen;
    CHECK(before.size() == 3);
    CHECK(before.at("taken") == others);
    CHECK(it.rows().size() == 2);

    // Something to wait for: another plugin's command.
    it.put("plugins/ping", "ping");
    CHECK(it.run() == "commands: created /ping\n");
    CHECK(it.told.seen.size() == 4);
    for (const auto& [name, version] : before)
        CHECK(it.told.seen.at(name) == version);

    before = it.told.seen;
    it.put("test_plugins/declarer_changed", "declarer");
    CHECK(it.run() == "commands: edited /changes\n");
    for (const auto& [name, version] : before)
        CHECK((it.told.seen.at(name) == version) == (name != "changes"));
    CHECK(it.server->so_far().breaches == 0);
}

TEST_CASE("run: --dev registers in guilds, and a run without it takes that away and nothing else")
{
    world it;
    it.put("plugins/ping", "ping");
    it.ends_at_note = true;
    CHECK(it.run() == "commands: created /ping\n");
    it.settings.development = true;
    const auto guilds = it.server->where().guilds.size();
    REQUIRE(guilds > 1);
    CHECK(it.run().starts_with("commands: created /ping, /ping"));
    CHECK(it.rows().size() == 1 + guilds);
    it.settings.development_guilds = {it.server->where().guilds[0].id};
    CHECK(it.run().starts_with("commands: deleted /ping"));
    CHECK(it.rows().size() == 2);
    it.settings.development = false;
    CHECK(it.run() == "commands: deleted /ping\n");
    REQUIRE(it.rows().size() == 1);
    CHECK_FALSE(it.rows()[0].guild);
    CHECK(it.told.warnings == "");
    CHECK(it.server->so_far().breaches == 0);
}
