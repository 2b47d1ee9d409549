#include "cli/status_command.hpp"
#include "cli/table.hpp"
#include "host/status_json.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::cli;

namespace {

host::status two_collections()
{
    host::status made;
    made.version = "0.1.0";
    made.pid = 4711;
    made.node = "00ff";
    made.phase = "running";
    made.uptime_ms = 3 * 3'600'000LL + 20 * 60'000LL;
    made.application_id = "123";
    made.application_name = "Ping";
    made.api = "https://discord.com/api/v10";
    made.identifies = 2;
    made.resumes = 3;
    made.starts_left = {true, 1000, 990, 200, 60'000, 2, ""};
    made.events = 40;
    made.redelivered = 1;
    made.plugins = {{"ping.so", "ping", "1.0.0", {}},
                    {"bad.so", "", "", error{errc::plugin_refused, "no \x1b[2Jmanifest"}}};
    made.health = "degraded";
    made.warnings = {"plugin ping is in quarantine"};
    host::plugin_status ping;
    ping.name = "ping";
    ping.gauge.events = 40;
    ping.gauge.p99_us = 900;
    ping.gauge.max_us = 350'000;
    ping.gauge.slow = 2;
    made.plugin_health = {ping};
    made.collections = {{0, "running", 42, 1, 0, 1500, 2, 8},
                        {1, "waiting", 0, 3, 12, 0, 0, 8, 431'000}};
    made.shard_counts = {{gateway::state::await_resumed, 2}, {gateway::state::active, 14}};
    return made;
}

constexpr std::int64_t now_ms = 1'000'000;

}  // namespace

TEST_CASE("status: one screen says what runs, for how long and how well")
{
    CHECK(
        status_screen(two_collections(), "/s", now_ms, false) ==
        "health    degraded\n"
        "warning   plugin ping is in quarantine\n"
        "bot       Ping (123)\n"
        "api       https://discord.com/api/v10\n"
        "host      tinfoil 0.1.0, pid 4711, node 00ff\n"
        "state     /s\n"
        "up        3 h 20 m\n"
        "sessions  2 identified, 3 resumed in this run\n"
        "events    40 in this run, 1 given again\n"
        "starts    990 of 1000 left, 200 of them in reserve; all again in 1 m 0 s; 2 shards wait\n"
        "shards    14 ready, 2 resuming\n"
        "\n"
        "collection  state    pid  shards  busy  restarts     lag  unfinished\n"
        "0           running   42       8     -         0  1.5 ms           2\n"
        "1           waiting    -       8  43 %        12  0.0 ms           0\n"
        "\n"
        "plugin  version  state                           events     p99   longest  slow\n"
        "ping    1.0.0    running                             40  0.9 ms  350.0 ms     2\n"
        "bad.so  -        left out: no \\u{1b}[2Jmanifest       -       -         -     -\n");
}

TEST_CASE("status: what waits to resume, and what went wrong, is told when there is any")
{
    host::status many = two_collections();
    many.gateway.waiting_to_resume = 812;
    many.gateway.all_up_in_ms = 4'200;
    many.gateway.full = 2;
    many.gateway.dropped = 17;
    const std::string text = status_screen(many, "/s", now_ms, false);
    CHECK(text.find("resuming  812 waiting to resume, all up in about 4 s\n") != std::string::npos);
    CHECK(
        text.find("gateway   2 full: their plugins are slower than Discord, 17 events dropped\n") !=
        std::string::npos);
}

TEST_CASE("status: commands that Discord does not have as declared are told with the reason")
{
    host::status some = two_collections();
    some.commands = {true, 3, 1, {{"polls", "/poll", {11}, "Bad \x1b name"}, {"", "", {}, "no"}}};
    const std::string text = status_screen(some, "/s", now_ms, false);
    CHECK(text.find("commands  3 registered, 1 to do, in guilds (--dev)\n"
                    "          polls /poll in guild 11: Bad \\u{1b} name\n"
                    "          all : no\n") != std::string::npos);
}

TEST_CASE("status: a host that has just begun is shown as that")
{
    host::status early;
    early.phase = "starting";
    const std::string text = status_screen(early, "/s", now_ms, false);
    CHECK(text.find("health    starting\nbot       not known yet\n") == 0);
    CHECK(text.find("up        0 s\n") != std::string::npos);
    CHECK(text.ends_with("shards    none\n"));
}

TEST_CASE("status: colours move no column and come only when asked for")
{
    CHECK(status_screen(two_collections(), "/s", now_ms, false).find('\x1b') == std::string::npos);
    const std::string text = status_screen(two_collections(), "/s", now_ms, true);
    CHECK(text.find("\x1b[32mrunning\x1b[0m   42") != std::string::npos);
    CHECK(text.find("\x1b[31mwaiting\x1b[0m    -") != std::string::npos);
    CHECK(text.find("\x1b[32m14 ready\x1b[0m, 2 resuming") != std::string::npos);
}

TEST_CASE("table: columns are as wide as characters, numbers stand at the right")
{
    CHECK(table({{"a"}, {"n", true}, {"b"}}, {{{"äöü"}, {"1"}, {"x"}}, {{"z"}, {"200"}, {""}}},
                false) == "a      n  b\n"
                          "äöü    1  x\n"
                          "z    200\n");
}

TEST_CASE("length of time: the two largest units")
{
    CHECK(length_of_time(-5) == "0 s");
    CHECK(length_of_time(59'999) == "59 s");
    CHECK(length_of_time(60'000) == "1 m 0 s");
    CHECK(length_of_time(3'600'000) == "1 h 0 m");
    CHECK(length_of_time(127 * 3'600'000LL) == "5 d 7 h");
}

TEST_CASE("status: what somebody should do something about stands out")
{
    host::status bad = two_collections();
    bad.warnings = {"plugin bad is in quarantine"};
    CHECK(status_screen(bad, "/s", now_ms, false).find("warning   plugin bad is in quarantine\n") !=
          std::string::npos);
}

TEST_CASE("status: a network manager that is a plugin is shown with its process")
{
    host::status some = two_collections();
    some.network = {"local_pool", "1.0.0", "running", 0, 42, 0, ""};
    CHECK(status_screen(some, "/s", now_ms, false)
              .find("network   local_pool 1.0.0, running, pid 42\n") != std::string::npos);
    some.network = {"local_pool", "1.0.0", "waiting", 900, 0, 3, "signal 9"};
    CHECK(status_screen(some, "/s", now_ms, false)
              .find("network   local_pool 1.0.0, waiting, restarts: 3; the last one: signal 9\n") !=
          std::string::npos);
    // A client of another process has all of it.
    const auto read = host::parse_status(host::status_json(some));
    REQUIRE(read);
    REQUIRE(read->network);
    CHECK(read->network->state == "waiting");
    CHECK(read->network->away_ms == 900);
    CHECK(read->network->restarts == 3);
    CHECK(read->network->why == "signal 9");
    some.network.reset();
    CHECK_FALSE(host::parse_status(host::status_json(some))->network);
}

TEST_CASE("status: how the scaler stands, with its last decision")
{
    host::status some = two_collections();
    some.scaler.emplace();
    some.scaler->does = scaling::mode::automatic;
    some.scaler->plan_is_fixed = "nobody has looked";
    CHECK(status_screen(some, "/s", now_ms, false)
              .find("scaler    auto, moves only; no decision yet\n") != std::string::npos);
    some.scaler->draining = {1};
    some.scaler->under_way = "rebalance";
    host::decision_view& last = some.scaler->last.emplace();
    last.number = 12;
    last.at_ms = now_ms - 180'000;
    last.actions = {"moves 0/2 from 0 to 1", "moves 1/2 from 0 to 1"};
    last.why = "c0 is \x1b hot";
    last.outcome = "done";
    CHECK(status_screen(some, "/s", now_ms, false)
              .find("scaler    auto, moves only, collection 1 drained; under way: rebalance; "
                    "decision 12, 3 m 0 s ago, moves 0/2 from 0 to 1 and 1 more: c0 is \\u{1b} hot "
                    "(done)\n") != std::string::npos);
    some.scaler = host::scaling_status{};
    some.scaler->last.emplace().refusals = {
        {scaling::aim::split, "0/2", "one_guild", "guild 3 makes its load"}};
    CHECK(status_screen(some, "/s", now_ms, false)
              .find("scaler    off; decision 0, 16 m 40 s ago, no split of 0/2: guild 3 makes its "
                    "load\n") != std::string::npos);
}
