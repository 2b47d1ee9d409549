#include "cli/shards_command.hpp"
#include "host/remembered.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace tinfoil;
using namespace tinfoil::cli;
using host::shards_source;

namespace {

std::vector<host::shard_status> two_shards()
{
    host::shard_status ready, waiting;
    ready.slot = {0, 2};
    ready.state = gateway::state::active;
    ready.in_state_ms = 61'000;
    ready.has_session = true;
    ready.sequence = 1234;
    ready.unfinished = 2;
    ready.events_milli = 12'340;
    ready.gauge.latency_us = 42'300;
    ready.gauge.latency_age_ms = 12'000;
    ready.gauge.event_age_ms = 90'000;
    ready.facts.guilds = 1234;
    ready.facts.counted = true;
    ready.session_age_ms = 18'000'000;
    ready.lag_us = 120;
    ready.load = 431'000;
    waiting.slot = {1, 2};
    waiting.collection = 1;
    waiting.state = gateway::state::backoff;
    waiting.why = "closed by\nDiscord";
    return {ready, waiting};
}

}  // namespace

TEST_CASE("shards list: a host's shards with what they do and since when")
{
    CHECK(shards_table(two_shards(), shards_source::host, false) ==
          "slot  state                   since  collection  guilds  events/s  load     lag  "
          "unfinished  "
          "session  latency            last event    why\n"
          "0/2   ready                 1 m 1 s           0    1234      12.3  43 %  0.1 ms         "
          "  2  "
          "5 h 0 m  42.3 ms, 12 s ago  1 m 30 s ago\n"
          "1/2   waiting to reconnect      0 s           1       -       0.0     -       -         "
          "  0  "
          "no       -                  -             closed by\\nDiscord\n");
    CHECK(shards_table({}, shards_source::host, false) == "no shards yet\n");
}

TEST_CASE("shards list: what was split is a line of its own, with the sums of its parts")
{
    std::vector<host::shard_status> all(3);
    all[0].slot = {0, 2};
    all[1].slot = {1, 4};
    all[2].slot = {3, 4};
    for (auto& each : all) {
        each.facts.guilds = 10;
        each.facts.counted = true;
        each.events_milli = 5'000;
    }
    const std::string text = shards_table(all, shards_source::host, false);
    CHECK(text == "slot   state     since  collection  guilds  events/s  load  lag  unfinished  "
                  "session  latency  "
                  "last event  why\n"
                  "0/2    idle        0 s           0      10       5.0     -    -           0  no "
                  "      -        "
                  "-\n"
                  "1/2    2 shards                         20      10.0     -\n"
                  "├ 1/4  idle        0 s           0      10       5.0     -    -           0  no "
                  "      -        "
                  "-\n"
                  "└ 3/4  idle        0 s           0      10       5.0     -    -           0  no "
                  "      -        "
                  "-\n");
    all[2].facts.counted = false;
    const std::string again = shards_table(all, shards_source::host, false);
    CHECK(again.find("2 shards                        ≥20      10.0") != std::string::npos);
    CHECK(shards_table(all, shards_source::state_file, false) ==
          "slot   sequence  unfinished  session\n"
          "0/2           -           0  no\n"
          "1/2\n"
          "├ 1/4         -           0  no\n"
          "└ 3/4         -           0  no\n");
}

TEST_CASE("shards list: a state file's shards without what only a host knows")
{
    CHECK(shards_table(two_shards(), shards_source::state_file, false) ==
          "slot  sequence  unfinished  session\n"
          "0/2       1234           2  yes\n"
          "1/2          -           0  no\n");
}

TEST_CASE("shards list: the state file is read while nobody has it, and says if there is none")
{
    const support::temporary_folder folder;
    const auto none = host::remember(folder.path() / "none");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == errc::state_unusable);
    {
        auto store = state::store::open(folder.path());
        REQUIRE(store);
        REQUIRE((*store)->bind(discord::snowflake{5}, "https://api"));
        REQUIRE((*store)->set_plan("0/2 1/2"));
        discord::session_record record;
        record.which = {1, 2};
        record.generation = 3;
        record.point = {"secret-session", "wss://resume", 77};
        record.unfinished = {{76, "ping"}};
        REQUIRE((*store)->save_sessions(std::vector{record}, discord::cursor_use::none, "n/0", 1));
    }
    const auto known = host::remember(folder.path());
    REQUIRE(known);
    CHECK(known->application_id == "5");
    CHECK(known->api == "https://api");
    CHECK(host::shards_json(known->shards, shards_source::state_file) ==
          R"({"api_version":1,"source":"state_file","shards":[)"
          R"({"slot":"0/2","state":null,"in_state_ms":null,"why":"","collection":null,)"
          R"("generation":0,"has_session":false,"sequence":0,"unfinished":0},)"
          R"({"slot":"1/2","state":null,"in_state_ms":null,"why":"","collection":null,)"
          R"("generation":3,"has_session":true,"sequence":77,"unfinished":1}]})");
}
