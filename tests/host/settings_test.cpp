// Every setting: the commented example against the code, where each comes from, what a reload does.
#include "host/effective_settings.hpp"
#include "host/setting_variables.hpp"
#include "host/settings_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

/// The lines of the example that would set something, without their `# `.
struct example_line {
    std::string table, key, value;
};

std::vector<example_line> read_example()
{
    std::ifstream in(TINFOIL_SHARE "/tinfoil.toml.example");
    static const std::regex heading(R"(# \[([a-z_.]+)\])");
    static const std::regex setting(R"(# ([a-z_]+) = ("[^"]*"|\[.*\]|[^ ]+)( +#.*)?)");
    std::vector<example_line> all;
    std::string line, table;
    std::smatch parts;
    while (std::getline(in, line)) {
        if (std::regex_match(line, parts, heading)) {
            table = parts[1];
        } else if (std::regex_match(line, parts, setting)) {
            all.push_back({table, parts[1], parts[2]});
        } else {
            // What is none of these is prose, or a line that nobody would find.
            CHECK((line.empty() || line.starts_with("# ")));
        }
    }
    return all;
}

std::string without_quotes(const std::string& value)
{
    return value.starts_with('"') ? value.substr(1, value.size() - 2) : value;
}

environment with(std::map<std::string, std::string> variables)
{
    return
        [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
}

struct place {
    result<config> make(const std::string& toml)
    {
        std::ofstream(file) << toml;
        flags given;
        given.config_file = file;
        return make_config(given, env);
    }

    support::temporary_folder folder;
    std::string file = (folder.path() / "tinfoil.toml").string();
    environment env = with({{"HOME", "/nowhere"}, {"DISCORD_TOKEN", "abc"}});
};

const effective_setting& of(const std::vector<effective_setting>& all, const std::string& key)
{
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.key == key; });
    REQUIRE(found != all.end());
    return *found;
}

void check_equal(const config& one, const config& other)
{
    CHECK(one.api == other.api);
    CHECK(one.shards == other.shards);
    CHECK(one.collections == other.collections);
    CHECK(one.compression == other.compression);
    CHECK(one.identify_reserve == other.identify_reserve);
    CHECK(one.resume_patience == other.resume_patience);
    CHECK(one.drop_when_full == other.drop_when_full);
    CHECK(one.watch == other.watch);
    CHECK(one.when_deleted == other.when_deleted);
    CHECK(one.guilds_max == other.guilds_max);
    CHECK(one.guild_bytes_max == other.guild_bytes_max);
    CHECK(one.handler_warn == other.handler_warn);
    CHECK(one.handler_hung == other.handler_hung);
    CHECK(one.care.policy == other.care.policy);
    CHECK(one.rest.requests_per_second == other.rest.requests_per_second);
    CHECK(one.rest.connections == other.rest.connections);
}

}  // namespace

TEST_CASE("settings: the example has every key of the code, and no other")
{
    std::set<std::string> in_example, in_code, tables;
    for (const example_line& each : read_example()) {
        if (each.table.empty())
            CHECK(in_example.insert(each.key).second);
        else
            tables.insert(each.table.substr(0, each.table.find('.')));
    }
    for (const setting& each : settings)
        in_code.insert(std::string(each.key));
    CHECK(in_example == in_code);
    std::set<std::string> known;
    for (const setting_table& each : setting_tables)
        known.insert(std::string(each.key));
    CHECK(tables == known);
}

TEST_CASE("settings: what stands in the example is the default, where there is one")
{
    place it;
    std::string toml, rest, budget;
    for (const example_line& each : read_example()) {
        const std::string line = each.key + " = " + each.value + "\n";
        if (each.table == "rest")
            rest += line;
        if (each.table.starts_with("rest.budgets."))
            budget += line;
        const setting* known = find_setting(each.key);
        if (!each.table.empty() || known == nullptr || known->fallback.empty())
            continue;
        CHECK(without_quotes(each.value) == known->fallback);
        toml += line;
    }
    const auto plain = it.make("");
    const auto written = it.make(toml + "[rest]\n" + rest + "[rest.budgets.greeter]\n" + budget);
    REQUIRE(plain);
    REQUIRE(written);
    check_equal(*plain, *written);
    const rest::budget usual, told = written->rest.budgets.at("greeter");
    CHECK(told.per_second == usual.per_second);
    CHECK(told.in_flight == usual.in_flight);
    CHECK(told.waiting == usual.waiting);
    CHECK(told.invalid == usual.invalid);
}

TEST_CASE("settings: the whole example can be used as it stands, once its marks are gone")
{
    place it;
    std::string toml, table;
    for (const example_line& each : read_example()) {
        if (each.table != std::exchange(table, each.table))
            toml += "[" + each.table + "]\n";
        const bool is_file = each.key == "ca_file";
        toml += is_file ? "" : each.key + " = " + each.value + "\n";
    }
    const auto made = it.make(toml);
    REQUIRE(made);
    CHECK(made->development_guilds.size() == 1);
    CHECK(made->plugin_settings.count("greeter") == 1);
    CHECK(made->care.isolated == std::vector<std::string>{"experiment"});
}

TEST_CASE("settings: an unknown key is refused with the one that was meant")
{
    place it;
    const auto why = [&](const std::string& toml) { return it.make(toml).error().detail; };
    CHECK(why("\nshrads = 2") == it.file + ":2: there is no setting shrads; did you mean shards?");
    CHECK(why("[pluginplacement]\nx = 1").find("did you mean plugin_placement?") !=
          std::string::npos);
    CHECK(why("[rest]\nconections = 64")
              .find("there is no setting conections in [rest]; did "
                    "you mean connections?") != std::string::npos);
    CHECK(why("[rest.budgets.x]\ninflight = 1").find("did you mean in_flight?") !=
          std::string::npos);
    CHECK(why("zzz = 1").find("known are api, ca_file") != std::string::npos);
}

TEST_CASE("settings: an error in a table names the line of the key")
{
    place it;
    const auto why = [&](const std::string& toml) { return it.make("\n\n" + toml).error().detail; };
    const auto begins = [&](const std::string& toml, const std::string& with) {
        INFO(toml);
        const std::string text = why(toml);
        INFO(text);
        CHECK(text.starts_with(it.file + with));
    };
    begins("[scaler]\nroom = 50\nmdoe = \"off\"\n",
           ":5: there is no setting mdoe in [scaler]; did");
    begins("[scaler]\nroom = 50\nmode = \"of\"\n", ":5: mode in [scaler] ");
    begins("[scaler]\nroom = 50\nmove_at = 1\n", ":5: scaler.move_at is 1, ");
    begins("[rest]\nconnections = 64\n[rest.budgets.x]\nwaiting = 5\ninflight = 1\n",
           ":7: there is no setting inflight in [rest.budgets.x]");
    begins("[network]\nmanager = \"local\"\nupp = \"x\"\n", ":5: there is no setting upp");
    begins("[network]\nmanager = \"exec\"\nup = \"x\"\n", ":4: manager = ");
}

TEST_CASE("settings: what Discord would drop of a presence without a word is refused")
{
    place it;
    const auto why = [&](const std::string& toml) {
        return it.make("[presence]\nstatus = \"idle\"\n" + toml).error().detail;
    };
    CHECK(why("stats = \"dnd\"")
              .find(":3: there is no setting stats in [presence]; did you mean "
                    "status?") != std::string::npos);
    CHECK(why("activites = []").find("did you mean activities?") != std::string::npos);
    CHECK(why("activities = [{ name = \"x\", typ = 3 }]").find("did you mean type?") !=
          std::string::npos);
    CHECK(why("activities = [{ name = \"x\", type = 9 }]").find("0 playing") != std::string::npos);
    CHECK(why("activities = [{ type = 3 }]").find("needs a name") != std::string::npos);
    CHECK(it.make("[presence]\nstatus = \"idle\"\nafk = true\n"
                  "activities = [{ name = \"x\", type = 4, state = \"y\" }]"));
}

TEST_CASE("settings: an event that there is not can't be dropped")
{
    place it;
    CHECK(it.make("drop_when_full = [\"TYPNG_START\"]")
              .error()
              .detail.find("there is no event TYPNG_START; did you mean TYPING_START?") !=
          std::string::npos);
    CHECK(it.make("drop_when_full = [\"TYPING_START\", \"PRESENCE_UPDATE\"]"));
}

TEST_CASE("settings: a variable that is nearly a setting is told, and no other")
{
    using list = std::vector<std::string>;
    CHECK(mistyped_variables({"TINFOIL_SHRADS", "HOME"}) ==
          list{"TINFOIL_SHRADS is no setting; did you mean TINFOIL_SHARDS?"});
    CHECK(mistyped_variables({"TINFOIL_SHARDS", "TINFOIL_LOG_LEVEL", "TINFOIL_CONFIG",
                              "TINFOIL_JOURNAL", "TINFOIL_GREETING", "TINFOIL_", "SHRADS"})
              .empty());
}

TEST_CASE("settings: bad syntax is told as it is, with a hint only where quotes are missing")
{
    place it;
    const auto asks_for_quotes = [&](const std::string& toml) {
        const auto made = it.make(toml);
        REQUIRE_FALSE(made);
        INFO(made.error().detail);
        CHECK(made.error().detail.starts_with(it.file + ":"));
        return made.error().detail.find("without its quotes") != std::string::npos;
    };
    CHECK(asks_for_quotes("shards = auto"));
    CHECK(asks_for_quotes("state_dir = /var/lib/tinfoil"));
    CHECK_FALSE(asks_for_quotes("shards = 2\nshards = 4"));
    CHECK_FALSE(asks_for_quotes("[rest\nconnections = 64"));
    CHECK_FALSE(asks_for_quotes("shards = 99999999999999999999"));
    CHECK_FALSE(asks_for_quotes("api = \"\xff\xfe\""));
}

TEST_CASE("settings: each says where it comes from, and no secret is shown")
{
    support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    std::ofstream(file) << "collections = 2\nshards = 4\n[rest]\nconnections = 32\n"
                           "[plugins.mail]\npassword = \"hunter2\"\n";
    flags given;
    given.config_file = file;
    given.shards = "8";
    const auto all = effective_settings(
        given,
        with({{"HOME", "/nowhere"}, {"DISCORD_TOKEN", "hunter3"}, {"TINFOIL_WATCH", "poll"}}));
    REQUIRE(all);
    CHECK(of(*all, "shards").value == "8");
    CHECK(of(*all, "shards").from == "--shards");
    CHECK(of(*all, "collections").from == file + ":1, collections");
    CHECK(of(*all, "watch").from == "TINFOIL_WATCH");
    CHECK(of(*all, "api").from == "default");
    CHECK(of(*all, "api").value == "https://discord.com/api/v10");
    CHECK(of(*all, "rest.connections").value == "32");
    CHECK(of(*all, "rest.connections").from == file + ":4, rest.connections");
    CHECK(of(*all, "plugins.mail").value == "password: set");
    CHECK(of(*all, "token").value == "set");
    CHECK(of(*all, "token").from == "DISCORD_TOKEN");
    CHECK(of(*all, "state_dir").value == "/nowhere/.local/state/tinfoil/bot");
    CHECK(settings_json(*all).find("hunter") == std::string::npos);
    // A text is shown alike, wherever it comes from.
    std::ofstream(file) << "[scaler]\nmode = \"auto\"\n";
    const auto written = effective_settings(given, with({{"HOME", "/nowhere"}}));
    CHECK(of(*written, "scaler.mode").from == file + ":2, scaler.mode");
    CHECK(of(*written, "scaler.mode").value == of(*all, "scaler.mode").value);
}

TEST_CASE("settings: every one that has a flag is shown as the flag gives it")
{
    place it;
    std::ofstream(it.file) << "metrics = \"9100\"\nlog = \"json\"\nlog_level = \"warning\"\n";
    flags given;
    given.config_file = it.file;
    given.api = "https://discord.example";
    given.ca_file = it.folder.path() / "ca.pem";
    std::ofstream(*given.ca_file) << "-----BEGIN CERTIFICATE-----\n";
    given.token_file = "token";
    given.shards = "8";
    given.collections = "3";
    given.plugins = given.state = it.folder.path().string();
    given.log = "text";
    given.log_level = "error";
    given.metrics = "9200";
    const auto all = effective_settings(given, it.env);
    REQUIRE(all);
    for (const setting& each : settings) {
        INFO(each.key);
        if (!each.flag.empty())
            CHECK(of(*all, std::string(each.key)).from == each.flag);
    }
    CHECK(of(*all, "metrics").value == "9200");
    CHECK(of(*all, "log_level").value == "error");
}

TEST_CASE("settings: they can be shown without a token, but not when one of them is wrong")
{
    const auto env = with({{"HOME", "/nowhere"}});
    const auto all = effective_settings({}, env);
    REQUIRE(all);
    CHECK(of(*all, "token").value == "not set");
    flags bad;
    bad.shards = "none";
    CHECK(effective_settings(bad, env).error().detail.find("--shards") == 0);
}

TEST_CASE("settings: what a reload changes is told with when it takes effect, until it has")
{
    place it;
    auto running = *it.make("shards = 2\non_crash = \"isolate\"\n[plugins.mail]\nkey = \"a\"\n");
    const auto fresh = *it.make("shards = 4\non_crash = \"restart\"\nhandler_warn = \"200ms\"\n"
                                "[plugins.mail]\nkey = \"b\"\n[presence]\nstatus = \"idle\"\n");
    const auto changed = compare(running, fresh);
    std::map<std::string, std::string> seen;
    for (const auto& each : changed)
        seen[each.key] = std::string(name(each.when));
    CHECK(seen == std::map<std::string, std::string>{{"shards", "next_start"},
                                                     {"on_crash", "now"},
                                                     {"handler_warn", "next_process"},
                                                     {"plugins.mail", "next_process"},
                                                     {"presence.status", "now"}});
    running = taken_over(std::move(running), fresh);
    CHECK(running.care.policy == on_crash::restart);
    CHECK(running.handler_warn == std::chrono::milliseconds(200));
    CHECK(running.plugin_settings.at("mail") == R"({"key":"b"})");
    CHECK(running.shards == 2);
    // What waits for the next start is told again.
    const auto left = compare(running, fresh);
    REQUIRE(left.size() == 1);
    CHECK(left[0].key == "shards");
    CHECK(describe(left[0]) == "setting shards: 2 before, 4 from the next start of tinfoil run");
    CHECK(compare(fresh, fresh).empty());
}

TEST_CASE("settings: a level of the log is taken over at once, except where a flag has said it")
{
    place it;
    auto running = *it.make("log_level = \"error\"\n");
    const auto fresh = *it.make("log_level = \"warning,output=debug\"\n");
    const auto changed = compare(running, fresh);
    REQUIRE(changed.size() == 1);
    CHECK(describe(changed[0]) ==
          "setting log_level: error before, warning,output=debug from now on");
    running = taken_over(std::move(running), fresh);
    CHECK(running.log_levels == fresh.log_levels);
    flags given;
    given.config_file = it.file;
    given.log_level = "error";
    const auto by_flag = make_config(given, it.env);
    std::ofstream(it.file) << "log_level = \"debug\"\n";
    CHECK(compare(*by_flag, *make_config(given, it.env)).empty());
}
