#include "host/bot.hpp"
#include "host/config.hpp"
#include "host/plan_choice.hpp"
#include "host/rest_call.hpp"
#include "host/tally.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <map>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

namespace {

struct player {
    bot it;
    instant now{};
    std::string feed(const bot_input& what)
    {
        std::vector<bot_action> todo;
        it.on(what, now, todo);
        std::string seen;
        for (const auto& each : todo)
            seen += std::holds_alternative<hush>(each)                    ? "hush "
                    : std::holds_alternative<host::stop_collection>(each) ? "stop "
                    : std::get<end>(each).why                             ? "fail "
                                                                          : "end ";
        return seen;
    }
};

result<config> configure(const flags& given, std::map<std::string, std::string> variables)
{
    return make_config(
        given,
        [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        });
}

}  // namespace

TEST_CASE("bot: Ctrl-C lets answers out, closes, and ends within two seconds")
{
    player it;
    it.feed(shards_begun{1});
    CHECK(it.feed(interrupted{}) == "hush ");
    it.now = it.it.deadline();
    CHECK(it.feed(elapsed{}) == "stop ");
    it.now = it.it.deadline();
    CHECK(it.feed(elapsed{}) == "end ");
    CHECK(it.now - instant{} < 2s);
}

TEST_CASE("bot: nobody waits longer than needed, and a second Ctrl-C hurries")
{
    player it;
    it.feed(shards_begun{1});
    CHECK(it.feed(time_over{}) == "hush ");
    CHECK(it.feed(people_quiet{}) == "stop ");
    CHECK(it.feed(collection_ended{0}) == "end ");
    player other;
    other.feed(shards_begun{1});
    other.feed(interrupted{});
    CHECK(other.feed(interrupted{}) == "stop ");
    CHECK(other.feed(interrupted{}) == "end ");
}

TEST_CASE("bot: ends with the error when start-up fails or the last shard gives up")
{
    player early;
    CHECK(early.feed(start_failed{{errc::unreachable, ""}}) == "fail ");
    player late;
    late.feed(shards_begun{2});
    CHECK(late.feed(shard_given_up{{errc::token_rejected, ""}}) == "");
    CHECK(late.feed(shard_given_up{{errc::token_rejected, ""}}) == "stop ");
    CHECK(late.feed(collection_ended{0}) == "fail ");
}

TEST_CASE("plan: an operator's number wins, the stored plan outlives a recommendation")
{
    CHECK(choose_plan({}, {}, 2)->slots.size() == 2);
    CHECK(choose_plan(3, {"0/2 1/2", {}}, 2)->slots.size() == 3);
    CHECK(choose_plan(3, {"0/2 1/2", 2}, 2)->slots.size() == 3);
    const auto kept = choose_plan({}, {"0/2 1/2", {}}, 4);
    CHECK(kept->slots.size() == 2);
    CHECK(kept->note.find("recommends 4") != std::string::npos);
    CHECK_FALSE(kept->store);
    CHECK(choose_plan({}, {"0/2", {}}, 1).error().code == errc::state_unusable);
    // Asked for at an earlier start, and split since.
    const auto split = choose_plan(2, {"0/2 1/4 3/4", 2}, 2);
    CHECK(split->slots.size() == 3);
    CHECK_FALSE(split->store);
    CHECK(split->note.find("reshard 2") != std::string::npos);
    CHECK(choose_plan(2, {"0/2 1/2", 2}, 2)->note.empty());
    CHECK(choose_plan(2, {"0/2", 2}, 2)->slots.size() == 2);
}

TEST_CASE("tally: a command is answered when Discord accepted its callback, once")
{
    tally it(instant{});
    discord::rest_request callback;
    callback.method = "POST";
    callback.path = "/interactions/5/token/callback";
    it.answered(callback, 204);
    CHECK(it.commands_answered() == 0);  // Of a button, say.
    callback.answers_command = true;
    it.answered(callback, 500);
    CHECK(it.commands_answered() == 0);
    it.answered(callback, 204);
    it.answered(callback, 204);
    CHECK(it.commands_answered() == 1);
    CHECK(it.rest().at(204) == 3);
    it.event_came(instant{} + 7ms);
    it.event_came(instant{} + 9ms);
    CHECK(it.first_event() == duration(7ms));
}

TEST_CASE("tally: the last word of each process counts, and all of them together")
{
    tally it(instant{});
    it.counted(1, {.by_type = {{"A", 2}}, .redelivered = 0, .commands_seen = 1, .given_up = 0});
    it.counted(
        1, {.by_type = {{"A", 3}, {"B", 1}}, .redelivered = 1, .commands_seen = 1, .given_up = 0});
    it.counted(2, {.by_type = {{"A", 1}}, .redelivered = 0, .commands_seen = 2, .given_up = 4});
    const auto sum = it.total();
    CHECK(sum.events == std::map<std::string, std::uint64_t>{{"A", 4}, {"B", 1}});
    CHECK(sum.all_events == 5);
    CHECK(sum.redelivered == 1);
    CHECK(sum.commands_seen == 3);
    CHECK(sum.given_up == 4);
}

TEST_CASE("config: without a token two lines say what to do")
{
    const auto none = configure({}, {{"HOME", "/nowhere"}});
    REQUIRE_FALSE(none);
    CHECK(none.error().code == errc::invalid_argument);
    CHECK(none.error().detail.find("DISCORD_TOKEN") != std::string::npos);
    CHECK(none.error().detail.find("tinfoil run --sandbox") != std::string::npos);
}

TEST_CASE("config: flags win over variables, variables over the file")
{
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    std::ofstream(file) << "api = \"https://file.example\"\nshards = 4\n[plugins.ping]\nword = "
                           "\"pong\"\n[presence]\nstatus = \"idle\"\n";
    std::map<std::string, std::string> variables{{"HOME", "/nowhere"},
                                                 {"DISCORD_TOKEN", " Bot abc\n"}};
    flags given;
    given.config_file = file;
    CHECK(configure(given, variables)->api == "https://file.example");
    CHECK(configure(given, variables)->shards == 4);
    CHECK(configure(given, variables)->token.reveal() == "abc");
    CHECK(configure(given, variables)->plugin_settings.at("ping") == R"({"word":"pong"})");
    CHECK(configure(given, variables)->presence ==
          R"({"since":null,"activities":[],"status":"idle","afk":false})");
    variables["TINFOIL_API"] = "https://variable.example/";
    CHECK(configure(given, variables)->api == "https://variable.example");
    given.api = "https://flag.example";
    CHECK(configure(given, variables)->api == "https://flag.example");
}

TEST_CASE("config: what the bot and each of its plugins may use of Discord's API")
{
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    std::ofstream(file) << "[rest]\nrequests_per_second = 500\n[rest.budgets.ping]\n"
                           "requests_per_second = 5\nin_flight = 2\nwaiting = 10\ninvalid = 100\n";
    flags given;
    given.config_file = file;
    const auto made = configure(given, {{"HOME", "/nowhere"}, {"DISCORD_TOKEN", "abc"}});
    REQUIRE(made);
    CHECK(made->rest.requests_per_second == 500);
    CHECK(made->rest.connections == 64);
    REQUIRE(made->rest.budgets.size() == 1);
    const auto& ping = made->rest.budgets.at("ping");
    CHECK(ping.per_second == 5);
    CHECK(ping.in_flight == 2);
    CHECK(ping.waiting == 10);
    CHECK(ping.invalid == 100);
    const auto settings = rest_settings_of(*made);
    CHECK(settings.requests_per_second == 500);
    CHECK(settings.budgets.contains("ping"));
}

TEST_CASE("config: bad values name where they came from")
{
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    const std::map<std::string, std::string> variables{{"HOME", "/nowhere"},
                                                       {"DISCORD_TOKEN", "abc"}};
    const auto why = [&](const std::string& toml) {
        std::ofstream(file) << toml;
        flags given;
        given.config_file = file;
        const auto made = configure(given, variables);
        return made ? std::string("accepted") : made.error().detail;
    };
    CHECK(why("apy = 1").find("tinfoil.toml:1: there is no setting apy") != std::string::npos);
    CHECK(why("shards = [1]").find("tinfoil.toml:1: shards needs") != std::string::npos);
    CHECK(why("[presence]\nstatus = \"away\"").find("tinfoil.toml:2: a presence's status is") !=
          std::string::npos);
    CHECK(why("presence = \"away\"").find("[presence] as a table") != std::string::npos);
    CHECK(why("rest = 1").find("tinfoil.toml:1: write [rest] as a table") != std::string::npos);
    CHECK(why("[rest]\nspeed = 1").find("no setting speed in [rest]") != std::string::npos);
    CHECK(why("[rest]\nconnections = 1").find("connections in [rest]") != std::string::npos);
    CHECK(why("[rest.budgets]\nping = 1").find("[rest.budgets.ping] as a table") !=
          std::string::npos);
    CHECK(why("[rest.budgets.ping]\nin_flight = \"x\"")
              .find("in_flight in [rest.budgets.ping] needs a whole number from 1 to 1000") !=
          std::string::npos);
    CHECK(why("\nx = = 1").find("tinfoil.toml:2") != std::string::npos);
    CHECK(why("identify_reserve = 101").find("identify_reserve: \"101\" is no percentage") !=
          std::string::npos);
    CHECK(why("identify_reserve = 0") == "accepted");
    CHECK(why("guild_view = false") == "accepted");
    CHECK(why("guild_view = 16") == "accepted");
    CHECK(why("guild_view = -1").find("guild_view: \"-1\" is no size") != std::string::npos);
    CHECK(why("guild_view_guilds = \"many\"").find("guild_view_guilds: \"many\" is no number") !=
          std::string::npos);
    CHECK(why("dev_guilds = [\"5\", \"x\"]").find("dev_guilds: \"x\" is no id of a guild") !=
          std::string::npos);
    CHECK(why("shards = 0").find("tinfoil.toml:1, shards") != std::string::npos);
    CHECK(why("api = \"http://discord.example\"").find("plain text") != std::string::npos);
    flags lasting;
    lasting.run_for = "30";
    CHECK(configure(lasting, variables).error().detail.find("--for") != std::string::npos);
    flags many;
    many.collections = "0";
    CHECK(configure(many, variables).error().detail.find("--collections") != std::string::npos);
    many.collections = "4";
    CHECK(configure(many, variables)->collections == 4);
    many.in_process = true;
    CHECK(configure(many, variables).error().detail.find("--in-process") != std::string::npos);
    CHECK(*parse_duration("2m") == duration(2min));
    for (const char* text : {"", "s", "-1s", "0s", "1.5s", "99999999999h"})
        CHECK_FALSE(parse_duration(text));
}

TEST_CASE("config: what is kept of guilds, and where commands are developed")
{
    const support::temporary_folder folder;
    flags given;
    given.config_file = (folder.path() / "tinfoil.toml").string();
    const std::map<std::string, std::string> variables{{"HOME", "/h"}, {"DISCORD_TOKEN", "abc"}};
    const auto with = [&](const std::string& text) {
        std::ofstream(*given.config_file, std::ios::trunc) << text;
        return *configure(given, variables);
    };
    CHECK(with("").guild_bytes_max == 64U << 20);
    CHECK(with("guild_view = true").guild_bytes_max == 64U << 20);
    CHECK(with("guild_view = false").guild_bytes_max == 0);
    CHECK(with("guild_view = 3\nguild_view_guilds = 7").guild_bytes_max == 3U << 20);
    CHECK(welcome_of(with("guild_view_guilds = 7")).guilds_max == 7);
    CHECK_FALSE(with("").development);
    given.dev = true;
    const auto made = with(R"(dev_guilds = ["5", "6"])");
    CHECK(made.development);
    CHECK(made.development_guilds == std::vector<discord::snowflake>{{5}, {6}});
}

TEST_CASE("config: what a full collection may drop, and how long a RESUME is tried")
{
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    const auto with = [&](const std::string& text) {
        std::ofstream(file, std::ios::trunc) << text;
        flags given;
        given.config_file = file;
        return configure(given, {{"DISCORD_TOKEN", "a.b.c"}, {"HOME", "/h"}});
    };
    CHECK(with("")->drop_when_full.empty());
    CHECK(with("")->resume_patience == 5min);
    const auto set = with(R"(drop_when_full = ["TYPING_START", "PRESENCE_UPDATE"]
resume_patience = "90s")");
    REQUIRE(set);
    CHECK(set->drop_when_full == std::vector<std::string>{"TYPING_START", "PRESENCE_UPDATE"});
    CHECK(set->resume_patience == 90s);
    for (const char* text :
         {R"(drop_when_full = ["READY"])", R"(drop_when_full = [1])", "drop_when_full = 1",
          R"(drop_when_full = ["typing"])", R"(resume_patience = "soon")"})
        CHECK_FALSE(with(text));
    flags given;
    given.config_file = file;
    std::ofstream(file, std::ios::trunc) << "";
    CHECK(configure(given, {{"DISCORD_TOKEN", "a.b.c"},
                            {"HOME", "/h"},
                            {"TINFOIL_DROP_WHEN_FULL", "TYPING_START, VOICE_STATE_UPDATE"}})
              ->drop_when_full == std::vector<std::string>{"TYPING_START", "VOICE_STATE_UPDATE"});
}

TEST_CASE("config: what is done about plugins that crash or hang, and where they run")
{
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    const auto with = [&](const std::string& text) {
        std::ofstream(file, std::ios::trunc) << text;
        flags given;
        given.config_file = file;
        return configure(given, {{"DISCORD_TOKEN", "a.b.c"}, {"HOME", "/h"}});
    };
    const auto usual = with("");
    CHECK(usual->care.policy == on_crash::isolate);
    CHECK(usual->care.isolated.empty());
    CHECK(usual->handler_warn == 100ms);
    CHECK(usual->handler_hung == 5s);
    const auto set = with(R"(on_crash = "quarantine"
handler_warn = "50ms"
handler_hung = "2s"
[plugin_placement]
slow = "process"
fast = "inline")");
    REQUIRE(set);
    CHECK(set->care.policy == on_crash::quarantine);
    CHECK(set->care.isolated == std::vector<std::string>{"slow"});
    CHECK(welcome_of(*set).handler_warn == 50ms);
    CHECK(welcome_of(*set).handler_hung == 2s);
    for (const char* text :
         {R"(on_crash = "explode")", R"(handler_warn = "soon")", R"(handler_hung = "50ms")",
          R"(handler_hung = "31s")", R"(plugin_placement = "process")",
          "[plugin_placement]\nping = \"thread\"", "[plugin_placement]\nping = 1"})
        CHECK_FALSE(with(text));
    CHECK(with("\n[plugin_placement]\nping = 1").error().detail.find("tinfoil.toml:3") !=
          std::string::npos);
}

TEST_CASE("config: how the plugin folder is watched")
{
    const support::temporary_folder folder;
    const std::string file = (folder.path() / "tinfoil.toml").string();
    const auto with = [&](const std::string& text) {
        std::ofstream(file) << text;
        flags given;
        given.config_file = file;
        return configure(given, {{"DISCORD_TOKEN", "a.b.c"}, {"HOME", "/h"}});
    };
    CHECK(with("")->watch == plugin_watch::automatic);
    CHECK(with("")->when_deleted == on_delete::unload);
    CHECK(with("watch = \"poll\"")->watch == plugin_watch::poll);
    CHECK(with("watch = \"off\"\non_delete = \"keep\"")->when_deleted == on_delete::keep);
    CHECK(with("watch = \"no\"").error().detail.find("auto, poll or off") != std::string::npos);
    CHECK_FALSE(with("on_delete = \"no\""));
}
