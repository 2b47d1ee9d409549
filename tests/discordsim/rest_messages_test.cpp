#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

TEST_CASE("rest messages: a message is posted, read, edited and deleted", "[rest/message]")
{
    rest_scene it;
    const auto made = it.ask("POST", it.channel_path() + "/messages",
                             R"({"content":"hello","embeds":[{"title":"t"}]})");
    CHECK(made.status == 200);
    CHECK(it.types() == list{"MESSAGE_CREATE"});
    CHECK(made.at("/embeds/0/type") == "rich");
    CHECK(made.at("/pinned") == false);
    // Discord Docs/Gateway Events, "Message Create": events have it, messages do not.
    CHECK_FALSE(made.body.as_object().contains("guild_id"));
    const std::string path = it.channel_path() + "/messages/" + rest_scene::id(made);
    CHECK(it.ask("PATCH", path, R"({"content":"bye"})").at("/edited_timestamp").is_string());
    CHECK(it.types() == list{"MESSAGE_UPDATE"});
    CHECK(it.ask("GET", path).at("/content") == "bye");
    CHECK(it.ask("DELETE", path).status == 204);
    CHECK(it.types() == list{"MESSAGE_DELETE"});
    CHECK(it.events[0].intents == 1U << 9);
    CHECK(it.ask("GET", path).at("/code") == 10008);
}

TEST_CASE("rest messages: what Discord would not post is refused", "[rest/message]")
{
    rest_scene it;
    const std::string path = it.channel_path() + "/messages";
    CHECK(it.ask("POST", path, "{}").at("/code") == 50006);
    CHECK(it.ask("POST", path, R"({"content":")" + std::string(2001, 'x') + "\"}")
              .at("/errors/content/_errors/0/code") == "BASE_TYPE_MAX_LENGTH");
    CHECK(it.ask("POST", path, R"({"content":"a","flags":32768})").status == 400);
    const auto category = it.ask("POST", it.guild_path() + "/channels", R"({"name":"c","type":4})");
    CHECK(
        it.ask("POST", "/channels/" + rest_scene::id(category) + "/messages", R"({"content":"a"})")
            .at("/code") == 50008);
}

TEST_CASE("rest messages: a nonce makes a repeated post the same message", "[rest/message]")
{
    rest_scene it;
    const std::string path = it.channel_path() + "/messages";
    const std::string body = R"({"content":"a","nonce":"n","enforce_nonce":true})";
    const auto first = it.ask("POST", path, body);
    CHECK(first.at("/nonce") == "n");
    CHECK(it.ask("POST", path, body).at("/id") == first.at("/id"));
    CHECK(it.types() == list{});
    it.now += 3min;
    CHECK(it.ask("POST", path, body).at("/id") != first.at("/id"));
}

TEST_CASE("rest messages: pages are asked for by the ids around them", "[rest/message]")
{
    rest_scene it;
    std::vector<std::string> ids;
    for (int i = 0; i < 6; ++i)
        ids.push_back(
            rest_scene::id(it.ask("POST", it.channel_path() + "/messages", R"({"content":"a"})")));
    const auto page = [&](const std::string& query) {
        const auto got = it.ask("GET", it.channel_path() + "/messages?" + query);
        list found;
        for (const auto& each : got.body.as_array())
            found.emplace_back(each.at("id").as_string().c_str());
        return found;
    };
    CHECK(page("limit=2") == list{ids[5], ids[4]});
    CHECK(page("limit=2&before=" + ids[3]) == list{ids[2], ids[1]});
    CHECK(page("limit=2&after=" + ids[1]) == list{ids[3], ids[2]});
    CHECK(page("limit=3&around=" + ids[3]) == list{ids[4], ids[3], ids[2]});
    CHECK(it.ask("GET", it.channel_path() + "/messages?limit=0").status == 400);
}

TEST_CASE("rest messages: no more than two hundred of a channel are kept", "[rest/message]")
{
    rest_scene it;
    const std::string first = it.message_path();
    for (int i = 0; i < 200; ++i)
        it.message_path();
    CHECK(it.ask("GET", first).status == 404);
    CHECK(it.all.guilds[0].channels[0].messages.size() == 200);
}

TEST_CASE("rest messages: what people chat can be found, and costs little until then",
          "[rest/message]")
{
    rest_scene it;
    auto& guild = it.all.guilds[0];
    std::string last;
    for (int i = 0; i < 300; ++i) {
        const overheard said{it.all.new_id(it.now), guild.channels[0].id, guild.people[0].id, 0,
                             "hi"};
        it.all.overhear(guild, said);
        last = to_string(said.id);
    }
    CHECK(guild.channels[0].messages.empty());
    const auto got = it.ask("GET", it.channel_path() + "/messages/" + last);
    CHECK(got.at("/content") == "hi");
    CHECK(got.at("/author/id") == it.person().c_str());
    CHECK(guild.channels[0].messages.size() == 1);
    CHECK(it.ask("PATCH", it.channel_path() + "/messages/" + last, R"({"content":"x"})")
              .at("/code") == 50005);
    CHECK(it.ask("GET", it.channel_path() + "/messages?limit=100").body.as_array().size() == 100);
    CHECK(it.ask("GET", it.channel_path() + "/messages?limit=1").at("/0/id") == last.c_str());
}

TEST_CASE("rest messages: a reply has what it replies to", "[rest/message]")
{
    rest_scene it;
    const std::string message = it.message_path();
    const auto got = it.ask("POST", it.channel_path() + "/messages",
                            R"({"content":"b","message_reference":{"message_id":")" +
                                message.substr(message.rfind('/') + 1) + R"("}})");
    CHECK(got.at("/type") == 19);
    CHECK(got.at("/referenced_message/content") == "hello");
}

TEST_CASE("rest messages: many are deleted at once", "[rest/message]")
{
    rest_scene it;
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i)
        ids.push_back(
            rest_scene::id(it.ask("POST", it.channel_path() + "/messages", R"({"content":"a"})")));
    const std::string path = it.channel_path() + "/messages/bulk-delete";
    CHECK(it.ask("POST", path, R"({"messages":[")" + ids[0] + R"("]})").status == 400);
    CHECK(
        it.ask("POST", path, R"({"messages":[")" + ids[0] + R"(",")" + ids[1] + R"("]})").status ==
        204);
    CHECK(it.types() == list{"MESSAGE_DELETE_BULK"});
    CHECK(it.events[0].data.at("ids").as_array().size() == 2);
    it.now += 15 * 24h;
    CHECK(it.ask("POST", path, R"({"messages":[")" + ids[2] + R"(",")" + ids[0] + R"("]})")
              .at("/code") == 50034);
}

// Discord Docs/Reference, "Uploading Files".
TEST_CASE("rest messages: files come with multipart bodies", "[rest/files]")
{
    rest_scene it;
    const std::string body =
        "--B\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n"
        "Content-Type: application/json\r\n\r\n{\"content\":\"see\"}\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\n"
        "Content-Type: text/plain\r\n\r\nabc\r\n--B--\r\n";
    it.now += 6s;
    const std::string path = it.channel_path() + "/messages";
    const auto got =
        it.send({1, "POST", path, body, "multipart/form-data; boundary=\"B\"", "Bot sandbox"});
    CHECK(got.at("/content") == "see");
    CHECK(got.at("/attachments/0/filename") == "a.txt");
    CHECK(got.at("/attachments/0/size") == 3);
    CHECK(got.at("/attachments/0/content_type") == "text/plain");
    // Those that are not named go.
    const std::string message = path + "/" + rest_scene::id(got);
    CHECK(it.ask("PATCH", message, R"({"content":"x"})").at("/attachments").as_array().size() == 1);
    CHECK(it.ask("PATCH", message, R"({"attachments":[]})").at("/attachments").as_array().empty());
}

TEST_CASE("rest messages: pins are told of with a message of their own", "[rest/pins]")
{
    rest_scene it;
    const std::string message = it.message_path();
    const std::string id = message.substr(message.rfind('/') + 1);
    CHECK(it.ask("PUT", it.channel_path() + "/messages/pins/" + id).status == 204);
    CHECK(it.types() == list{"MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE", "MESSAGE_CREATE"});
    CHECK(it.events[2].data.at("type") == 6);
    CHECK(it.ask("GET", it.channel_path() + "/messages/pins").at("/items/0/message/id") ==
          id.c_str());
    CHECK(it.ask("GET", it.channel_path() + "/pins").at("/0/pinned") == true);
    CHECK(it.ask("DELETE", it.channel_path() + "/pins/" + id).status == 204);
    CHECK(it.types() == list{"MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE"});
}

TEST_CASE("rest messages: a channel of announcements crossposts once", "[rest/message]")
{
    rest_scene it;
    CHECK(it.ask("POST", it.message_path() + "/crosspost").at("/code") == 50024);
    const auto news = it.ask("POST", it.guild_path() + "/channels", R"({"name":"n","type":5})");
    const std::string path = "/channels/" + rest_scene::id(news) + "/messages";
    const auto made = it.ask("POST", path, R"({"content":"news"})");
    const std::string message = path + "/" + rest_scene::id(made) + "/crosspost";
    CHECK(it.ask("POST", message).at("/flags") == 1);
    CHECK(it.ask("POST", message).at("/code") == 40033);
}

TEST_CASE("rest reactions: each emoji has those who gave it", "[rest/reaction]")
{
    rest_scene it;
    const std::string message = it.message_path(), path = message + "/reactions/%F0%9F%8D%B5";
    CHECK(it.ask("PUT", path + "/@me").status == 204);
    CHECK(it.types() == list{"MESSAGE_REACTION_ADD"});
    CHECK(it.events[0].intents == 1U << 10);
    CHECK(it.events[0].data.at("emoji").at("name") == "🍵");
    it.ask("PUT", path + "/@me");
    CHECK(it.types() == list{});
    CHECK(it.ask("GET", message).at("/reactions/0/me") == true);
    CHECK(it.ask("GET", path).at("/0/id") == to_string(it.all.bot.id).c_str());
    CHECK(it.ask("PUT", message + "/reactions/tea/@me").at("/code") == 10014);
    CHECK(it.ask("PUT", message + "/reactions/tea:123/@me").status == 204);
    CHECK(it.events[0].data.at("emoji").at("id") == "123");
    CHECK(it.ask("DELETE", path + "/@me").status == 204);
    CHECK(it.types() == list{"MESSAGE_REACTION_REMOVE"});
    it.ask("DELETE", message + "/reactions/tea:123");
    CHECK(it.types() == list{"MESSAGE_REACTION_REMOVE_EMOJI"});
    it.ask("DELETE", message + "/reactions");
    CHECK(it.types() == list{"MESSAGE_REACTION_REMOVE_ALL"});
}

TEST_CASE("rest messages: direct ones have no guild, and intents of their own", "[rest/direct]")
{
    rest_scene it;
    const std::string body = R"({"recipient_id":")" + it.person() + R"("})";
    const auto made = it.ask("POST", "/users/@me/channels", body);
    CHECK(made.at("/type") == 1);
    CHECK(made.at("/recipients/0/id") == it.person().c_str());
    CHECK(it.ask("POST", "/users/@me/channels", body).at("/id") == made.at("/id"));
    const std::string path = "/channels/" + rest_scene::id(made) + "/messages";
    const auto message = it.ask("POST", path, R"({"content":"psst"})");
    CHECK_FALSE(message.body.as_object().contains("guild_id"));
    it.ask("DELETE", path + "/" + rest_scene::id(message));
    CHECK(it.events[0].intents == 1U << 12);
    CHECK(it.ask("POST", "/users/@me/channels", R"({"recipient_id":"1"})").at("/code") == 50033);
}

TEST_CASE("rest: bytes that are no UTF-8 reach nobody", "[rest/form]")
{
    rest_scene it;
    const std::string body = "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\xff"
                             "b\r\n--B--\r\n";
    CHECK(it.send({1, "PATCH", it.channel_path(), body, "multipart/form-data; boundary=B",
                   "Bot sandbox"})
              .status == 400);
    const auto path = it.message_path();
    CHECK(it.ask("PUT", path + "/reactions/%FF/@me").status == 400);
    CHECK(it.types().empty());
}

TEST_CASE("rest messages: only those who are there can be mentioned", "[rest/message]")
{
    rest_scene it;
    const std::string bot = to_string(it.all.bot.id);
    const auto got = it.ask("POST", it.channel_path() + "/messages",
                            R"({"content":"<@)" + bot + "> <@!" + bot + R"(> <@5> <@"})");
    const auto& mentions = got.at("/mentions").as_array();
    REQUIRE(mentions.size() == 1);
    CHECK(mentions[0].at("username").as_string() == it.all.bot.name);
    CHECK(mentions[0].at("bot") == true);
}
