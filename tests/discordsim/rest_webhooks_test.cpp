// Discord Docs/Webhook.
#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

TEST_CASE("rest webhooks: a webhook is made, found and removed", "[rest/webhook]")
{
    rest_scene it;
    const auto made = it.ask("POST", it.channel_path() + "/webhooks", R"({"name":"news"})");
    CHECK(it.types() == list{"WEBHOOKS_UPDATE"});
    CHECK(it.events[0].intents == 1U << 5);
    const std::string path = "/webhooks/" + rest_scene::id(made);
    const std::string token = made.at("/token").as_string().c_str();
    CHECK(it.ask("GET", path).at("/user/id") == to_string(it.all.bot.id).c_str());
    CHECK_FALSE(it.ask("GET", path + "/" + token).body.as_object().contains("user"));
    CHECK(it.ask("GET", path + "/wrong").status == 401);
    CHECK(it.ask("GET", it.channel_path() + "/webhooks").body.as_array().size() == 1);
    CHECK(it.ask("GET", it.guild_path() + "/webhooks").body.as_array().size() == 1);
    CHECK(it.ask("PATCH", path, R"({"name":"olds"})").at("/name") == "olds");
    CHECK(it.ask("DELETE", path + "/" + token).status == 204);
    CHECK(it.ask("GET", path).at("/code") == 10015);
    CHECK(it.ask("POST", it.channel_path() + "/webhooks", R"({"name":"Clyde"})").status == 400);
}

TEST_CASE("rest webhooks: what a webhook says is its own", "[rest/webhook]")
{
    rest_scene it;
    const auto hook = it.ask("POST", it.channel_path() + "/webhooks", R"({"name":"news"})");
    const std::string path =
        "/webhooks/" + rest_scene::id(hook) + "/" + hook.at("/token").as_string().c_str();
    CHECK(it.ask("POST", path, R"({"content":"a"})").status == 204);
    CHECK(it.types() == list{"MESSAGE_CREATE"});
    const auto made = it.ask("POST", path + "?wait=true", R"({"content":"a","username":"paper"})");
    CHECK(made.at("/author/username") == "paper");
    CHECK(made.at("/webhook_id") == hook.at("/id"));
    const std::string message = path + "/messages/" + rest_scene::id(made);
    CHECK(it.ask("PATCH", message, R"({"content":"b"})").at("/content") == "b");
    CHECK(it.ask("GET", message).at("/content") == "b");
    CHECK(it.ask("DELETE", message).status == 204);
    CHECK(it.ask("DELETE", message).at("/code") == 10008);
    const std::string other = it.message_path();
    CHECK(it.ask("DELETE", path + other.substr(other.rfind("/messages"))).status == 404);
}

TEST_CASE("rest webhooks: a channel has fifteen at most", "[rest/webhook]")
{
    rest_scene it;
    for (int i = 0; i < 15; ++i)
        CHECK(it.ask("POST", it.channel_path() + "/webhooks", R"({"name":"a"})").status == 200);
    CHECK(it.ask("POST", it.channel_path() + "/webhooks", R"({"name":"a"})").at("/code") == 30007);
}
