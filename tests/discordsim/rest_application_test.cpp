#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

TEST_CASE("rest application: the way to the gateway fits how the client came", "[rest/gateway]")
{
    rest_scene it;
    CHECK(it.ask("GET", "/gateway").at("/url") == "wss://main");
    CHECK(it.send({1, "GET", "/gateway/bot", "", "", "Bot sandbox", true}).at("/url") ==
          "ws://plain");
    const auto got = it.ask("GET", "/gateway/bot");
    CHECK(got.at("/session_start_limit/max_concurrency") == 1);
    CHECK(got.at("/shards") == 1);
}

// Discord Docs/Application, "Edit Current Application".
TEST_CASE("rest application: intents are flags that it may set", "[rest/application]")
{
    rest_scene it;
    CHECK(it.ask("GET", "/applications/@me").at("/flags") == (1 << 15 | 1 << 19));
    const auto got =
        it.ask("PATCH", "/applications/@me", R"({"flags":8192,"tags":["tea"],"description":"d"})");
    CHECK(got.at("/description") == "d");
    CHECK(got.at("/flags") == 8192);
    CHECK(got.at("/tags/0") == "tea");
    CHECK(it.rules.flags == 8192);
    CHECK(it.ask("PATCH", "/applications/@me", R"({"flags":4096})").status == 400);
}

TEST_CASE("rest users: the bot and others", "[rest/user]")
{
    rest_scene it;
    CHECK(it.ask("GET", "/users/@me").at("/bot") == true);
    CHECK(it.ask("GET", "/users/" + it.person()).at("/username") == "Ada");
    CHECK(it.ask("GET", "/users/1").at("/code") == 10013);
    const auto guilds = it.ask("GET", "/users/@me/guilds").body.as_array();
    CHECK(guilds.size() == 2);
    const std::string first = guilds[0].at("id").as_string().c_str();
    CHECK(it.ask("GET", "/users/@me/guilds?after=" + first).body.as_array().size() == 1);
    CHECK(it.ask("GET", "/users/@me/guilds?limit=1").body.as_array().size() == 1);
}

namespace {

std::string commands_path(const rest_scene& of, bool in_guild = false)
{
    return "/applications/" + to_string(of.all.application) +
           (in_guild ? of.guild_path() : std::string()) + "/commands";
}

}  // namespace

TEST_CASE("rest commands: they are made, changed and removed, for all and for a guild",
          "[rest/command]")
{
    for (const bool in_guild : {false, true}) {
        rest_scene it;
        const std::string path = commands_path(it, in_guild);
        const auto made = it.ask("POST", path, R"({"name":"ping","description":"d"})");
        CHECK(made.status == 201);
        CHECK(made.at("/type") == 1);
        CHECK(made.body.as_object().contains("guild_id") == in_guild);
        // The same name again is the same command.
        const auto again = it.ask("POST", path, R"({"name":"ping","description":"e"})");
        CHECK(again.status == 200);
        CHECK(again.at("/id") == made.at("/id"));
        const std::string one = path + "/" + rest_scene::id(made);
        CHECK(it.ask("PATCH", one, R"({"description":"f"})").at("/description") == "f");
        CHECK(it.ask("GET", one).at("/description") == "f");
        CHECK(it.ask("GET", path).body.as_array().size() == 1);
        CHECK(it.ask("GET", commands_path(it, !in_guild)).body.as_array().empty());
        CHECK(it.ask("DELETE", one).status == 204);
        CHECK(it.ask("GET", one).at("/code") == 10063);
    }
}

TEST_CASE("rest commands: an overwrite keeps the ids of those that stay", "[rest/command]")
{
    rest_scene it;
    const std::string path = commands_path(it);
    const auto before =
        it.ask("PUT", path, R"([{"name":"a","description":"d"},{"name":"b","description":"d"}])");
    const auto after =
        it.ask("PUT", path, R"([{"name":"b","description":"d"},{"name":"c","description":"d"}])");
    CHECK(after.at("/0/id") == before.at("/1/id"));
    CHECK(after.at("/1/id") != before.at("/0/id"));
    CHECK(it.ask("PUT", path, R"([{"name":"a","description":"d"},{"name":"a","description":"d"}])")
              .status == 400);
    CHECK(it.ask("GET", path).body.as_array().size() == 2);
    CHECK(it.ask("GET", "/applications/1/commands").status == 403);
}

// Discord Docs/Application Commands, "Registering a Command".
TEST_CASE("rest commands: two hundred are created a day, in each guild", "[rest/command-creates]")
{
    rest_scene it;
    const auto create = [&](bool in_guild) {
        const std::string path = commands_path(it, in_guild);
        const auto made = it.ask("POST", path, R"({"name":"a","description":"d"})");
        if (made.status == 201)
            it.ask("DELETE", path + "/" + rest_scene::id(made));
        return made;
    };
    for (int i = 0; i < 200; ++i)
        CHECK(create(true).status == 201);
    CHECK(create(true).at("/code") == 30034);
    CHECK(create(false).status == 201);
    it.now += 24h;
    CHECK(create(true).status == 201);
}
