#include "host/health.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

status well()
{
    status made;
    made.phase = "running";
    for (const std::uint32_t id : {0U, 1U}) {
        shard_status one;
        one.slot = {id, 2};
        one.state = gateway::state::active;
        one.in_state_ms = 60'000;
        made.shards.push_back(one);
    }
    made.collections = {{0, "running", 42, 1, 0, 1'500, 2, 2}};
    made.starts_left = {true, 1000, 990, 200, 60'000, 0, ""};
    return made;
}

// The only warning after a change.
std::string warning(const std::function<void(status&)>& change)
{
    status what = well();
    change(what);
    judge_health(what);
    REQUIRE(what.warnings.size() == 1);
    CHECK(what.health == "degraded");
    return what.warnings[0];
}

}  // namespace

TEST_CASE("health: a bot that runs as it should has no warnings")
{
    status what = well();
    judge_health(what);
    CHECK(what.health == "ok");
    CHECK(what.warnings.empty());
    what.phase = "starting";
    judge_health(what);
    CHECK(what.health == "starting");
}

TEST_CASE("health: what is away for a moment is none of an operator's matters")
{
    status what = well();
    what.shards[0].state = gateway::state::backoff;
    what.shards[0].in_state_ms = 29'000;
    what.shards[1].state = gateway::state::queue_identify;
    what.shards[1].in_state_ms = 400'000;
    judge_health(what);
    CHECK(what.warnings.empty());
    // And yet nobody is there.
    CHECK(what.health == "down");
}

TEST_CASE("health: every warning says what, where and what to do")
{
    CHECK(warning([](status& it) {
              it.shards[1].state = gateway::state::stopped;
              it.shards[1].why = "disallowed intents";
          }) == "stopped for good: shard 1/2: disallowed intents; mend that, then start the host "
                "anew");
    CHECK(warning([](status& it) { it.shards[0].state = gateway::state::backoff; }) ==
          "not connected for a while: shard 0/2; tinfoil shards wake cuts a wait short");
    CHECK(warning([](status& it) {
              it.shards[0].gauge.paused = it.shards[1].gauge.paused = true;
          }).find("not read, since plugins are slower than Discord: 2 shards, 0/2, 1/2; ") == 0);
    CHECK(warning([](status& it) {
              it.starts_left.remaining = 200;
              it.starts_left.waiting = 1;
          }) == "waiting for a session start: 1 shard, and 200 left, which is the reserve; "
                "tinfoil budget release lets them go");
    CHECK(warning([](status& it) { it.starts_left.suspended = "the token is refused"; }) ==
          "nobody identifies: the token is refused");
    CHECK(warning([](status& it) {
              it.collections[0].state = "waiting";
              it.collections[0].restarts = 4;
          }).find("collection 0 keeps ending (restarts: 4)") == 0);
    CHECK(warning([](status& it) {
              it.collections[0].lag_us = 600'000;
          }).find("the loop of collection 0 is 600 ms late; ") == 0);
    CHECK(warning([](status& it) {
              it.plugins = {{"bad.so", "", "", error{errc::plugin_refused, "no manifest"}}};
          }).find("bad.so is left out: no manifest; tinfoil plugins inspect") == 0);
    CHECK(warning([](status& it) {
              plugin_status naps;
              naps.name = "naps";
              naps.gauge.slow = 3;
              naps.gauge.p99_us = naps.gauge.max_us = 350'000;
              it.plugin_health = {naps};
          }).find("plugin naps holds up its loop (slow calls: 3, the longest 350 ms); ") == 0);
    CHECK(warning([](status& it) {
              it.commands.problems.push_back({"polls", "/poll", {}, "no"});
          }).find("commands that Discord does not have as declared: 1; ") == 0);
}

TEST_CASE("health: a network manager that stays away is told, one that is back soon is not")
{
    status what = well();
    what.network = {"local_pool", "1.0.0", "waiting", 29'000, 0, 3, "signal 9"};
    judge_health(what);
    CHECK(what.warnings.empty());
    CHECK(warning([](status& of) {
              of.network = {"local_pool", "1.0.0", "waiting", 31'000, 0, 3, "signal 9"};
          }) == "the network manager local_pool has not run for 31 s: signal 9; collections go on "
                "meanwhile, and none can begin until it is back: tinfoil logs has what it said");
}

TEST_CASE("health: one slow call in a long life is nothing to warn of")
{
    status what = well();
    plugin_status ping;
    ping.name = "ping";
    ping.gauge.slow = 1;
    ping.gauge.p99_us = ping.gauge.max_us = 350'000;
    what.plugin_health = {ping};
    judge_health(what);
    CHECK(what.health == "ok");
    what.plugin_health[0].gauge.slow = 3;
    what.plugin_health[0].gauge.p99_us = 900;
    what.warnings.clear();
    judge_health(what);
    CHECK(what.health == "ok");
}

TEST_CASE("health: many shards with the same trouble are one warning")
{
    status what = well();
    what.shards.clear();
    for (std::uint32_t id = 0; id < 1000; ++id) {
        shard_status one;
        one.slot = {id, 1000};
        one.state = id == 0 ? gateway::state::active : gateway::state::backoff;
        one.in_state_ms = 60'000;
        what.shards.push_back(one);
    }
    judge_health(what);
    REQUIRE(what.warnings.size() == 1);
    CHECK(what.warnings[0].find("999 shards, 1/1000, 2/1000, 3/1000 and others; ") !=
          std::string::npos);
}
