// tinfoil config, and a host that takes other settings while it runs.
#include "cli/config_command.hpp"
#include "cli/typed.hpp"

using namespace tinfoil;
using namespace tinfoil::cli;

TEST_CASE("config: a table of what is in force, and a line for each change")
{
    CHECK(settings_table({{"shards", "4", "--shards"}, {"ca_file", "", "default"}}, false) ==
          "setting  value  from\n"
          "shards   4      --shards\n"
          "ca_file  -      default\n");
    CHECK(changes_text(R"({"changed":[]})", false) == "every setting is what it was\n");
    CHECK(changes_text(R"({"changed":[{"key":"a","before":"1","after":null,"takes_effect":"now"},
                           {"key":"b","before":null,"after":"2","takes_effect":"next_process"},
                           {"key":"c","before":"3","after":"4","takes_effect":"next_start"}]})",
                       false) == "setting  before  after  takes effect\n"
                                 "a        1       -      now\n"
                                 "b        -       2      with each collection's next start\n"
                                 "c        3       4      with the next start of tinfoil run\n");
}

TEST_CASE("config: a host takes what can change, names the rest, and refuses what is wrong")
{
    typed shell;
    shell.write("s.toml", "handler_warn = \"200ms\"\n");
    REQUIRE(shell("mkdir plugins").code == 0);
    shell.in_background("$T run --sandbox --plugins plugins --state state --config s.toml",
                        "host.out");
    shell.await("$T status --state state --json | grep -q \"ready.:1\"");
    CHECK(shell("$T config --running --state state").out.find("s.toml:1, handler_warn") !=
          std::string::npos);

    shell.write("s.toml", "collections = 2\n[rest]\nrequests_per_second = 20\n");
    const auto told = shell("$T config reload --state state");
    CHECK(told.code == 0);
    CHECK(told.out ==
          "setting                   before  after  takes effect\n"
          "collections               1       2      with the next start of tinfoil run\n"
          "handler_warn              200ms   100ms  with each collection's next start\n"
          "scaler.collections_min    1       2      now\n"
          "scaler.collections_max    1       2      now\n"
          "rest.requests_per_second  -       20     now\n");
    CHECK(shell("$T rest limits --state state --json").out.find("\"per_second\":20,") !=
          std::string::npos);
    // What waits for the next start goes on being named.
    CHECK(shell("$T config reload --state state --json").out ==
          R"({"api_version":1,"changed":[{"key":"collections","before":"1","after":"2",)"
          R"("takes_effect":"next_start"}]})"
          "\n");

    shell.write("s.toml", "[rest]\nrequests_per_second = 0\n");
    const auto refused = shell("$T config reload --state state");
    CHECK(refused.code == 2);
    CHECK(refused.err.find("nothing has changed") != std::string::npos);
    CHECK(shell("$T rest limits --state state --json").out.find("\"per_second\":20,") !=
          std::string::npos);

    shell.write("s.toml", "log_level = \"warning\"\n[rest]\nrequests_per_second = 20\n");
    const auto quiet = shell("$T config reload --state state");
    INFO(quiet.out + quiet.err);
    CHECK(quiet.out.find("warning  now") != std::string::npos);
    CHECK(shell("$T logs level --state state").out.find("plugins   warning") != std::string::npos);

    shell.write("s.toml", "");
    REQUIRE(shell("kill -HUP $($T status --state state --json | sed \"s/.*.pid.:\\([0-9]*\\),"
                  ".node.*/\\1/\")")
                .code == 0);
    shell.await("grep -q \"rest.requests_per_second: 20 before, nothing from now on\" host.out");
    shell.await("$T rest limits --state state --json | grep -q \"per_second.:50,\"");
}
