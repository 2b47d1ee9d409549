// A plugin gives every command for the gateway, against the sandbox on loopback, which keeps count
// as Discord does, loses connections and ends sessions.
#include "host/staged_run.hpp"

#include <csignal>
#include <set>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

struct people final : staged_people {
    void plugin_logged(const std::string&, int, const std::string& text) override
    {
        if (text == "cut me")
            order("/sandbox/cut", {});
        else if (text == "end my session")
            order("/sandbox/fault", {{"fault", "invalid-session"}});
        else if (text == "finished" && --to_finish == 0)
            std::raise(SIGINT);  // As Ctrl-C would.
        else
            heard += text + "\n";
    }

    int to_finish = 1;
};

struct world : staged_world {
    explicit world(const sandbox::options& options) : staged_world(options, "commander")
    {
        seen.stage = stage();
    }
    [[nodiscard]] bool heard(const std::string& line) const
    {
        UNSCOPED_INFO("no line \"" << line << "\" among:\n" << seen.heard);
        return ("\n" + seen.heard).find("\n" + line) != std::string::npos;
    }

    people seen;
};

}  // namespace

TEST_CASE("run: every command for the gateway, over lost connections and a new session [thread-14] "
          "[thread-15]",
          "[thread-14][thread-15]")
{
    sandbox::options options;
    options.rules.guilds = 1;
    options.rules.people_per_guild = 2100;
    world it(options);
    it.settings.shards = 1;
    CHECK(host::run(it.settings, it.seen));
    CHECK(it.heard("everybody: 2101 members, 0 not found"));
    CHECK(it.heard("everybody again: -106 "));
    CHECK(it.heard("by id: 1 members, 1 not found"));
    CHECK(it.heard("too many: -101 "));
    CHECK(it.heard("presences: -105 "));
    CHECK(it.heard("sounds: 0"));
    CHECK(it.heard("channels: 4"));
    CHECK(it.heard("joined: yes"));
    CHECK(it.heard("shown: yes"));
    CHECK(it.heard("over a cut: 100 members"));
    CHECK(it.heard("sounds over a cut: yes"));
    CHECK(it.heard("over a new session: 100 members"));
    CHECK(it.heard("left: yes"));
    CHECK(it.seen.heard.find("not done") == std::string::npos);
    INFO(it.seen.heard);
    // That a session was lost is said, and nothing else is wrong.
    const auto warned = it.seen.heard.find("warning");
    REQUIRE(warned != std::string::npos);
    CHECK(it.seen.heard.find("its session was lost", warned) != std::string::npos);
    CHECK(it.seen.heard.find("warning", warned + 1) == std::string::npos);
    // The new session joined by itself.
    const auto first_join = it.seen.heard.find("voice 6");
    CHECK(it.seen.heard.find("voice 6", first_join + 1) != std::string::npos);
    CHECK(it.server->so_far().identifies == 2);
    CHECK(it.server->so_far().resumes == 2);
    const auto verdict = it.seen.stage->get("/sandbox/verdict");
    REQUIRE(verdict);
    CHECK(boost::json::serialize(verdict->at("breaches")) == "[]");
}

TEST_CASE("run: a command finds the shard of its guild in another collection, and the answer its "
          "way back")
{
    sandbox::options options;
    options.rules.max_concurrency = 2;
    options.rules.guilds = 4;
    world it(options);
    it.settings.shards = 2;
    it.settings.collections = 2;
    it.seen.to_finish = 2;
    boost::json::array guilds;
    std::set<std::uint64_t> shards;
    for (const auto& each : it.server->where().guilds) {
        guilds.emplace_back(to_string(each.id));
        shards.insert((each.id.value >> 22) % 2);
    }
    REQUIRE(shards.size() == 2);
    it.settings.plugin_settings["commander"] =
        boost::json::serialize(boost::json::object{{"guilds", guilds}});
    CHECK(host::run(it.settings, it.seen));
    for (const auto& each : guilds) {
        const std::string line = "guild " + std::string(each.as_string()) + ": 6\n";
        const auto first = it.seen.heard.find(line);
        INFO(it.seen.heard);
        REQUIRE(first != std::string::npos);
        // Each collection has the plugin, and asked for all of them.
        CHECK(it.seen.heard.find(line, first + 1) != std::string::npos);
    }
    CHECK(it.server->so_far().breaches == 0);
}
