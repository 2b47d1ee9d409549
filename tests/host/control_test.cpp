#include "host/config.hpp"
#include "host/control.hpp"
#include "host/status_json.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <map>

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

struct target final : control_target {
    [[nodiscard]] status now() const override { return is; }
    void stop(bool end_sessions) override { log += end_sessions ? "stop-end " : "stop "; }
    void wake(const std::vector<discord::slot>& slots) override
    {
        log += "wake";
        for (const discord::slot each : slots)
            log += "-" + to_string(each);
        log += " ";
    }

    [[nodiscard]] result<budget_report> budget(std::optional<int> plan) const override
    {
        budget_report made = starts;
        if (plan)
            made.plan = sharding::quote{*plan, sharding::quote::verdict::fits, 988 - *plan, {}};
        return made;
    }
    std::size_t release_starts(std::optional<discord::slot> slot) override
    {
        log += "release" + (slot ? "-" + to_string(*slot) : "") + " ";
        return 2;
    }

    [[nodiscard]] std::vector<effective_setting> settings() const override
    {
        return {{"shards", "2", "--shards", takes_effect::next_start}};
    }
    result<std::vector<changed_setting>> reload_settings() override
    {
        if (reload_fails)
            return error{errc::invalid_argument, "tinfoil.toml:1: there is no setting x"};
        return std::vector<changed_setting>{{"on_crash", "isolate", "", takes_effect::at_once}};
    }

    bool reload_fails = false;
    status is;
    budget_report starts;
    std::string log;
};

struct player {
    net::control_answer ask(const std::string& method, const std::string& path,
                            const std::string& body = {}, const std::string& query = {})
    {
        std::vector<net::control_answer> answers;
        it.on_request({method, path, query, body}, [&](const net::control_answer& one) {
            answers.push_back(one);
            of.log += std::to_string(one.status) + " ";
        });
        REQUIRE(answers.size() == 1);
        return answers[0];
    }
    std::string told()
    {
        std::string text;
        for (const auto& each : std::exchange(events, {}))
            text += each.name + " ";
        return text;
    }

    target of;
    std::vector<net::control_event> events;
    control it{of, [this](const net::control_event& what) { events.push_back(what); }};
};

status full()
{
    status made;
    made.version = "0.1.0";
    made.pid = 12;
    made.node = "00ff";
    made.phase = "running";
    made.health = "degraded";
    made.uptime_ms = 1234;
    made.application_id = "5";
    made.application_name = "Ping";
    made.api = "https://discord.com/api/v10";
    made.identifies = 1;
    made.resumes = 2;
    made.events = 3;
    made.redelivered = 4;
    made.plugins = {{"ping.so", "ping", "1.0", {}},
                    {"\xff.so", "", "", error{errc::plugin_refused, "why"}}};
    plugin_status ping;
    ping.name = "ping";
    ping.version = "1.0";
    ping.build = "00ff";
    ping.quarantined = "it crashed";
    ping.last_crash = "killed";
    ping.crashes = 3;
    ping.poisons = 1;
    ping.gauge = {"ping", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    made.plugin_health = {ping};
    made.warnings = {"do something"};
    made.collections = {{0, "running", 13, 7, 1, 250, 3, 2, 214'000},
                        {1, "waiting", 0, 8, 2, 0, 0, 0}};
    made.starts_left = {true, 1000, 990, 200, 60'000, 2, ""};
    made.shards.resize(2);
    made.shards[0].slot = {0, 2};
    made.shards[0].state = gateway::state::active;
    made.shards[0].has_session = true;
    made.shards[0].sequence = 99;
    made.shards[1].slot = {1, 2};
    made.shards[1].collection = 1;
    made.shards[1].generation = 4;
    made.shards[1].in_state_ms = 5;
    made.shards[1].unfinished = 6;
    made.shards[1].why = "why not";
    made.shards[1].gauge = {{1, 2}, 42'000, 900, 30, 5'000, 4'000, 70, true};
    made.shards[1].facts = {{1, 2}, 12, true, 3};
    made.shards[1].session_age_ms = 4567;
    made.shards[1].lag_us = 89;
    made.shards[1].load = 431'000;
    made.shards[1].heaviest_guild = {9};
    made.shards[1].heaviest = 100'000;
    made.scaler.emplace();
    made.scaler->does = scaling::mode::advise;
    made.scaler->plan_is_fixed = "no";
    made.scaler->draining = {1};
    made.gateway = {1, 2, 3, 4, 5, 6, 7};
    made.commands = {true, 3, 1, {{"polls", "/poll", {11}, "no"}, {"", "", {}, "none"}}};
    return made;
}

}  // namespace

TEST_CASE("control: status, shards and collections are what the host is")
{
    player one;
    one.of.is = full();
    CHECK(
        one.ask("GET", "/v1/status").json ==
        R"({"api_version":1,"version":"0.1.0","pid":12,"node":"00ff","phase":"running",)"
        R"("health":"degraded","uptime_ms":1234,"bot":{"id":"5","name":"Ping"},)"
        R"("api":"https://discord.com/api/v10","sandbox":false,)"
        R"("this_run":{"identifies":1,"resumes":2,"events":3,"redelivered":4},)"
        R"("shards":{"total":2,"by_state":{"idle":1,"ready":1}},)"
        R"("gateway":{"waiting_to_resume":1,"all_up_in_ms":2,"full":3,"dropped":4,)"
        R"("own_mistakes":5,"silences":6,"suspensions":7},)"
        R"("session_starts":{"total":1000,"remaining":990,"reserve":200,"reset_after_ms":60000,)"
        R"("waiting":2,"suspended":null},)"
        R"("commands":{"development":true,"registered":3,"pending":1,"problems":[)"
        R"({"plugin":"polls","command":"/poll","guild":"11","message":"no"},)"
        R"({"plugin":null,"command":null,"guild":null,"message":"none"}]},)"
        R"("plugins":[{"file":"ping.so","name":"ping","version":"1.0","state":"running",)"
        R"("error":null},{"file":")"
        "\uFFFD"
        R"(.so","name":"","version":"","state":"refused","error":"why"}],)"
        R"("plugin_health":[{"name":"ping","version":"1.0","build":"00ff",)"
        R"("placement":"process","quarantined":"it crashed","refused":null,)"
        R"("last_crash":"killed","crashes":3,"poisons":1,"events":2,"errors":3,"slow":4,)"
        R"("calls":5,"busy_us":6,"p99_us":7,"max_us":8,"tasks":9,"queued":10,"restarts":11}],)"
        R"("warnings":["do something"],)"
        R"("collections":[{"number":0,"state":"running","pid":13,"epoch":7,"restarts":1,)"
        R"("lag_us":250,"unfinished":3,"shards":2,"busy_micro":214000},{"number":1,)"
        R"("state":"waiting","pid":null,"epoch":8,"restarts":2,"lag_us":0,"unfinished":0,"shards":0,)"
        R"("busy_micro":null}],"network_manager":null,"scaler":{"mode":"advise",)"
        R"("plan_is_fixed":"no","acting":false,)"
        R"("under_way":"","draining":[1],"collections_min":1,"collections_max":1,"last":null}})");
    CHECK(
        one.ask("GET", "/v1/shards").json ==
        R"({"api_version":1,"source":"host","shards":[{"slot":"0/2","state":"ready",)"
        R"("in_state_ms":0,"why":"","collection":0,"generation":0,"has_session":true,)"
        R"("sequence":99,"unfinished":0,"events_per_1000_s":0,"latency_us":null,"latency_age_ms":null,)"
        R"("event_age_ms":null,"events_per_1000_min":null,"usual_events_per_1000_min":null,)"
        R"("rate_age_ms":null,"paused":false,"guilds":0,"guilds_counted":false,"voice_channels":0,)"
        R"("session_age_ms":null,"lag_us":null,"load_micro":null,"heaviest_guild":null,)"
        R"("heaviest_micro":0},{"slot":"1/2","state":"idle","in_state_ms":5,)"
        R"("why":"why not","collection":1,"generation":4,"has_session":false,"sequence":0,)"
        R"("unfinished":6,"events_per_1000_s":0,"latency_us":42000,"latency_age_ms":900,"event_age_ms":30,)"
        R"("events_per_1000_min":4000,"usual_events_per_1000_min":5000,"rate_age_ms":70,)"
        R"("paused":true,"guilds":12,"guilds_counted":true,"voice_channels":3,"session_age_ms":4567,"lag_us":89,"load_micro":431000,"heaviest_guild":"9","heaviest_micro":100000}]})");
    CHECK(
        one.ask("GET", "/v1/collections")
            .json.starts_with(R"({"api_version":1,"collections":[{"number":0,"state":"running",)"));
    CHECK(one.of.log == "200 200 200 ");
}

TEST_CASE("control: what one side writes the other reads, and what is newer is passed over")
{
    const status from = full();
    const auto read = parse_status(status_json(from));
    REQUIRE(read);
    CHECK(status_json(*read) == status_json([&] {
              status same = from;
              same.plugins[1].file = "\uFFFD.so";
              return same;
          }()));
    CHECK(read->shard_counts == count_by_state(from.shards));
    CHECK(read->plugins[1].refused->detail == "why");
    const auto shards = parse_shards_list(shards_json(from.shards, shards_source::host));
    REQUIRE(shards);
    CHECK(shards_json(*shards, shards_source::host) ==
          shards_json(from.shards, shards_source::host));
    CHECK(parse_status(R"({"api_version":1,"pid":3,"new":[{}]})")->pid == 3);
    for (const char* text :
         {"", "[]", R"({"pid":"x"})", R"({"pid":1e99})", R"({"phase":1})", R"({"collections":{}})",
          R"({"plugins":[1]})", R"({"bot":2})", R"({"shards":{"by_state":{"odd":1}}})"}) {
        CAPTURE(text);
        const auto refused = parse_status(text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == errc::malformed);
    }
    CHECK_FALSE(parse_shards_list(R"({"shards":[{"slot":"2/2"}]})"));
}

TEST_CASE("control: every state has a word of its own")
{
    for (int at = 0; at <= static_cast<int>(gateway::last_state); ++at) {
        const auto state = static_cast<gateway::state>(at);
        CHECK(parse_word(word(state)) == state);
    }
    CHECK_FALSE(parse_word("unknown"));
}

TEST_CASE("control: a text of any bytes becomes valid JSON")
{
    shard_status odd;
    for (const char* text : {"\xc3\xa4", "\xe2\x9c\x93", "\xf0\x9f\x98\x80", "\n\x01\"", ""}) {
        odd.why = text;
        CHECK(boost::json::parse(shard_json(odd)).at("why").as_string() == text);
    }
    for (const char* text : {"\xc3", "\xff", "\xc0", "\x80"}) {
        odd.why = text;
        CHECK(boost::json::parse(shard_json(odd)).at("why").as_string() == "\uFFFD");
    }
    for (const char* text :
         {"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\xf0\x8f\xbf\xbf"}) {
        odd.why = text;
        CHECK(boost::json::parse(shard_json(odd)).at("why").as_string().find("\uFFFD\uFFFD") == 0);
    }
}

TEST_CASE("control: unknown paths, wrong methods and bad bodies are told what would be right")
{
    player one;
    const auto code = [](const net::control_answer& answer) {
        return std::to_string(answer.status) + " " +
               std::string(boost::json::parse(answer.json).at_pointer("/error/code").as_string());
    };
    CHECK(code(one.ask("GET", "/")) == "404 unknown_path");
    CHECK(code(one.ask("GET", "/v1/status/")) == "404 unknown_path");
    const auto wrong = one.ask("DELETE", "/v1/status");
    CHECK(code(wrong) == "405 wrong_method");
    CHECK(wrong.allow == "GET");
    CHECK(one.ask("GET", "/v1/stop").allow == "POST");
    for (const char* body : {"{", "[]", "true", R"({"end_sessions":1})", R"({"end_session":true})",
                             R"({"end_sessions":true}x)"})
        CHECK(code(one.ask("POST", "/v1/stop", body)) == "400 bad_request");
    CHECK(one.of.log.find("stop") == std::string::npos);
}

TEST_CASE("control: a stop is answered before it begins")
{
    player one;
    CHECK(one.ask("POST", "/v1/stop").json ==
          R"({"api_version":1,"stopping":true,"end_sessions":false})");
    one.ask("POST", "/v1/stop", R"({"end_sessions":false})");
    one.ask("POST", "/v1/stop", R"({"end_sessions":true})");
    CHECK(one.of.log == "202 stop 202 stop 202 stop-end ");
}

TEST_CASE("control: shards are woken by name or all together", "[wake]")
{
    player one;
    one.of.is = full();
    CHECK(one.ask("POST", "/v1/shards/wake", R"({"slots":["1/2"]})").json ==
          R"({"api_version":1,"woken":1})");
    CHECK(one.ask("POST", "/v1/shards/wake", "{}").json == R"({"api_version":1,"woken":2})");
    one.ask("POST", "/v1/shards/wake", R"({"slots":["1/2","0/2"]})");
    CHECK(one.of.log == "wake-1/2 200 wake 200 wake-1/2-0/2 200 ");
    one.of.log.clear();
    for (const char* body : {"{", "[]", R"({"slots":[]})", R"({"slots":["x"]})",
                             R"({"slots":["2/2"]})", R"({"slot":"1/2"})", R"({"slots":[3]})"})
        CHECK(one.ask("POST", "/v1/shards/wake", body).status == 400);
    CHECK(one.ask("POST", "/v1/shards/wake", R"({"slots":["3/16"]})").status == 404);
    CHECK(one.of.log.find("wake") == std::string::npos);
}

TEST_CASE("control: events begin with the status, and each change comes once")
{
    player one;
    one.of.is = full();
    const auto opened = one.ask("GET", "/v1/events");
    REQUIRE(opened.stream);
    CHECK(opened.stream->name == "status");
    CHECK(opened.stream->json == summary_json(full()));
    CHECK(opened.stream->json.find("plugins") == std::string::npos);
    one.told();
    one.it.tick();
    CHECK(one.told() == "status ");
    one.of.is.collections[1].lag_us = 9;
    one.of.is.collections[0].epoch = 9;
    one.it.look_at_collections();
    REQUIRE(one.events.size() == 1);
    CHECK(one.events[0].json == collection_json(one.of.is.collections[0]));
    CHECK(one.told() == "collection ");
    one.of.is.collections[1].state = "starting";
    one.it.tick();
    CHECK(one.told() == "collection status ");
    one.of.is.collections.push_back({2, "starting"});
    one.it.look_at_collections();
    one.it.look_at_collections();
    CHECK(one.told() == "collection ");
    one.it.shard_changed(one.of.is.shards[0]);
    CHECK(one.events[0].json == shard_json(one.of.is.shards[0]));
    one.it.ended();
    CHECK(one.told() == "shard end ");
}

TEST_CASE("control: whoever asks for the state folder gets that of the run, without a token")
{
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    std::ofstream(file) << "state_dir = \"/from/file\"\n";
    std::map<std::string, std::string> variables{{"HOME", "/home/x"}};
    const environment env = [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    flags given;
    CHECK(*state_folder(given, env) == "/home/x/.local/state/tinfoil/bot");
    given.sandbox = true;
    CHECK(*state_folder(given, env) == "/home/x/.local/state/tinfoil/sandbox");
    given.config_file = file;
    CHECK(*state_folder(given, env) == "/from/file/sandbox");
    CHECK(make_config(given, env)->state == *state_folder(given, env));
    given.state = "own";
    CHECK(*state_folder(given, env) == "own");
    given.config_file = "/missing";
    CHECK(state_folder(given, env).error().code == errc::invalid_argument);
}

TEST_CASE("control: the budget is what the ledger says, and prices what is planned")
{
    player one;
    CHECK(one.ask("GET", "/v1/budget")
              .json.starts_with(
                  R"({"api_version":1,"source":"host","total":null,"remaining":null,)"));
    auto& starts = one.of.starts.starts;
    starts.is_known = true;
    starts.total = 1000;
    starts.remaining = 988;
    starts.reserve = 200;
    starts.max_concurrency = 1;
    starts.reset_after = std::chrono::hours(1);
    starts.waiting = {{{1, 2},
                       sharding::reason::session_lost,
                       sharding::hold::turn,
                       duration(std::chrono::seconds(5))}};
    one.of.starts.spent = {
        {{0, 2}, "cold_start", 9000}, {{1, 2}, "cold_start", 4000}, {{1, 2}, "operator", 1000}};
    CHECK(one.ask("GET", "/v1/budget", "", "for=2").json ==
          R"({"api_version":1,"source":"host","total":1000,"remaining":988,"reserve":200,)"
          R"("reset_after_ms":3600000,"max_concurrency":1,)"
          R"("discord":{"remaining":0,"answered_ago_ms":0,"spent_elsewhere":0},"suspended":null,)"
          R"("breaker":{"repeated":0,"repeated_most":0,"pause_ms":null},)"
          R"("this_run":{"ready":0,"failed":0,"expired":0},"waiting_total":1,)"
          R"("waiting":[{"slot":"1/2","reason":"session_lost","held_by":"turn","in_ms":5000}],)"
          R"("spent":{"last_24h":3,"by_reason":{"cold_start":2,"operator":1},)"
          R"("by_shard":[{"slot":"1/2","count":2,"last_ago_ms":1000},)"
          R"({"slot":"0/2","count":1,"last_ago_ms":9000}],)"
          R"("last":[{"slot":"1/2","reason":"operator","ago_ms":1000},)"
          R"({"slot":"1/2","reason":"cold_start","ago_ms":4000},)"
          R"({"slot":"0/2","reason":"cold_start","ago_ms":9000}]},)"
          R"("plan":{"identifies":2,"verdict":"fits","leaves":986,"takes_ms":0}})");
    for (const char* query : {"for=", "for=0", "for=x", "for=2x", "x=2", "f", "for=100001"})
        CHECK(one.ask("GET", "/v1/budget", "", query).status == 400);
    one.of.log.clear();
    CHECK(one.ask("POST", "/v1/budget/release").json == R"({"api_version":1,"released":2})");
    one.ask("POST", "/v1/budget/release", R"({"slot":"3/16"})");
    for (const char* body : {"{", "[]", R"({"slot":3})", R"({"slot":"16/16"})", R"({"all":true})"})
        CHECK(one.ask("POST", "/v1/budget/release", body).status == 400);
    CHECK(one.of.log == "release 200 release-3/16 200 400 400 400 400 400 ");
}

TEST_CASE("control: settings are shown, and read again when that is asked for")
{
    player it;
    CHECK(it.ask("GET", "/v1/config").json ==
          R"({"api_version":1,"settings":[{"key":"shards","value":"2","from":"--shards",)"
          R"("takes_effect":"next_start"}]})");
    CHECK(it.ask("POST", "/v1/config/reload").json ==
          R"({"api_version":1,"changed":[{"key":"on_crash","before":"isolate","after":null,)"
          R"("takes_effect":"now"}]})");
    CHECK(it.ask("POST", "/v1/config/reload", "{\"now\":true}").status == 400);
    it.of.reload_fails = true;
    const auto refused = it.ask("POST", "/v1/config/reload", "{}");
    CHECK(refused.status == 400);
    CHECK(refused.json.find("bad_settings") != std::string::npos);
    CHECK(refused.json.find("no setting x; nothing has changed") != std::string::npos);
}
