// An incident, and an operator who has nothing but the commands: which shard is hot, which plugin
// is slow, how many session starts are left. share/doc/operating.md shows the same incident.
#include "cli/typed.hpp"
#include "sandbox/client.hpp"
#include "sandbox/server.hpp"
#include "support/golden.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <regex>
#include <sstream>

using namespace tinfoil;

namespace {

namespace json = boost::json;

struct incident {
    incident()
    {
        sandbox::options how;
        how.rules.guilds = 12;
        set_rate(how.rules, 0);
        discord = std::move(*sandbox::server::start(how, [](const sandbox::happening&) {}));
        const auto where = discord->where();
        shell.write("ca.pem", where.authority_pem);
        shell.write("info.json", json::serialize(json::object{{"api", where.api},
                                                              {"gateway", where.gateway},
                                                              {"token", where.token},
                                                              {"ca_file", shell.path("ca.pem")}}));
        REQUIRE(shell("mkdir plugins; cp " TINFOIL_BUILD_DIR "/plugins/ping.so " TINFOIL_BUILD_DIR
                      "/test_plugins/misbehaver.so plugins")
                    .code == 0);
        // So few guilds are too many for a shard, and nobody has let the scaler split one yet.
        shell.write("tinfoil.toml", "[scaler]\ntime_constant = \"5s\"\ninterval = \"1s\"\n"
                                    "split_guilds = 5\nmerge_guilds = 4\n");
        shell.in_background("env DISCORD_TOKEN=" + where.token +
                                " $T run --shards 2 --plugins plugins --state state --ca-file "
                                "ca.pem --api " +
                                where.api,
                            "host.out");
        await_ready();
    }

    void await_ready()
    {
        shell.await("$T status --state state --json | grep -q \"by_state.:{.ready.:2}\"");
    }

    // Many write in one guild, a few in the others, one session is lost, and a plugin that holds up
    // its loop for 300 ms is called twice.
    void happen()
    {
        const auto stage = *sandbox::client::of(shell.path("info.json"));
        REQUIRE(
            stage.post("/sandbox/fault",
                       {{"fault", "invalid-session"}, {"resumable", "false"}, {"shard", "1/2"}}));
        shell.await("$T status --state state --json | grep -q \"identifies.:3,\"");
        await_ready();
        const auto say = [&](discord::snowflake guild, const std::string& text) {
            REQUIRE(stage.post("/sandbox/say", {{"guild", to_string(guild)}, {"text", text}}));
        };
        for (const auto& guild : discord->where().guilds)
            if (guild.id == hot_guild() || !hot().serves(guild.id))
                for (int count = 0; count < (guild.id == hot_guild() ? 80 : 1); ++count)
                    say(guild.id, "hello");
        say(hot_guild(), "!crash slow");
        say(hot_guild(), "!crash slow");
        shell.await("$T status --state state --json | grep -q \"slow.:[2-9]\"");
        shell.await("$T status --state state --json | grep -q \"last.:{\"");
        // Its loop is on time again, or that would be a warning of its own.
        shell.await("$T status --state state --json | grep -q \"lag_us.:[0-9]\\{1,5\\},\"");
    }

    [[nodiscard]] discord::snowflake hot_guild() const
    {
        const auto guilds = discord->where().guilds;
        return std::find_if(guilds.begin(), guilds.end(),
                            [&](const auto& each) { return hot().serves(each.id); })
            ->id;
    }
    [[nodiscard]] static discord::slot hot() { return {1, 2}; }

    [[nodiscard]] json::value ask(const std::string& command) const
    {
        const auto came = shell("$T " + command + " --state state --json");
        REQUIRE(came.code == 0);
        return json::parse(came.out);
    }

    typed shell;
    std::unique_ptr<sandbox::server> discord;
};

template <class Value>
const json::object& largest(const json::array& all, const Value& value)
{
    return std::max_element(all.begin(), all.end(),
                            [&](const auto& one, const auto& other) {
                                return one.at(value).template to_number<double>() <
                                       other.at(value).template to_number<double>();
                            })
        ->as_object();
}

// A screen without what differs from one run to the next.
std::string shape(const std::string& screen)
{
    std::istringstream in(screen);
    std::string made, line;
    while (std::getline(in, line)) {
        if (line.starts_with("host ") || line.starts_with("state ") || line.starts_with("api ") ||
            line.starts_with("up "))
            continue;
        // A machine that is busy enough makes any plugin slow.
        if (line.starts_with("warning ") && line.find("misbehaver") == std::string::npos)
            continue;
        line = std::regex_replace(line, std::regex("[0-9]+"), "#");
        made += std::regex_replace(line, std::regex(" +"), " ") + "\n";
    }
    return made;
}

// A line without numbers, and without what a machine that is busy takes longer for.
std::string steady(std::string line)
{
    for (const auto& [what, by] : {std::pair("[0-9]+(\\.[0-9]+)?", "#"),
                                   {"# (d|h|m) # (h|m|s)", "# s"},
                                   {"# (us|ms|s|m|h|d)\\b", "# s"}})
        line = std::regex_replace(line, std::regex(what), by);
    return line;
}

// Whether there is something to measure yet differs as well: all of that is one mark.
std::string table_shape(const std::string& screen)
{
    std::istringstream in(screen);
    std::string made, line;
    while (std::getline(in, line)) {
        // A machine that is busy enough has more warnings, and the first of them is another.
        if (line.find("holds up its loop") != std::string::npos ||
            line.find(" warnings: ") != std::string::npos)
            line = "a warning";
        line = steady(line);
        // Cells stand two blanks apart, or one is at the right of its column.
        line = std::regex_replace(line, std::regex("  +"), "  ");
        for (const char* each : {"  (#|-)( s| %)?(, # s ago)?( ago)?(?=  |$)", "(  ~)+"})
            line = std::regex_replace(line, std::regex(each), "  ~");
        made += line + "\n";
    }
    return made;
}

// The sentences of a decision, each once, and which columns its table has.
std::string decision_shape(const std::string& screen)
{
    std::istringstream in(screen);
    std::string made, line;
    while (std::getline(in, line)) {
        line = std::regex_replace(steady(line), std::regex("  +"), "  ") + "\n";
        if (!line.starts_with('#') && !made.ends_with(line))
            made += line;
    }
    return made;
}

// What the document shows below a command.
std::string shown(const std::string& command)
{
    const std::string document = typed::read(TINFOIL_SHARE "/doc/operating.md");
    const std::string begin = "    $ " + command + "\n";
    const auto at = document.find(begin);
    REQUIRE(at != std::string::npos);
    std::istringstream in(document.substr(at + begin.size()));
    std::string line, made, gap;
    while (std::getline(in, line) && (line.empty() || line.starts_with("    "))) {
        if (line.starts_with("    $ "))
            break;
        if (line.empty())
            gap += "\n";
        else
            made += std::exchange(gap, "") + line.substr(4) + "\n";
    }
    return made;
}

}  // namespace

TEST_CASE("incident: status and shards list name the hot shard, the slow plugin and what is left")
{
    incident it;
    it.happen();
    const json::value status = it.ask("status"), shards = it.ask("shards list");

    const auto& hot = largest(shards.at("shards").as_array(), "events_per_1000_s");
    CHECK(std::string(hot.at("slot").as_string()) == to_string(incident::hot()));
    const auto& slow = largest(status.at("plugin_health").as_array(), "slow");
    CHECK(std::string(slow.at("name").as_string()) == "misbehaver");
    CHECK(slow.at("max_us").to_number<int>() >= 300'000);
    const auto& starts = status.at("session_starts");
    const auto spent = static_cast<std::int64_t>(it.discord->so_far().identifies);
    CHECK(spent == 3);
    CHECK(starts.at("remaining").to_number<std::int64_t>() ==
          starts.at("total").to_number<std::int64_t>() - spent);
    CHECK(std::string(status.at("health").as_string()) == "degraded");
    const json::array& warnings = status.at("warnings").as_array();
    CHECK(std::any_of(warnings.begin(), warnings.end(), [](const json::value& each) {
        return std::string(each.as_string()).find("plugin misbehaver holds up its loop") == 0;
    }));

    // The last decision, with its reason and what to do.
    const auto& refusals = status.at("scaler").at("last").at("refusals").as_array();
    REQUIRE_FALSE(refusals.empty());
    CHECK(std::string(refusals.at(0).at("reason").as_string()) == "plan_fixed");
    CHECK(std::string(refusals.at(0).at("text").as_string()).find("--dry-run=shadow") !=
          std::string::npos);

    const auto screen = it.shell("$T status --state state", "COLUMNS=110");
    const auto list = it.shell("$T shards list --state state", "COLUMNS=150");
    const auto top = it.shell("$T top --state state", "COLUMNS=110");
    const auto explained = it.shell("$T shards explain --state state");
    // For operating.md, whenever the screens change.
    if (std::getenv("TINFOIL_REWRITE") != nullptr)
        std::ofstream("operating.txt") << screen.out << "\n"
                                       << list.out << "\n"
                                       << top.out << "\n"
                                       << explained.out;
    CHECK(shape(screen.out) == shape(shown("tinfoil status")));
    CHECK(table_shape(list.out) == table_shape(shown("tinfoil shards list")));
    CHECK(table_shape(top.out) == table_shape(shown("tinfoil top")));
    CHECK(decision_shape(explained.out) == decision_shape(shown("tinfoil shards explain")));
    CHECK(list.out.find("1/2") != std::string::npos);
    CHECK(top.err.find("one look") != std::string::npos);
    CHECK(top.out.find("misbehaver") != std::string::npos);
}
