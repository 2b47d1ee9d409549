// What of the plugins' commands is sent to Discord, and what is never touched.
#include "host/command_registry.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* ping = R"([{"name":"ping","description":"Says pong"}])";
constexpr const char* ping_more = R"([{"name":"ping","description":"Says pong, twice"}])";

// A Discord that takes everything, unless `refuse` says otherwise; with the state beside it.
struct world {
    world() { discord[{}]; }

    void begin(bool development = false, std::vector<discord::snowflake> guilds = {})
    {
        it.emplace(7);
        log.clear();
        said.clear();
        registry_begun how{{5}, development, std::move(guilds), {}, creates};
        for (const auto& each : rows)
            how.own.push_back(each.second);
        tell(std::move(how));
    }
    void tell(const registry_input& what)
    {
        std::vector<registry_action> todo;
        it->on(what, now, todo);
        for (const auto& each : todo)
            perform(each);
        while (!questions.empty() && answers) {
            const auto one = questions.front();
            questions.clear();
            tell(answer(one));
        }
    }
    void wait(duration length)
    {
        const instant end = now + length;
        while (it->deadline() <= end) {
            now = std::max(now, it->deadline());
            tell(registry_elapsed{});
        }
        now = end;
    }
    void perform(const registry_action& action)
    {
        if (const auto* ask = std::get_if<ask_discord>(&action)) {
            questions.push_back(*ask);
            log += (log.empty() ? "" : ", ") + ask->method + " " +
                   ask->path.substr(0, ask->path.find('?'));
        } else if (const auto* kept = std::get_if<keep_command>(&action)) {
            rows[{kept->what.guild, kept->what.name}] = kept->what;
        } else if (const auto* forgot = std::get_if<forget_command>(&action)) {
            CHECK(rows.erase({forgot->guild, forgot->name}) == 1);
        } else if (const auto* counted = std::get_if<count_create>(&action)) {
            created.push_back(counted->guild);
        } else {
            said += std::get<registry_say>(action).text + "\n";
        }
    }
    // As the simulated Discord would; the whole one is met in command_care_test.cpp.
    discord_answered answer(const ask_discord& what)
    {
        if (refuse && what.method != "GET")
            return {what.ticket, refuse, refusal, {}};
        if (what.path.starts_with("/users/@me/guilds"))
            return {what.ticket, 200, R"([{"id":"11"},{"id":"12"}])", {}};
        const std::string path = what.path.substr(0, what.path.find('?'));
        const auto at = path.find("/guilds/");
        const discord::snowflake guild{at == path.npos ? 0 : std::stoull(path.substr(at + 8))};
        if (refuse_lists && what.method == "GET")
            return {what.ticket, refuse_lists, refusal, {}};
        auto& here = discord[guild];
        const auto last = path.substr(path.rfind('/') + 1);
        if (what.method == "GET") {
            json::array all;
            for (const auto& each : here)
                all.push_back(each.second);
            return {what.ticket, 200, json::serialize(all), {}};
        }
        last_body = what.body;
        if (what.method == "DELETE")
            return {what.ticket, here.erase(last) == 1 ? 204 : 404, "", {}};
        json::object one{{"nsfw", false}, {"contexts", nullptr}, {"description", ""}};
        const std::string id = last == "commands" ? std::to_string(++last_id) : last;
        if (last != "commands" && !here.contains(last))
            return {what.ticket, 404, R"({"code":10063,"message":"Unknown"})", {}};
        if (last != "commands")
            one = here[last];
        const json::value body = json::parse(what.body);
        for (const auto& each : body.as_object())
            one[each.key()] = each.value();
        one["id"] = id;
        one["version"] = std::to_string(++last_id);
        here[id] = one;
        return {what.ticket, last == "commands" ? 201 : 200, json::serialize(one), {}};
    }
    // Somebody else does.
    void make(const char* command, discord::snowflake guild = {})
    {
        json::object one = json::parse(command).as_object();
        one["id"] = std::to_string(++last_id);
        one["version"] = std::to_string(++last_id);
        discord[guild][std::string(one["id"].as_string())] = one;
    }
    std::string sent() { return std::exchange(log, {}); }
    bool was_said(const std::string& text)
    {
        UNSCOPED_INFO(said);
        return said.find(text) != std::string::npos;
    }

    std::optional<command_registry> it;
    instant now{1h};
    std::map<std::pair<discord::snowflake, std::string>, discord::command_record> rows;
    std::map<discord::snowflake, std::map<std::string, json::object>> discord;
    std::uint64_t last_id = 100;
    std::vector<registry_begun::past_create> creates;
    std::vector<ask_discord> questions;
    std::vector<discord::snowflake> created;
    bool answers = true;
    int refuse = 0, refuse_lists = 0;
    std::string refusal, log, said, last_body;
};

const std::string list = "GET /applications/5/commands";
const std::string create = "POST /applications/5/commands";

}  // namespace

TEST_CASE("commands: what a plugin declares is created once, and a restart sends nothing")
{
    world it;
    it.begin();
    CHECK(it.sent() == "");
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.sent() == list + ", " + create);
    CHECK(it.said == "commands: created /ping\n");
    CHECK(it.created.size() == 1);
    CHECK(it.it->look().registered == 1);
    CHECK(it.it->look().pending == 0);
    CHECK(it.it->deadline() == never);
    // Another collection has them too.
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.sent() == "");
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.sent() == list);
    CHECK(it.said == "");
}

TEST_CASE("commands: a change edits exactly one, and takes back what is not declared any more")
{
    world it;
    it.begin();
    it.tell(plugins_loaded{
        {{"ping", ping},
         {"x", R"([{"name":"x","nsfw":true,"options":[{"name":"o"}]},{"name":"y"}])"}}});
    it.sent();
    it.tell(plugin_loaded{{"x", R"([{"name":"x"},{"name":"y"}])"}});
    CHECK(it.sent() == "PATCH /applications/5/commands/" + to_string(it.rows[{{}, "x"}].id));
    CHECK(it.last_body == R"({"name":"x","nsfw":false,"options":[]})");
    CHECK(it.was_said("commands: edited /x\n"));
    // Between two runs.
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping_more}, {"x", R"([{"name":"x"},{"name":"y"}])"}}});
    CHECK(it.sent() ==
          list + ", PATCH /applications/5/commands/" + to_string(it.rows[{{}, "ping"}].id));
}

TEST_CASE("commands: a crash, a quarantine, an unload and a reload delete nothing; only an "
          "operator's word does")
{
    world it;
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}, {"x", R"([{"name":"x"},{"name":"y"}])"}}});
    it.sent();
    it.tell(plugin_gone{"ping"});
    it.tell(plugins_loaded{{{"x", R"([{"name":"x"}])"}}});
    CHECK(it.sent() == "");
    CHECK(it.was_said("/y of x is not declared any more and stays"));
    it.begin();
    it.tell(plugins_loaded{{}});
    it.tell(plugin_loaded{{"x", R"([{"name":"x"}])"}});
    CHECK(it.sent() == list);
    CHECK(it.discord[{}].size() == 3);
    const auto y = to_string(it.rows[{{}, "y"}].id), x = to_string(it.rows[{{}, "x"}].id);
    it.tell(plugin_disabled{"x"});
    CHECK(it.sent() ==
          "DELETE /applications/5/commands/" + x + ", DELETE /applications/5/commands/" + y);
    CHECK(it.rows.size() == 1);
    it.tell(plugin_disabled{"x"});
    CHECK(it.sent() == "");
    // Disabled while no host ran, and deleted by somebody meanwhile.
    it.discord[{}].clear();
    it.begin();
    it.tell(plugin_disabled{"ping"});
    CHECK(it.sent().starts_with("DELETE"));
    CHECK(it.rows.empty());
    it.tell(plugin_loaded{{"ping", ping}});
    CHECK(it.sent() == list + ", " + create);
}

TEST_CASE("commands: somebody else's are left alone, and said; one that is equal becomes ours")
{
    world it;
    it.make(R"({"name":"ping","description":"Somebody's own"})");
    it.make(R"({"name":"other","description":"d"})");
    it.make(R"({"name":"x","type":2,"contexts":[0]})");
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}, {"x", R"([{"name":"x","type":2}])"}}});
    CHECK(it.sent() == list);
    CHECK(it.was_said("/ping of ping is not registered as declared: there is another command"));
    CHECK(it.was_said("tinfoil rest DELETE /applications/5/commands/101"));
    CHECK(it.it->look().registered == 1);
    REQUIRE(it.it->look().problems.size() == 1);
    CHECK(it.it->look().problems[0].command == "/ping");
    CHECK(it.rows.size() == 1);
    // It goes on being said at each start, and once it is gone there is room.
    it.tell(plugin_loaded{{"ping", ping_more}});
    CHECK(it.sent() == list);
    it.discord[{}].erase("101");
    it.tell(plugin_loaded{{"ping", ping_more}});
    CHECK(it.sent() == list + ", " + create);
    CHECK(it.it->look().problems.empty());
    // Ours now.
    it.tell(plugin_disabled{"x"});
    CHECK(it.sent().starts_with("DELETE"));
    CHECK(it.discord[{}].size() == 2);
}

TEST_CASE("commands: ours that somebody changed is edited, that somebody deleted is made again")
{
    world it;
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}}});
    it.sent();
    auto& own = it.discord[{}].begin()->second;
    own["description"] = "Changed";
    own["version"] = "9";
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.sent().find("PATCH") != std::string::npos);
    // Written differently by Discord, which is not worth a request.
    it.discord[{}].begin()->second["description"] = "Says pong ";
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.sent() == list);
    it.discord[{}].clear();
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.sent() == list + ", " + create);
    // While we run: found out when it is edited.
    it.discord[{}].clear();
    it.tell(plugin_loaded{{"ping", ping_more}});
    CHECK(it.sent().ends_with(list + ", " + create));
}

TEST_CASE("commands: what Discord refuses is said once by plugin and way, until it changes")
{
    world it;
    it.refuse = 400;
    it.refusal =
        R"({"code":50035,"message":"Invalid Form Body","errors":{"options":{"0":{"name":{"_errors":[{"message":"Bad"}]}}}}})";
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.was_said("/ping of ping is not registered as declared: Discord answered 400: Invalid "
                      "Form Body: options.0.name: Bad"));
    it.sent();
    it.tell(plugins_loaded{{{"ping", ping}}});
    it.wait(48h);
    CHECK(it.sent() == "");
    it.refuse = 0;
    it.tell(plugins_loaded{{{"ping", ping_more}}});
    CHECK(it.sent() == create);
    CHECK(it.it->look().problems.empty());
}

TEST_CASE("commands: without an answer it is asked again, later and later, and said once")
{
    world it;
    it.answers = false;
    it.begin();
    it.tell(plugins_loaded{{{"ping", ping}}});
    for (int i = 0; i < 12; ++i) {
        REQUIRE(it.questions.size() == 1);
        const auto asked = it.questions[0];
        it.questions.clear();
        it.tell(discord_answered{asked.ticket, i % 2 ? 503 : 0, "",
                                 i % 2 ? std::nullopt
                                       : std::optional(error{errc::unreachable, "no way"})});
        CHECK(it.questions.empty());
        CHECK(it.it->deadline() - it.now <= 5min);
        CHECK(it.it->deadline() > it.now);
        it.wait(it.it->deadline() - it.now);
    }
    CHECK(it.said.find("no way", it.said.find("no way") + 1) == std::string::npos);
    // Nobody knows whether this create was done: it is looked for before it is sent again.
    it.answers = true;
    auto asked = it.questions[0];
    it.questions.clear();
    it.answers = false;
    it.tell(it.answer(asked));
    asked = it.questions.at(0);
    it.questions.clear();
    CHECK(asked.method == "POST");
    (void)it.answer(asked);
    it.sent();
    it.answers = true;
    it.tell(discord_answered{asked.ticket, 0, "", error{errc::timed_out, "lost"}});
    it.wait(1min);
    CHECK(it.sent() == list);
    CHECK(it.rows.size() == 1);
    CHECK(it.created.size() == 1);
    // Nothing that is not waited for does anything.
    it.tell(discord_answered{asked.ticket, 201, "{}", {}});
    CHECK(it.sent() == "");
}

TEST_CASE("commands: a day's creates and the most of a kind are kept to")
{
    world it;
    for (int i = 0; i < 199; ++i)
        it.creates.push_back({{}, 23h});
    it.begin();
    it.tell(plugins_loaded{{{"x", R"([{"name":"a"},{"name":"b"},{"name":"c"}])"}}});
    CHECK(it.sent() == list + ", " + create);
    CHECK(it.was_said("200 commands a day"));
    CHECK(it.it->look().pending == 2);
    it.wait(59min);
    CHECK(it.sent() == "");
    it.wait(1min);
    CHECK(it.sent() == create + ", " + create);

    world full;
    for (int i = 0; i < 100; ++i)
        full.make((R"({"name":"own)" + std::to_string(i) + "\"}").c_str());
    full.begin();
    full.tell(plugins_loaded{{{"x", R"([{"name":"a"},{"name":"m","type":3}])"}}});
    CHECK(full.sent() == list + ", " + create);
    CHECK(full.was_said("/a of x is not registered as declared: Discord takes 100"));

    // By Discord's word: others have created some.
    world others;
    others.refuse = 429;
    others.refusal = R"({"code":30034,"message":"daily"})";
    others.begin();
    others.tell(plugins_loaded{{{"x", R"([{"name":"a"}])"}}});
    CHECK(others.sent() == list + ", " + create);
    others.wait(59min);
    CHECK(others.sent() == "");
    others.refuse = 0;
    others.wait(1min);
    CHECK(others.sent() == create);
}

TEST_CASE("commands: development registers in guilds, and leaving it takes them away again")
{
    world it;
    it.begin();
    it.tell(plugins_loaded{{{"ping", R"([{"name":"ping","contexts":[0]}])"}}});
    it.sent();
    it.begin(true);
    it.tell(plugins_loaded{{{"ping", R"([{"name":"ping","contexts":[0]}])"}}});
    CHECK(it.sent() == "GET /users/@me/guilds, GET /applications/5/guilds/11/commands, "
                       "POST /applications/5/guilds/11/commands, GET "
                       "/applications/5/guilds/12/commands, POST "
                       "/applications/5/guilds/12/commands");
    CHECK(it.last_body == R"({"name":"ping"})");
    CHECK(it.discord[{}].size() == 1);
    it.begin(true, {{12}});
    it.tell(plugins_loaded{{{"ping", R"([{"name":"ping","contexts":[0]}])"}}});
    CHECK(it.sent().starts_with("DELETE /applications/5/guilds/11/commands/"));
    CHECK(it.discord[{{11}}].empty());
    it.begin();
    CHECK(it.sent().starts_with("DELETE /applications/5/guilds/12/commands/"));
    CHECK(it.rows.size() == 1);
    CHECK(it.discord[{}].size() == 1);
}

TEST_CASE("commands: guilds that can't be asked about take nothing away")
{
    world it;
    it.begin(true, {{11}});
    it.tell(plugins_loaded{{{"ping", ping}}});
    it.refuse_lists = 403;
    it.refusal = R"({"message":"Missing Access"})";
    it.begin(true, {{11}});
    it.tell(plugins_loaded{{{"ping", ping}}});
    CHECK(it.was_said("commands in guild 11 can't be registered: Discord answered 403: Missing "
                      "Access"));
    CHECK(it.rows.size() == 1);
    CHECK(it.it->look().problems.size() == 1);
    // The bot has left the guild, so its commands there are gone.
    it.refuse = 403;
    it.begin();
    CHECK(it.rows.empty());
}

TEST_CASE("commands: what is no list of commands is nothing")
{
    world it;
    it.begin();
    it.tell(plugins_loaded{{{"a", "no JSON"}, {"b", "{}"}, {"c", R"([5,{"name":7}])"}}});
    it.wait(1h);
    CHECK(it.it->look().problems.size() <= 1);
    CHECK(it.log.find("DELETE") == std::string::npos);
}
