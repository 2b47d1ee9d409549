#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

// Discord Docs/Gateway, "List of Intents".
constexpr std::uint64_t guilds_intent = 1U << 0, members_intent = 1U << 1,
                        moderation_intent = 1U << 2;

}  // namespace

TEST_CASE("rest guilds: a guild has its roles, and a change of it is announced", "[rest/guild]")
{
    rest_scene it;
    const auto got = it.ask("GET", it.guild_path() + "?with_counts=true");
    CHECK(got.at("/roles/0/name") == "@everyone");
    CHECK(got.at("/roles/0/colors/primary_color") == 0);
    CHECK(got.at("/approximate_member_count") == 4);
    CHECK(it.ask("PATCH", it.guild_path(), R"({"name":"New","description":"d"})").at("/name") ==
          "New");
    CHECK(it.types() == list{"GUILD_UPDATE"});
    CHECK(it.events[0].intents == guilds_intent);
    CHECK(it.events[0].data.at("description") == "d");
    CHECK(it.ask("GET", "/guilds/1").at("/code") == 10004);
}

TEST_CASE("rest guilds: channels are made of any type, and announced", "[rest/guild]")
{
    rest_scene it;
    const auto category =
        it.ask("POST", it.guild_path() + "/channels", R"({"name":"rooms","type":4})");
    CHECK(category.status == 201);
    CHECK(it.types() == list{"CHANNEL_CREATE"});
    const auto voice =
        it.ask("POST", it.guild_path() + "/channels",
               R"({"name":"talk","type":2,"parent_id":")" + rest_scene::id(category) + R"("})");
    CHECK(voice.at("/bitrate") == 64'000);
    CHECK(voice.at("/parent_id") == category.at("/id"));
    CHECK(it.ask("POST", it.guild_path() + "/channels", R"({"name":"a","type":1})").status == 400);
    CHECK(it.ask("GET", it.guild_path() + "/channels").body.as_array().size() == 6);
    it.ask("PATCH", it.guild_path() + "/channels",
           R"([{"id":")" + rest_scene::id(voice) + R"(","position":9}])");
    CHECK(it.types() == list{"CHANNEL_UPDATE"});
    CHECK(it.events[0].data.at("position") == 9);
}

TEST_CASE("rest guilds: roles live and die, and take themselves from members", "[rest/role]")
{
    rest_scene it;
    const auto made = it.ask("POST", it.guild_path() + "/roles",
                             R"({"name":"mod","color":255,"permissions":"8","hoist":true})");
    const std::string role = rest_scene::id(made);
    CHECK(it.types() == list{"GUILD_ROLE_CREATE"});
    CHECK(it.events[0].intents == guilds_intent);
    CHECK(made.at("/permissions") == "8");
    CHECK(made.at("/colors/primary_color") == 255);
    const std::string member = it.guild_path() + "/members/" + it.person();
    CHECK(it.ask("PUT", member + "/roles/" + role).status == 204);
    CHECK(it.types() == list{"GUILD_MEMBER_UPDATE"});
    CHECK(it.events[0].intents == members_intent);
    CHECK(it.events[0].data.at("roles").as_array().size() == 1);
    it.ask("PUT", member + "/roles/" + role);
    CHECK(it.types() == list{});
    it.ask("PATCH", it.guild_path() + "/roles/" + role, R"({"name":"mods"})");
    CHECK(it.types() == list{"GUILD_ROLE_UPDATE"});
    CHECK(it.ask("GET", it.guild_path() + "/roles/" + role).at("/name") == "mods");
    CHECK(it.ask("DELETE", it.guild_path() + "/roles/" + role).status == 204);
    CHECK(it.types() == list{"GUILD_ROLE_DELETE"});
    CHECK(it.ask("GET", member).at("/roles").as_array().empty());
    CHECK(it.ask("GET", it.guild_path() + "/roles").body.as_array().size() == 2);
    CHECK(it.ask("DELETE", it.guild_path() + "/roles/" + to_string(it.all.guilds[0].id)).status ==
          400);
}

TEST_CASE("rest members: members are listed by id, a page at a time", "[rest/member]")
{
    rest_scene it;
    const std::string path = it.guild_path() + "/members";
    CHECK(it.ask("GET", path).body.as_array().size() == 1);
    const auto all = it.ask("GET", path + "?limit=1000").body.as_array();
    CHECK(all.size() == 4);
    CHECK(all[0].at_pointer("/flags") == 0);
    const std::string second = all[1].at_pointer("/user/id").as_string().c_str();
    CHECK(it.ask("GET", path + "?limit=1000&after=" + second).body.as_array().size() == 2);
    CHECK(it.ask("GET", path + "?limit=1001").at("/errors/limit/_errors/0/code") ==
          "NUMBER_TYPE_MAX");
    CHECK(it.ask("GET", path + "/search?query=ADA").body.as_array().size() == 1);
    CHECK(it.ask("GET", path + "/search").status == 400);
    CHECK(it.ask("GET", path + "/@me").status == 400);
    it.rules.flags = 0;
    CHECK(it.ask("GET", path).at("/code") == 50001);
}

TEST_CASE("rest members: nick, roles and time-outs are changed", "[rest/member]")
{
    rest_scene it;
    const std::string path = it.guild_path() + "/members/";
    const auto got =
        it.ask("PATCH", path + it.person(),
               R"({"nick":"A","communication_disabled_until":"2030-01-01T00:00:00Z"})");
    CHECK(got.at("/nick") == "A");
    CHECK(got.at("/communication_disabled_until") == "2030-01-01T00:00:00Z");
    CHECK(it.types() == list{"GUILD_MEMBER_UPDATE"});
    CHECK(it.ask("PATCH", path + it.person(), R"({"roles":["1"]})").at("/code") == 10011);
    CHECK(it.events.empty());
    CHECK(it.ask("PATCH", path + "@me", R"({"nick":"B"})").at("/nick") == "B");
    CHECK(it.events.at(0).intents == 0);
    CHECK(it.ask("GET", path + to_string(it.all.bot.id)).at("/nick") == "B");
    CHECK(
        it.ask("PATCH", path + it.person(), R"({"nick":")" + std::string(33, 'x') + "\"}").status ==
        400);
}

TEST_CASE("rest members: who is kicked or banned leaves", "[rest/ban]")
{
    rest_scene it;
    const std::string kicked = it.person(0), banned = it.person(1);
    CHECK(it.ask("DELETE", it.guild_path() + "/members/" + kicked).status == 204);
    CHECK(it.types() == list{"GUILD_MEMBER_REMOVE"});
    CHECK(it.ask("GET", it.guild_path() + "/members/" + kicked).at("/code") == 10007);
    const std::string path = it.guild_path() + "/bans/" + banned;
    CHECK(it.ask("GET", path).at("/code") == 10026);
    CHECK(it.ask("PUT", path, "{}").status == 204);
    CHECK(it.types() == list{"GUILD_MEMBER_REMOVE", "GUILD_BAN_ADD"});
    CHECK(it.events[1].intents == moderation_intent);
    CHECK(it.ask("GET", path).at("/user/id") == banned.c_str());
    CHECK(it.ask("GET", it.guild_path() + "/bans").body.as_array().size() == 1);
    CHECK(it.ask("DELETE", path).status == 204);
    CHECK(it.types() == list{"GUILD_BAN_REMOVE"});
    CHECK(it.ask("PUT", path, R"({"delete_message_seconds":604801})").status == 400);
}
