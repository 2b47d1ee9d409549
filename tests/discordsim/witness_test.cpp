// What breaks Discord's rules is seen, and nothing else.
#include "gateway_scene.hpp"
#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using scene = gateway_scene;

list rules_of(const witness& seen)
{
    list rules;
    for (const breach& each : seen.breaches())
        rules.emplace_back(each.rule);
    return rules;
}

constexpr const char* answer_text = R"({"type":4,"data":{"content":"a"}})";

/// A client that has /greet, and calls REST.
struct client_scene : scene {
    explicit client_scene(settings how = quiet()) : scene(std::move(how)) {}

    answer ask(const std::string& method, const std::string& path, const std::string& body = "")
    {
        for (const action& each :
             feed(request{9, method, path, body, "application/json", "Bot sandbox"}))
            if (const auto* got = std::get_if<answer>(&each))
                return *got;
        return {};
    }
    void make_command()
    {
        ask("POST", "/applications/" + to_string(discord.everything().application) + "/commands",
            R"({"name":"greet","description":"Greets"})");
    }
    /// Somebody calls /greet; where its first answer goes.
    std::string called()
    {
        const auto made = direct("POST", "/sandbox/call", R"({"command":"/greet"})");
        REQUIRE(made.first == 200);
        const std::string id = made.second.at("id").as_string().c_str();
        for (const auto& [token, each] : discord.everything().interactions)
            if (to_string(each.id) == id)
                return "/interactions/" + id + "/" + token + "/callback";
        return "";
    }
    std::string messages_path() const
    {
        return "/channels/" + to_string(home().channels[0].id) + "/messages";
    }
    void break_identifies()
    {
        identify(20, "512", "0,8");
        identify(21, "512", "0,8");  // Too soon after the one before.
        now += 5s;
        feed(opened{1, false, 3});
        feed(opened{2});
        op(2, 77, "{}");
        feed(opened{3});
        feed(payload{3, "nonsense"});
        feed(opened{4});
        op(4, 3, "{}");
        feed(opened{5});
        op(5, 2, R"({"token":"wrong","intents":0})");
        identify(6, "0", "5,2");
        identify(7, "4194304");
        identify(8, "256");
        identify(9, "0", "0,1");  // All guilds of a world that allows fewer.
    }
    void break_sessions()
    {
        const std::uint64_t number = home().id.value >> 22;
        const auto session = session_of(identify(10, "2", std::to_string(number % 4 + 4) + ",8"));
        identify(10, "0", "0,8");
        resume(11, session, 99);
        now += 5s;
        identify(12, "2", std::to_string(number % 8) + ",8");
        const std::string all = R"({"guild_id":")" + guild_id() + R"(","query":"","limit":0})";
        op(12, 8, all);
        op(12, 8, all);
        for (int i = 0; i < 6; ++i)
            op(12, 3, "{}");
        now += 5s;
        identify(13, "0", std::to_string(number % 8) + ",8");
        op(13, 8, all);
        direct("POST", "/sandbox/fault", R"({"fault":"request-heartbeat"})");
        run(10s);
        for (int i = 0; i < 121; ++i)
            op(13, 1, "null");
    }
    void break_rest()
    {
        feed(request{9, "GET", "/users/@me", "", "", "Bot sandbox", false, "curl/7"});
        const std::string late = called();
        now += 3s;
        feed(elapsed{});
        const std::string twice = called();
        ask("POST", twice, answer_text);
        ask("POST", twice, answer_text);
        ask("POST", called(), R"({"type":5})");
        for (int i = 0; i < 6; ++i)
            ask("POST", messages_path(), R"({"content":"again"})");
    }
};

}  // namespace

TEST_CASE("witness: an interaction is answered within three seconds",
          "[interactions/three-seconds]")
{
    // Discord Docs/Receiving and Responding, "Interaction Callback".
    for (const bool late : {false, true}) {
        rest_scene it;
        const std::string token = it.called();
        it.now += late ? 3s : 3s - 1ms;
        CHECK(it.seen.deadline() == it.now + (late ? 0ms : 1ms));
        it.hurry("POST", it.callback_path(token), answer_text);
        it.seen.look(it.now + 1min);
        CHECK(rules_of(it.seen) == (late ? list{"interactions/three-seconds"} : list{}));
        CHECK(it.seen.so_far().unanswered == (late ? 1 : 0));
    }
}

TEST_CASE("witness: a deferred answer is one in time, and what it promised may take minutes",
          "[interactions/three-seconds]")
{
    // Discord Docs/Receiving and Responding, "Interaction Callback Type".
    rest_scene it;
    const std::string token = it.called();
    it.now += 2s;
    it.hurry("POST", it.callback_path(token), R"({"type":5})");
    it.now += 10min;
    it.seen.look(it.now);
    CHECK(it.seen.waiting() == 0);
    CHECK(it.hurry("POST", it.follow_path(token), R"({"content":"done"})").status == 200);
    CHECK(rules_of(it.seen).empty());
    const counts seen = it.seen.so_far();
    CHECK(seen.commands_answered == 1);
    CHECK(seen.unanswered == 0);
    CHECK(seen.answered_twice == 0);
}

TEST_CASE("witness: what a deferred answer promised comes within fifteen minutes",
          "[interactions/deferred]")
{
    // Discord Docs/Receiving and Responding, "Interaction Callback".
    for (const bool late : {false, true}) {
        rest_scene it;
        const instant given = it.now;
        const std::string token = it.called();
        it.hurry("POST", it.callback_path(token), R"({"type":5})");
        CHECK(it.seen.deadline() == given + 15min);
        it.now += late ? 15min : 15min - 1ms;
        it.seen.look(it.now);
        const int status =
            it.hurry("PATCH", it.follow_path(token) + "/messages/@original", R"({"content":"a"})")
                .status;
        CHECK(status == (late ? 401 : 200));
        CHECK(rules_of(it.seen) == (late ? list{"interactions/deferred"} : list{}));
        CHECK(it.seen.so_far().unanswered == (late ? 1 : 0));
        CHECK(it.seen.deadline() == never);
    }
}

TEST_CASE("witness: an interaction has one first answer", "[interactions/answer-once]")
{
    // Discord Docs/Receiving and Responding, "Interaction Callback".
    rest_scene it;
    const std::string token = it.called();
    it.hurry("POST", it.callback_path(token), answer_text);
    it.hurry("POST", it.follow_path(token), R"({"content":"more"})");
    CHECK(rules_of(it.seen).empty());
    CHECK(it.hurry("POST", it.callback_path(token), answer_text).status == 400);
    CHECK(rules_of(it.seen) == list{"interactions/answer-once"});
}

TEST_CASE("witness: an interaction's token lives for fifteen minutes",
          "[interactions/token-lifetime]")
{
    // Discord Docs/Receiving and Responding, "Interaction Callback".
    rest_scene it;
    const std::string token = it.called();
    it.hurry("POST", it.callback_path(token), answer_text);
    it.now += 15min - 1ms;
    CHECK(it.hurry("POST", it.follow_path(token), R"({"content":"b"})").status == 200);
    it.now += 1ms;
    const auto late = it.hurry("POST", it.follow_path(token), R"({"content":"c"})");
    CHECK(late.status == 401);
    CHECK(late.at("/code") == 50027);
}

TEST_CASE("witness: a request beyond its limit is a breach, unless others used the limit up",
          "[rest/too-many-requests]")
{
    // Discord Docs/Rate Limits, "Exceeding A Rate Limit".
    rest_scene it;
    const auto post = [&] {
        return it.hurry("POST", it.channel_path() + "/messages", R"({"content":"a"})").status;
    };
    for (int i = 0; i < 5; ++i)
        CHECK(post() == 200);
    CHECK(rules_of(it.seen).empty());
    CHECK(post() == 429);
    CHECK(rules_of(it.seen) == list{"rest/too-many-requests"});
    CHECK(it.seen.so_far().too_many_requests == 1);
}

// Discord Docs/Rate Limits, "Invalid Request Limit aka Cloudflare bans".
TEST_CASE("witness: the ban is a breach of its own, and what it answers is no bucket's",
          "[rest/invalid-request-ban]")
{
    rest_scene it;
    for (int i = 0; i < 9'999; ++i)
        it.send({1, "GET", "/users/@me?with=query", "", "", "Bot wrong"});
    CHECK(rules_of(it.seen).empty());
    it.send({1, "GET", "/users/@me?with=query", "", "", "Bot wrong"});
    for (int i = 0; i < 3; ++i)
        CHECK(it.hurry("GET", "/users/@me").status == 429);
    CHECK(rules_of(it.seen) == list{"rest/invalid-request-ban"});
    CHECK(it.seen.breaches().front().what.find(
              "GET /users/@me was the last of 10000 requests within ten minutes") == 0);
    CHECK(it.seen.so_far().too_many_requests == 3);
}

TEST_CASE("witness: no more than a thousand breaches are kept, and all are counted")
{
    witness it(instant{});
    for (int i = 0; i < 1'005; ++i)
        it.broke("rest/too-many-requests", std::to_string(i), instant{} + i * 1ms);
    CHECK(it.breaches().size() == witness::breaches_max);
    CHECK(it.breaches().back().what == "999");
    CHECK(it.so_far().breaches == 1'005);
}

TEST_CASE("witness: a client that breaks every rule reads of each in the verdict, with its time")
{
    auto how = scene::quiet();
    how.guilds_per_shard_max = 2;
    how.max_concurrency = 8;
    how.session_starts = 5;
    client_scene it(how);
    it.make_command();
    it.break_identifies();
    it.break_sessions();
    it.break_rest();
    it.now += 3h;
    it.feed(elapsed{});
    for (int i = 0; i < 3; ++i, it.now += 5s)
        it.identify(40 + i, "0", "0,8");
    const auto [status, verdict] = it.direct("GET", "/sandbox/verdict");
    REQUIRE(status == 200);
    std::map<std::string, std::int64_t> first;
    std::int64_t before = 0;
    for (const auto& each : verdict.at("breaches").as_array()) {
        const auto at = each.at("at_ms").as_int64();
        CHECK(before <= at);
        before = at;
        first.emplace(each.at("rule").as_string(), at);
        CHECK(!each.at("what").as_string().empty());
    }
    list rules;
    for (const auto& [rule, at] : first)
        rules.push_back(rule);
    CHECK(
        rules ==
        list{"gateway/close-4001",          "gateway/close-4002",        "gateway/close-4003",
             "gateway/close-4004",          "gateway/close-4005",        "gateway/close-4007",
             "gateway/close-4008",          "gateway/close-4009",        "gateway/close-4010",
             "gateway/close-4011",          "gateway/close-4012",        "gateway/close-4013",
             "gateway/close-4014",          "gateway/heartbeat-request", "gateway/max-concurrency",
             "gateway/members-intent",      "gateway/members-limit",     "gateway/presence-limit",
             "gateway/session-start-limit", "interactions/answer-once",  "interactions/deferred",
             "interactions/three-seconds",  "rest/too-many-requests",    "rest/user-agent"});
    CHECK(first.at("gateway/max-concurrency") == 0);
    CHECK(first.at("gateway/close-4001") == 5'000);
    CHECK(verdict.at_pointer("/counts/breaches").to_number<std::size_t>() ==
          verdict.at("breaches").as_array().size());
}

TEST_CASE("witness: a client that keeps the rules for a day has a clean verdict")
{
    client_scene it;
    it.make_command();
    const auto session = scene::session_of(it.identify(1, "33282"));
    const std::string members = R"({"guild_id":")" + it.guild_id() + R"(","query":"","limit":0})";
    for (int hour = 0; hour < 24; ++hour) {
        it.op(1, 8, members);
        it.op(1, 3, R"({"since":null,"activities":[],"status":"online","afk":false})");
        CHECK(it.ask("POST", it.called(), answer_text).status == 204);
        CHECK(it.ask("POST", it.messages_path(), R"({"content":"another hour"})").status == 200);
        it.beat(1, 1h);
    }
    it.feed(closed{1, 4000});
    const auto so_far = it.discord.so_far();
    CHECK(it.resume(2, session, 1).back().find("RESUMED") != std::string::npos);
    const auto [status, verdict] = it.direct("GET", "/sandbox/verdict");
    CHECK(status == 200);
    CHECK(verdict.at("breaches").as_array().empty());
    CHECK(verdict.at_pointer("/counts/breaches") == 0);
    CHECK(so_far.commands_answered == 24);
}
