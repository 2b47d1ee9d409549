// Each fault strikes as its description says, and nothing else does.
#include "gateway_scene.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;
using parameters = std::map<std::string, std::string>;
using scene = gateway_scene;

constexpr const char* only_guilds = "1";

/// Two shards with a connection each, 1 and 2.
struct faults_scene : scene {
    explicit faults_scene(settings how = quiet()) : scene(std::move(how))
    {
        identify(1, only_messages, "0,2");
        identify(2, only_messages, "1,2");
    }
    /// The connection whose shard has the first guild.
    [[nodiscard]] connection_id home_connection() const { return 1 + (home().id.value >> 22) % 2; }
    static settings chatty()
    {
        auto how = quiet(200);
        how.acts_per_second = 0;
        return how;
    }
    answer ask(const std::string& path)
    {
        for (const action& each : feed(request{9, "GET", path, "", "", "Bot sandbox"}))
            if (const auto* got = std::get_if<answer>(&each))
                return *got;
        return {};
    }
    /// Somebody says this in the first guild; what clients get.
    list say() { return direct("POST", "/sandbox/say", R"({"text":"hi"})"), texts(todo); }
    /// For so long; what clients get.
    list later(duration time)
    {
        list all;
        for (const instant until = now + time; now < until;) {
            now = std::clamp(discord.deadline(), now, until);
            for (auto& each : told(elapsed{}))
                all.push_back(std::move(each));
        }
        return all;
    }
};

std::string header(const answer& of, std::string_view name)
{
    for (const auto& [key, value] : of.headers)
        if (key == name)
            return value;
    return "";
}

std::string refusal(std::string_view name, const parameters& with)
{
    const auto got = parse_fault(name, with);
    return got ? "taken" : got.error().detail;
}

}  // namespace

TEST_CASE("faults: what each takes is read, and has usual values")
{
    for (const fault_name& each : fault_names()) {
        const auto plain = parse_fault(each.name, {});
        REQUIRE(plain);
        CHECK(plain->what == each.what);
        CHECK(name(each.what) == each.name);
        CHECK(plain->lasts == 30s);
        CHECK(plain->chance == 1);
        CHECK(!plain->shard);
    }
    const auto close = parse_fault("close", {{"code", "4009"}, {"shard", "3/4"}});
    CHECK(close->code == 4009);
    CHECK(close->shard == discord::slot{3, 4});
    const auto slow =
        parse_fault("delay", {{"for", "5m"}, {"by", "250ms"}, {"chance", "0.5"}, {"guild", "7"}});
    CHECK(slow->lasts == 5min);
    CHECK(slow->by == 250ms);
    CHECK(slow->chance == 0.5);
    CHECK(slow->guild.value == 7);
    CHECK(parse_fault("clock-step", {{"by", "-1m"}})->by == -1min);
    CHECK(parse_fault("invalid-session", {{"resumable", "true"}})->resumable);
    CHECK(parse_fault("rest-429", {{"scope", "shared"}})->scope == "shared");
    CHECK(parse_fault("stall", {{"direction", "in"}})->direction == "in");
    CHECK(parse_fault("burst", {{"rate", "12.5"}})->rate == 12.5);
}

TEST_CASE("faults: what can't be taken is refused with what can")
{
    CHECK(refusal("explode", {}).starts_with("there is no fault \"explode\"; there are reconnect"));
    CHECK(refusal("cut", {{"for", "1s"}}) == "the fault cut takes no \"for\"; it takes shard");
    CHECK(refusal("guild-joined", {{"guild", "1"}}) ==
          "the fault guild-joined takes no \"guild\"; it takes nothing");
    CHECK(refusal("cut", {{"shard", "2/2"}}) ==
          "the fault cut: shard=2/2 is not possible; write for example 0/2");
    // What is shown as an example is possible, and the range is the true one.
    CHECK(refusal("clock-step", {{"by", "1h"}}) ==
          "the fault clock-step: by=1h is not possible; write for example -30s or 5m, between "
          "-10m and 10m");
    CHECK(refusal("no-acks", {{"for", "2d"}}).ends_with("250ms, 30s or 1h, above 0 and up to 24h"));
    CHECK(refusal("delay", {{"by", "0s"}}).ends_with("250ms, 2s or 5m, above 0 and up to 10m"));
    CHECK(refusal("burst", {{"rate", "-1"}}).ends_with("100, between 0 and 1000000"));
    CHECK(refusal("close", {{"code", "1"}}).ends_with("4009, between 1000 and 4999"));
    CHECK(refusal("rest-status", {{"code", "1"}}).ends_with("500, between 400 and 599"));
    for (const char* by : {"-30s", "5m", "-10m", "10m"})
        CHECK(parse_fault("clock-step", {{"by", by}}));
    for (const char* by : {"250ms", "2s", "5m", "10m"})
        CHECK(parse_fault("delay", {{"by", by}}));
    for (const char* lasts : {"250ms", "30s", "1h", "24h"})
        CHECK(parse_fault("no-acks", {{"for", lasts}}));
    const std::pair<const char*, parameters> wrong[] = {
        {"cut", {{"shard", "0"}}},          {"cut", {{"shard", "0/2/3"}}},
        {"no-acks", {{"for", "5"}}},        {"no-acks", {{"for", "0s"}}},
        {"no-acks", {{"for", "-1s"}}},      {"no-acks", {{"for", "25h"}}},
        {"delay", {{"by", "-1s"}}},         {"delay", {{"by", "11m"}}},
        {"no-acks", {{"chance", "1.1"}}},   {"no-acks", {{"chance", "nan"}}},
        {"no-acks", {{"chance", "half"}}},  {"guild-left", {{"guild", "x"}}},
        {"close", {{"code", "999"}}},       {"close", {{"code", "4000x"}}},
        {"rest-status", {{"code", "200"}}}, {"invalid-session", {{"resumable", "yes"}}},
        {"rest-429", {{"scope", "all"}}},   {"stall", {{"direction", "up"}}},
        {"burst", {{"rate", "-1"}}}};
    for (const auto& [fault, with] : wrong) {
        INFO(fault << " " << with.begin()->first << "=" << with.begin()->second);
        CHECK(refusal(fault, with).find("is not possible; write for example") != std::string::npos);
    }
}

TEST_CASE("faults: those of a connection strike the shard that they name")
{
    const std::pair<const char*, list> each[] = {
        {R"({"fault":"reconnect","shard":"1/2"})", {"2 < op 7 "}},
        {R"({"fault":"invalid-session","shard":"1/2"})", {"2 < op 9 false"}},
        {R"({"fault":"invalid-session","shard":"1/2","resumable":"true"})", {"2 < op 9 true"}},
        {R"({"fault":"close","shard":"1/2"})", {"2 close 4000", "closed 1/2 1 4000"}},
        {R"({"fault":"close","shard":"1/2","code":"4011"})", {"2 close 4011", "closed 1/2 1 4011"}},
        {R"({"fault":"cut","shard":"1/2"})", {"2 drop", "closed 1/2 1 1006"}},
        {R"({"fault":"request-heartbeat","shard":"1/2"})", {"2 < op 1 "}},
        {R"({"fault":"stall","shard":"1/2"})", {"2 disturb stall"}},
        {R"({"fault":"cut-mid-frame","shard":"1/2"})", {"2 disturb cut-mid-frame"}}};
    for (const auto& [fault, expected] : each) {
        faults_scene it;
        CHECK(it.broken(fault) == expected);
    }
    faults_scene it;
    CHECK(it.broken(R"({"fault":"reconnect"})") == list{"1 < op 7 ", "2 < op 7 "});
    CHECK(it.broken(R"({"fault":"reconnect","shard":"1/4"})").empty());
}

TEST_CASE("faults: corrupt and truncate strike what is compressed, and say when nothing is")
{
    for (const std::string name : {"corrupt", "truncate"}) {
        faults_scene it;
        const std::string fault = R"({"fault":")" + name + "\"}";
        const auto [status, answer] = it.direct("POST", "/sandbox/fault", fault);
        CHECK(status == 404);
        CHECK(std::string(answer.at("message").as_string()).ends_with("only what is compressed"));
        it.feed(opened{3, false, 10, true});
        CHECK(it.broken(fault) == list{"3 disturb " + name});
        it.now += 5s;
        it.feed(opened{4});
        it.op(4, 2, R"({"token":"sandbox","intents":512,"shard":[2,3],"compress":true})");
        CHECK(it.broken(fault) == list{"3 disturb " + name, "4 disturb " + name});
    }
}

TEST_CASE("faults: close, cut and invalid-session end what they say")
{
    const std::pair<const char*, bool> each[] = {
        {R"({"fault":"close"})", true},
        {R"({"fault":"close","code":"4007"})", false},
        {R"({"fault":"close","code":"4009"})", false},
        {R"({"fault":"cut"})", true},
        {R"({"fault":"invalid-session"})", false},
        {R"({"fault":"invalid-session","resumable":true})", true}};
    for (const auto& [fault, resumes] : each) {
        scene it;
        const auto session = scene::session_of(it.identify(1, only_messages));
        it.broken(fault);
        it.feed(closed{1});
        CHECK(it.resume(2, session, 1).back() == (resumes ? "2 < RESUMED 2" : "2 < op 9 false"));
    }
}

TEST_CASE("faults: guild-joined and guild-left change the guilds that there are")
{
    scene it;
    it.identify(1, only_guilds);
    CHECK(it.broken(R"({"fault":"guild-joined"})") == list{"1 GUILD_CREATE", "1 < GUILD_CREATE 5"});
    CHECK(it.discord.everything().guilds.size() == 4);
    const std::string gone = it.guild_id(1);
    CHECK(it.broken(R"({"fault":"guild-left","guild":")" + gone + "\"}") ==
          list{"2 GUILD_DELETE", "1 < GUILD_DELETE 6"});
    CHECK(scene::payloads(it.todo).at(0).at("d") == boost::json::value{{"id", gone}});
    CHECK(it.discord.everything().guilds.size() == 3);
    while (!it.discord.everything().guilds.empty())
        it.broken(R"({"fault":"guild-left"})");
    CHECK(it.broken(R"({"fault":"guild-left"})").empty());
    CHECK(it.broken(R"({"fault":"guild-outage"})").empty());
}

TEST_CASE("faults: guild-outage is over when its time is")
{
    scene it;
    it.identify(1, only_guilds);
    it.broken(R"({"fault":"guild-outage","for":"10s"})");
    it.now += 10s - 1ms;
    CHECK(it.told(elapsed{}).empty());
    CHECK(it.discord.deadline() == it.now + 1ms);
    it.now += 1ms;
    CHECK(it.told(elapsed{}) == list{"2 GUILD_CREATE", "1 < GUILD_CREATE 6"});
}

TEST_CASE("faults: clock-step moves the time that Discord writes")
{
    scene it;
    const auto before = it.discord.everything().wall_ms(it.now);
    it.broken(R"({"fault":"clock-step","by":"-5m"})");
    CHECK(it.discord.everything().wall_ms(it.now) == before - 300'000);
}

TEST_CASE("faults: burst is so many messages a second of one guild, for a while")
{
    scene it;
    it.broken(R"({"fault":"burst","rate":"50","for":"10s"})");
    const auto made = it.run(60s);
    CHECK(made >= 490);
    CHECK(made <= 510);
}

TEST_CASE("faults: no-acks leaves heartbeats without an answer, of one shard, for a while")
{
    faults_scene it;
    CHECK(it.broken(R"({"fault":"no-acks","shard":"1/2","for":"10s"})").empty());
    it.feed(opened{3});
    CHECK(scene::texts(it.op(1, 1, "null")) == list{"1 < op 11 "});
    CHECK(scene::texts(it.op(2, 1, "null")).empty());
    CHECK(scene::texts(it.op(3, 1, "null")) == list{"3 < op 11 "});  // It is no shard yet.
    it.now += 10s;
    CHECK(scene::texts(it.op(2, 1, "null")) == list{"2 < op 11 "});
}

TEST_CASE("faults: no-hello and late-hello greet new connections badly")
{
    faults_scene it;
    it.broken(R"({"fault":"no-hello","for":"1s"})");
    CHECK(it.told(opened{3}).empty());
    it.now += 1s;
    it.broken(R"({"fault":"late-hello","by":"3s"})");
    CHECK(it.told(opened{4}).empty());
    CHECK(it.discord.deadline() == it.now + 3s);
    it.now += 3s;
    CHECK(it.told(elapsed{}) == list{"4 < op 10 "});
}

TEST_CASE("faults: no-ready takes an IDENTIFY, and late-ready answers it late")
{
    scene it;
    it.broken(R"({"fault":"no-ready","for":"1s"})");
    CHECK(scene::texts(it.identify(1, only_messages)).empty());
    CHECK(it.discord.so_far().identifies == 1);
    it.now += 5s;
    it.broken(R"({"fault":"late-ready","by":"3s"})");
    CHECK(scene::texts(it.identify(2, only_messages)) == list{"identified 0/1 0 0"});
    it.now += 3s;
    CHECK(it.told(elapsed{}) == list{"2 < READY 1"});
}

TEST_CASE("faults: slow-replay leaves so long between two events")
{
    scene it;
    const auto session = scene::session_of(it.identify(1, only_messages));
    it.feed(closed{1});
    it.post();
    it.post();
    it.broken(R"({"fault":"slow-replay","by":"1s"})");
    CHECK(it.resume(2, session, 1) == list{"resumed 0/1 1 0"});
    it.now += 1s;
    CHECK(it.told(elapsed{}) == list{"2 < MESSAGE_CREATE 2"});
    it.now += 1s;
    CHECK(it.told(elapsed{}) == list{"2 < MESSAGE_CREATE 3", "2 < RESUMED 4"});
}

TEST_CASE("faults: early-dispatch is an event before READY")
{
    scene it;
    it.broken(R"({"fault":"early-dispatch"})");
    CHECK(scene::texts(it.identify(1, only_messages)) ==
          list{"identified 0/1 0 0", "1 < GUILD_JOIN_REQUEST_DELETE 1", "1 < READY 2"});
}

TEST_CASE("faults: dead-resume-url lasts for a while")
{
    scene it;
    CHECK(!it.discord.resume_url_is_dead(it.now));
    it.broken(R"({"fault":"dead-resume-url","for":"1m"})");
    CHECK(it.discord.resume_url_is_dead(it.now + 59s));
    CHECK(!it.discord.resume_url_is_dead(it.now + 60s));
}

TEST_CASE("faults: delay holds up a guild's events and what follows them")
{
    faults_scene it;
    const connection_id id = it.home_connection();
    const std::string to = std::to_string(id);
    it.broken(R"({"fault":"delay","by":"2s","for":"1s","guild":")" + it.guild_id() + "\"}");
    CHECK(it.say() == list{"1 MESSAGE_CREATE"});
    CHECK(scene::texts(it.op(id, 1, "null")).empty());
    it.now += 2s;
    CHECK(it.told(elapsed{}) == list{to + " < MESSAGE_CREATE 2", to + " < op 11 "});
    CHECK(it.say().size() == 2);  // The fault is over.
    scene other;
    other.broken(R"({"fault":"delay","by":"2s","guild":")" + other.guild_id() + "\"}");
    CHECK(scene::texts(other.identify(1, only_messages)).size() == 2);  // READY is of no guild.
}

TEST_CASE("faults: shuffle-keys changes the order of keys and nothing else")
{
    faults_scene it;
    const auto said = [&] {
        it.say();
        for (const action& each : it.todo)
            if (const auto* to = std::get_if<discordsim::send>(&each))
                return to->text.substr(to->text.find("\"d\":"));
        return std::string();
    };
    it.broken(R"({"fault":"shuffle-keys","for":"5s"})");
    const std::string other = said();
    it.now += 5s;
    const std::string usual = said();
    CHECK(usual.find("\"id\"") < usual.find("\"content\""));
    CHECK(other.find("\"id\"") > other.find("\"content\""));
    CHECK(usual.size() == other.size());
}

TEST_CASE("faults: twins are two events with the same content, both counted")
{
    scene it;
    it.identify(1, "128");
    it.broken(R"({"fault":"twins"})");
    const auto all = it.op(1, 4, R"({"guild_id":")" + it.guild_id() + R"(","channel_id":null})");
    CHECK(scene::texts(all) == list{"1 VOICE_STATE_UPDATE", "2 VOICE_STATE_UPDATE",
                                    "1 < VOICE_STATE_UPDATE 2", "1 < VOICE_STATE_UPDATE 3"});
    const auto sent = scene::payloads(all);
    CHECK(sent.at(0).at("d") == sent.at(1).at("d"));
    it.now += 5s;
    it.identify(2, only_messages);
    // What has an id of its own has no twin, but it may be changed twice in the same way.
    CHECK(it.post() == list{"3 MESSAGE_CREATE", "2 < MESSAGE_CREATE 2"});
    const auto& said = it.home().channels[0].messages.back();
    it.now += 2s;
    CHECK(
        it.told(request{9, "PATCH",
                        "/channels/" + to_string(said.channel) + "/messages/" + to_string(said.id),
                        R"({"content":"b"})", "application/json", "Bot sandbox"}) ==
        list{"4 MESSAGE_UPDATE", "5 MESSAGE_UPDATE", "2 < MESSAGE_UPDATE 3",
             "2 < MESSAGE_UPDATE 4"});
}

TEST_CASE("faults: what a stall makes late is no breach, and what is late without one is")
{
    for (const bool stalled : {false, true}) {
        scene it;
        it.identify(1, only_messages);
        it.broken(R"({"fault":"request-heartbeat"})");
        if (stalled)
            it.broken(R"({"fault":"stall","for":"5m","direction":"out"})");
        it.now += 10s;
        it.feed(elapsed{});
        it.now += 4min;
        CHECK(it.told(elapsed{}).front() == "1 close 4009");
        CHECK(it.breaches().empty() == stalled);
    }
}

TEST_CASE("faults: an IDENTIFY that a late HELLO delayed is no breach")
{
    for (const bool late : {false, true}) {
        scene it;
        if (late)
            it.broken(R"({"fault":"late-hello","for":"1s","by":"6s"})");
        it.feed(opened{1});
        it.now += 5s;
        it.feed(opened{2});
        it.now += 1s;
        const std::string identify = R"({"token":"sandbox","intents":512,"shard":[0,1]})";
        it.op(1, 2, identify);
        CHECK(scene::texts(it.op(2, 2, identify)) == list{"2 < op 9 false"});
        CHECK(it.breaches().empty() == late);
    }
}

TEST_CASE("faults: a connection that owes too much is cut, and its session may be resumed")
{
    auto how = scene::quiet();
    how.replay_events = 20'000;
    scene it(how);
    const auto session = scene::session_of(it.identify(1, only_messages));
    it.broken(R"({"fault":"delay","for":"1h","by":"10m"})");
    const std::size_t bound = how.replay_events + simulator::held_payloads_max;
    const input say = direct{7, "POST", "/sandbox/say", R"({"text":"hi"})"};
    list lines;
    for (std::size_t i = 0; i < bound; ++i) {
        lines = it.told(say);
        REQUIRE(lines.size() == 1);
    }
    lines = it.told(say);
    CHECK(lines == list{std::to_string(bound + 1) + " MESSAGE_CREATE", "1 drop",
                        "closed 0/1 " + std::to_string(bound + 2) + " 1006"});
    CHECK(it.resume(2, session, static_cast<int>(bound)).front() ==
          "resumed 0/1 " + std::to_string(bound) + " 0");
    CHECK(it.discord.so_far().breaches == 0);
}

TEST_CASE("faults: who was asked before something broke may answer late")
{
    for (const bool broken : {false, true}) {
        scene it;
        it.identify(1);
        const std::string application = to_string(it.discord.everything().application);
        it.feed(request{9, "POST", "/applications/" + application + "/commands",
                        R"({"name":"greet","description":"Greets"})", "application/json",
                        "Bot sandbox"});
        CHECK(it.direct("POST", "/sandbox/call", R"({"command":"greet"})").first == 200);
        it.broken(broken ? R"({"fault":"cut"})" : R"({"fault":"clock-step","by":"1s"})");
        it.now += 3s;
        it.feed(elapsed{});
        CHECK(it.discord.so_far().unanswered == 1);
        CHECK(it.breaches().empty() == broken);
    }
}

TEST_CASE("faults: REST answers in place of Discord")
{
    faults_scene it;
    for (const char* scope : {"user", "global", "shared"}) {
        it.broken(R"({"fault":"rest-429","for":"1s","by":"1500ms","scope":")" + std::string(scope) +
                  "\"}");
        const auto got = it.ask("/users/@me");
        CHECK(got.status == 429);
        CHECK(header(got, "Retry-After") == "2");
        CHECK(header(got, "X-RateLimit-Scope") == scope);
        CHECK(boost::json::parse(got.body).at("retry_after") == 1.5);
        it.now += 1s;
    }
    it.broken(R"({"fault":"rest-status","for":"1s","code":500})");
    CHECK(it.ask("/users/@me").status == 500);
    it.now += 1s;
    it.broken(R"({"fault":"rest-html","for":"1s"})");
    const auto page = it.ask("/users/@me");
    CHECK(page.status == 503);
    CHECK(header(page, "Content-Type") == "text/html");
    it.now += 1s;
    CHECK(it.ask("/users/@me").status == 200);
    CHECK(it.breaches().empty());  // Nothing of it is the bot's fault.
}

TEST_CASE("faults: REST answers late, or not to its end")
{
    faults_scene it;
    it.broken(R"({"fault":"rest-late","for":"1s","by":"4s"})");
    CHECK(it.ask("/users/@me").status == 0);
    it.now += 4s;
    const auto late = it.feed(elapsed{});
    REQUIRE(late.size() == 1);
    CHECK(std::get<answer>(late[0]).status == 200);
    it.broken(R"({"fault":"rest-cut","for":"1s"})");
    CHECK(it.ask("/users/@me").is_cut);
    it.now += 1s;
    CHECK(!it.ask("/users/@me").is_cut);
}

TEST_CASE("faults: a chance strikes about so often")
{
    faults_scene it;
    it.broken(R"({"fault":"rest-html","for":"1h","chance":"0.25"})");
    int struck = 0;
    for (int i = 0; i < 400; ++i, it.now += 6s)
        struck += it.ask("/users/@me").status == 503 ? 1 : 0;
    CHECK(struck > 60);
    CHECK(struck < 140);
}

TEST_CASE("faults: the document names each with its parameters")
{
    std::ifstream in(TINFOIL_SANDBOX_DOCUMENT);
    std::ostringstream all;
    all << in.rdbuf();
    const std::string text = all.str();
    const auto begin = text.find("<!-- faults -->"), end = text.find("<!-- /faults -->");
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    const std::string table = text.substr(begin, end - begin);
    for (const fault_name& each : fault_names()) {
        std::string takes;
        std::istringstream words{std::string(each.takes)};
        for (std::string word; words >> word;)
            takes += (takes.empty() ? "`" : ", `") + word + "`";
        const std::string row = "\n| `" + std::string(each.name) + "` | " + takes +
                                (takes.empty() ? "| " : " | ") + std::string(each.means) + " |\n";
        INFO(row);
        CHECK(table.find(row) != std::string::npos);
    }
    CHECK(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')) ==
          fault_names().size() + 3);
}

TEST_CASE("faults: a connection whose session goes on without it may resume it at once")
{
    gateway_scene it;
    const std::string session = gateway_scene::session_of(it.identify(1));
    it.feed(
        direct{5, "POST", "/sandbox/fault", R"({"fault":"invalid-session","resumable":"true"})"});
    CHECK(it.post() == std::vector<std::string>{"1 MESSAGE_CREATE"});
    const auto told = it.told(payload{1, R"({"op":6,"d":{"token":"sandbox","session_id":")" +
                                             session + R"(","seq":4}})"});
    CHECK(told.back().find("RESUMED") != std::string::npos);
    CHECK(it.discord.so_far().breaches == 0);
}

TEST_CASE("faults: what can strike nothing says so")
{
    gateway_scene it;
    const auto status = [&](const std::string& fault) {
        for (const action& each : it.feed(direct{5, "POST", "/sandbox/fault", fault}))
            if (const auto* got = std::get_if<answer>(&each))
                return got->status;
        return 0;
    };
    CHECK(status(R"({"fault":"cut"})") == 404);
    CHECK(status(R"({"fault":"guild-outage","guild":"123"})") == 404);
    it.identify(1);
    CHECK(status(R"({"fault":"close","shard":"7/9"})") == 404);
    CHECK(status(R"({"fault":"close","shard":"0/1"})") == 200);
    CHECK(status(R"({"fault":"guild-outage","guild":"Lantern Keepers"})") == 200);
}

TEST_CASE("faults: while something is broken a late answer is no breach")
{
    gateway_scene it(gateway_scene::quiet(0));
    it.identify(1);
    it.feed(direct{5, "POST", "/sandbox/fault", R"({"fault":"no-hello","for":"10m"})"});
    it.feed(opened{2});
    it.now += std::chrono::minutes(3);
    it.feed(payload{1, R"({"op":1,"d":null})"});
    it.now += std::chrono::seconds(1);
    it.feed(elapsed{});
    for (const auto& each : it.discord.seen().breaches())
        CHECK(each.what.find("a connection") == std::string::npos);
}
