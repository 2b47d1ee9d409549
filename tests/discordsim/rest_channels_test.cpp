#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

TEST_CASE("rest channels: a channel is changed, and removed with all that is in it",
          "[rest/channel]")
{
    rest_scene it;
    const std::string path = it.channel_path();
    CHECK(it.ask("PATCH", path, R"({"topic":"tea","rate_limit_per_user":5})").at("/topic") ==
          "tea");
    CHECK(it.types() == list{"CHANNEL_UPDATE"});
    CHECK(it.ask("GET", path).at("/rate_limit_per_user") == 5);
    const auto thread = it.ask("POST", path + "/threads", R"({"name":"t","type":11})");
    CHECK(it.ask("DELETE", path).status == 200);
    CHECK(it.types() == list{"CHANNEL_DELETE"});
    CHECK(it.ask("GET", path).at("/code") == 10003);
    CHECK(it.ask("GET", "/channels/" + rest_scene::id(thread)).at("/code") == 10003);
}

TEST_CASE("rest channels: a category that is removed leaves its channels", "[rest/channel]")
{
    rest_scene it;
    const auto category = it.ask("POST", it.guild_path() + "/channels", R"({"name":"c","type":4})");
    it.ask("PATCH", it.channel_path(), R"({"parent_id":")" + rest_scene::id(category) + R"("})");
    it.ask("DELETE", "/channels/" + rest_scene::id(category));
    CHECK(it.types() == list{"CHANNEL_DELETE", "CHANNEL_UPDATE"});
    CHECK(it.ask("GET", it.channel_path()).at("/parent_id").is_null());
}

TEST_CASE("rest channels: permissions are those that were set last", "[rest/permissions]")
{
    rest_scene it;
    const std::string role = to_string(it.all.guilds[0].id);
    const std::string path = it.channel_path() + "/permissions/" + role;
    CHECK(it.ask("PUT", path, R"({"type":0,"allow":"1024","deny":"2048"})").status == 204);
    CHECK(it.types() == list{"CHANNEL_UPDATE"});
    it.ask("PUT", path, R"({"type":0,"deny":"8"})");
    const auto got = it.ask("GET", it.channel_path());
    CHECK(got.at("/permission_overwrites").as_array().size() == 1);
    CHECK(got.at("/permission_overwrites/0/deny") == "8");
    CHECK(it.ask("DELETE", path).status == 204);
    CHECK(it.types() == list{"CHANNEL_UPDATE"});
    CHECK(it.ask("DELETE", path).at("/code") == 10009);
}

TEST_CASE("rest channels: typing is seen by those who asked to see it", "[rest/typing]")
{
    rest_scene it;
    CHECK(it.ask("POST", it.channel_path() + "/typing").status == 204);
    CHECK(it.types() == list{"TYPING_START"});
    CHECK(it.events[0].intents == 1U << 11);
    const auto direct =
        it.ask("POST", "/users/@me/channels", R"({"recipient_id":")" + it.person() + R"("})");
    it.ask("POST", "/channels/" + rest_scene::id(direct) + "/typing");
    CHECK(it.events[0].intents == 1U << 14);
}

// Discord Docs/Threads.
TEST_CASE("rest threads: a thread of a message has its id", "[rest/thread]")
{
    rest_scene it;
    const std::string message = it.message_path();
    const auto made = it.ask("POST", message + "/threads", R"({"name":"talk"})");
    CHECK(made.status == 201);
    CHECK(it.types() == list{"MESSAGE_UPDATE", "THREAD_CREATE", "MESSAGE_CREATE"});
    const auto& starter = it.events[2].data;
    CHECK(starter.at("type") == 21);
    CHECK(starter.at("channel_id") == made.at("/id"));
    CHECK(starter.at_pointer("/message_reference/message_id") == made.at("/id"));
    CHECK(starter.at_pointer("/message_reference/channel_id") == made.at("/parent_id"));
    CHECK(starter.at_pointer("/referenced_message/content") == "hello");
    CHECK(message.ends_with(rest_scene::id(made)));
    CHECK(made.at("/thread_metadata/archived") == false);
    CHECK(made.at("/owner_id") == to_string(it.all.bot.id).c_str());
    CHECK(it.ask("POST", message + "/threads", R"({"name":"talk"})").at("/code") == 160'004);
    CHECK(it.ask("GET", it.guild_path() + "/threads/active").at("/threads").as_array().size() == 1);
}

TEST_CASE("rest threads: people come and go", "[rest/thread]")
{
    rest_scene it;
    const auto made =
        it.ask("POST", it.channel_path() + "/threads", R"({"name":"talk","type":11})");
    const std::string path = "/channels/" + rest_scene::id(made) + "/thread-members";
    CHECK(it.ask("PUT", path + "/" + it.person()).status == 204);
    CHECK(it.types() == list{"THREAD_MEMBERS_UPDATE"});
    CHECK(it.events[0].data.at("member_count") == 2);
    CHECK(it.events[0].intents == 1U << 1);
    CHECK(it.ask("GET", path).body.as_array().size() == 2);
    CHECK(it.ask("DELETE", path + "/@me").status == 204);
    CHECK(it.ask("GET", path + "/" + to_string(it.all.bot.id)).at("/code") == 10007);
    CHECK(it.ask("GET", path + "/" + it.person()).status == 200);
}

TEST_CASE("rest threads: an archived one is out of the active ones and takes no change",
          "[rest/thread]")
{
    rest_scene it;
    const auto made =
        it.ask("POST", it.channel_path() + "/threads", R"({"name":"talk","type":11})");
    const std::string path = "/channels/" + rest_scene::id(made);
    it.ask("PATCH", path, R"({"archived":true})");
    CHECK(it.types() == list{"THREAD_UPDATE"});
    CHECK(it.ask("GET", it.guild_path() + "/threads/active").at("/threads").as_array().empty());
    CHECK(it.ask("GET", it.channel_path() + "/threads/archived/public")
              .at("/threads")
              .as_array()
              .size() == 1);
    CHECK(it.ask("PATCH", path, R"({"locked":true})").at("/code") == 50083);
    CHECK(it.ask("PATCH", path, R"({"archived":false})").status == 200);
    CHECK(it.ask("DELETE", path).status == 200);
    CHECK(it.types() == list{"THREAD_DELETE"});
}
