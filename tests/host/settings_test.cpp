// Every setting: the commented example against the code, where each comes from, what a reload does.
#include "host/effective_settings.hpp"
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
