// The SDK's calls against the sandbox's REST.
#include "sdk/routes_calls.hpp"
#include "sdk/sandbox_desk.hpp"
#include "support/catch.hpp"

namespace tinfoil {
namespace {

namespace json = boost::json;

// A desk, and what its world has from the beginning. Its members do everything that can be done.
struct story {
    sandbox_desk desk;
    rest_client rest = desk.rest();
    snowflake guild = desk.scene.all.guilds[0].id.value;
    snowflake channel = desk.scene.all.guilds[0].channels[0].id.value;
    snowflake person = desk.scene.all.guilds[0].people[0].id.value;
    snowflake other = desk.scene.all.guilds[0].people[1].id.value;
    snowflake application = desk.scene.all.application.value;

    task<snowflake> posted(snowflake where)
    {
        const auto made = co_await rest.channels(where).messages().post("hi");
        made.value();
        co_return made.id();
    }

    task<> bot()
    {
        (co_await rest.gateway().get()).value();
        (co_await rest.gateway().bot().get()).value();
        (co_await rest.oauth2().applications().me().get()).value();
        (co_await rest.applications().me().get()).value();
        (co_await rest.applications().me().patch().field("description", "a bot")).value();
        (co_await rest.applications(application).get()).value();
        (co_await rest.applications(application).patch().field("description", "b")).value();
        (co_await rest.users().me().get()).value();
        (co_await rest.users().me().patch().field("username", "robot")).value();
        (co_await rest.users(person).get()).value();
        (co_await rest.users().me().guilds().get().limit(5).with_counts()).value();
        (co_await rest.users().me().guilds(guild).member().get()).value();
        (co_await rest.users().me().channels().post().field("recipient_id", person)).value();
    }

    task<> global_commands()
    {
        const auto all = rest.applications(application).commands();
        const auto made = co_await all.post().field("name", "ping").field("description", "Pings");
        (co_await all.get().with_localizations()).value();
        const auto one = rest.applications(application).commands(made.id());
        (co_await one.get()).value();
        (co_await one.patch().field("description", "Pings again")).value();
        (co_await one.del()).value();
        const json::value list = json::array{{{"name", "pong"}, {"description", "Pongs"}}};
        (co_await all.put(list)).value();
    }
    task<> guild_commands()
    {
        const auto home = rest.applications(application).guilds(guild);
        const auto all = home.commands();
        const auto made = co_await all.post().field("name", "ping").field("description", "Pings");
        (co_await all.get()).value();
        const auto one = home.commands(made.id());
        (co_await one.get()).value();
        (co_await one.patch().field("description", "Pings again")).value();
        (co_await one.del()).value();
        const json::value list = json::array{{{"name", "pong"}, {"description", "Pongs"}}};
        (co_await all.put(list)).value();
    }

    task<> guilds()
    {
        const auto home = rest.guilds(guild);
        (co_await home.get().with_counts()).value();
        (co_await home.patch().field("name", "Home").reason("a better name")).value();
        (co_await home.channels().get()).value();
        const auto made = co_await home.channels().post().field("name", "tea").field("type", 0);
        made.value();
        const json::value places =
            json::array{{{"id", std::to_string(made.id())}, {"position", 3}}};
        (co_await home.channels().patch(places)).value();
        (co_await home.invites().get()).value();
        (co_await home.webhooks().get()).value();
        (co_await home.threads().active().get()).value();
        (co_await rest.channels(made.id()).del()).value();
    }

    task<> roles()
    {
        const auto home = rest.guilds(guild);
        const auto made =
            co_await home.roles().post().field("name", "red").field("color", 0xff0000);
        made.value();
        (co_await home.roles().get()).value();
        (co_await home.roles(made.id()).get()).value();
        (co_await home.roles(made.id()).patch().field("hoist", true)).value();
        const json::value places =
            json::array{{{"id", std::to_string(made.id())}, {"position", 1}}};
        (co_await home.roles().patch(places)).value();
        const auto member = home.members(person);
        (co_await member.roles(made.id()).put().reason("earned")).value();
        (co_await member.roles(made.id()).del()).value();
        (co_await home.roles(made.id()).del()).value();
    }

    task<> members()
    {
        const auto home = rest.guilds(guild);
        (co_await home.members().get().limit(10)).value();
        (co_await home.members().search().get("a").limit(3)).value();
        (co_await home.members(person).get()).value();
        (co_await home.members(person).patch().field("nick", "Tea")).value();
        (co_await home.members().me().patch().field("nick", nullptr)).value();
        (co_await home.members(person).del()).value();
        (co_await home.bans(other).put().field("delete_message_seconds", 60)).value();
        (co_await home.bans().get()).value();
        (co_await home.bans(other).get()).value();
        (co_await home.bans(other).del()).value();
        const auto& elsewhere = desk.scene.all.guilds[1];
        const json::array ids{to_string(elsewhere.people[0].id)};
        (co_await rest.guilds(elsewhere.id.value).bulk_ban().post().field("user_ids", ids)).value();
    }

    task<> channels()
    {
        const auto here = rest.channels(channel);
        (co_await here.get()).value();
        (co_await here.patch().field("topic", "tea")).value();
        (co_await here.typing().post()).value();
        const auto rule = here.permissions(person);
        (co_await rule.put().field("type", 1).field("allow", snowflake{1024})).value();
        (co_await rule.del()).value();
    }

    task<> messages()
    {
        const auto here = rest.channels(channel);
        const snowflake id = co_await posted(channel);
        (co_await here.messages().get().limit(5).before(id)).value();
        (co_await here.messages(id).get()).value();
        (co_await here.messages(id).patch("bye")).value();
        (co_await here.messages().pins(id).put()).value();
        (co_await here.messages().pins().get().limit(2)).value();
        (co_await here.messages().pins(id).del()).value();
        co_await old_pins(id);
        (co_await here.messages(id).del()).value();
        const snowflake one = co_await posted(channel), two = co_await posted(channel);
        const json::array ids{std::to_string(one), std::to_string(two)};
        (co_await here.messages().bulk_delete().post().field("messages", ids)).value();
        const auto news =
            co_await rest.guilds(guild).channels().post().field("name", "news").field("type", 5);
        const snowflake said = co_await posted(news.id());
        (co_await rest.channels(news.id()).messages(said).crosspost().post()).value();
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    task<> old_pins(snowflake id)
    {
        (co_await rest.channels(channel).pins(id).put()).value();
        (co_await rest.channels(channel).pins().get()).value();
        (co_await rest.channels(channel).pins(id).del()).value();
    }
#pragma GCC diagnostic pop

    task<> reactions()
    {
        const snowflake id = co_await posted(channel);
        const auto on = rest.channels(channel).messages(id);
        (co_await on.reactions("🍵").me().put()).value();
        (co_await on.reactions("🍵").get().limit(5)).value();
        (co_await on.reactions("🍵").me().del()).value();
        (co_await on.reactions("tea:123").me().put()).value();
        const snowflake me = desk.scene.all.bot.id.value;
        (co_await on.reactions("tea:123", me).del()).value();
        (co_await on.reactions("tea:123").del()).value();
        (co_await on.reactions().del()).value();
    }

    task<> threads()
    {
        const auto here = rest.channels(channel);
        const snowflake id = co_await posted(channel);
        (co_await here.messages(id).threads().post().field("name", "on it")).value();
        const auto made = co_await here.threads().post().field("name", "talk").field("type", 11);
        made.value();
        const auto thread = rest.channels(made.id());
        (co_await thread.thread_members().me().put()).value();
        (co_await thread.thread_members(other).put()).value();
        (co_await thread.thread_members().get().limit(5)).value();
        (co_await thread.thread_members(other).get()).value();
        (co_await thread.thread_members(other).del()).value();
        (co_await thread.thread_members().me().del()).value();
        (co_await here.threads().archived().public_().get()).value();
        (co_await here.threads().archived().private_().get()).value();
        (co_await here.users().me().threads().archived().private_().get()).value();
    }

    task<> webhooks()
    {
        const auto made = co_await rest.channels(channel).webhooks().post().field("name", "news");
        const std::string token(text_in(made.value().as_object(), "token"));
        (co_await rest.channels(channel).webhooks().get()).value();
        const auto open = rest.webhooks(made.id(), token);
        (co_await rest.webhooks(made.id()).get()).value();
        (co_await rest.webhooks(made.id()).patch().field("name", "olds")).value();
        (co_await open.get()).value();
        (co_await open.patch().field("name", "news")).value();
        const auto said = co_await open.post("extra").wait();
        said.value();
        (co_await open.messages(said.id()).get()).value();
        (co_await open.messages(said.id()).patch("extra, extra")).value();
        (co_await open.messages(said.id()).del()).value();
        (co_await open.del()).value();
        const auto again = co_await rest.channels(channel).webhooks().post().field("name", "b");
        (co_await rest.webhooks(again.id()).del()).value();
    }

    task<> called(interaction what)
    {
        (co_await what.reply("yes")).value();
        const auto after = rest.webhooks(application, what.string("token"));
        (co_await what.edit("no")).value();
        (co_await after.messages().original().get()).value();
        (co_await what.followup("and")).value();
        (co_await after.messages().original().del()).value();
    }
    interaction new_call()
    {
        const std::string token = desk.scene.called();
        const std::string id = std::to_string(desk.scene.all.interactions.at(token).id.value);
        const std::string data = R"({"id":")" + id + R"(","token":")" + token + R"("})";
        tinfoil_event from{};
        from.size = sizeof from;
        from.data = {data.data(), data.size()};
        return {desk.own, event(from)};
    }

    void play(task<> part)
    {
        desk.run(std::move(part));
        CHECK(desk.logged == std::vector<std::string>());
    }
};

}  // namespace

TEST_CASE("sdk: every operation that the sandbox simulates succeeds by the builder")
{
    story it;
    it.play(it.bot());
    it.play(it.global_commands());
    it.play(it.guild_commands());
    it.play(it.guilds());
    it.play(it.roles());
    it.play(it.channels());
    it.play(it.messages());
    it.play(it.reactions());
    it.play(it.threads());
    it.play(it.webhooks());
    it.play(it.called(it.new_call()));
    it.play(it.members());

    std::vector<std::string> missing;
    std::size_t simulated = 0;
    for (const named_call& each : call_of_each_operation(it.rest)) {
        if (!it.desk.simulates(each.method, each.path))
            continue;
        ++simulated;
        if (!it.desk.succeeded.contains(each.id))
            missing.push_back(each.id);
    }
    CHECK(missing == std::vector<std::string>());
    CHECK(simulated > 100);
    CHECK(simulated == it.desk.succeeded.size());
    // Discord Docs/Receiving and Responding: only that one is due within three seconds.
    CHECK(it.desk.first == std::set<std::string>{"create_interaction_response"});
}

TEST_CASE("sdk: files, fields and reasons reach Discord as they were given")
{
    story it;
    const auto attached = [](rest_client rest, snowflake where) -> task<> {
        message what("see");
        what.attach(attachment("a.txt", "abc", "text/plain"))
            .attach(attachment("b.png", "\x89PNG"));
        const auto made = co_await rest.channels(where).messages().post(what).reason("because é");
        const auto& files = made.value().at("attachments").as_array();
        CHECK(files.size() == 2);
        CHECK(files.at(0).at("filename") == "a.txt");
        CHECK(files.at(1).at("size") == 4);
    };
    it.play(attached(it.rest, it.channel));
    CHECK(it.desk.sent.back().audit_log_reason == "because é");
    CHECK(it.desk.sent.back().files[1].name == "files[1]");

    const auto form = [](rest_client rest, snowflake guild) -> task<> {
        const attachment file("wave.png", "bytes", "image/png");
        const auto made = co_await rest.guilds(guild)
                              .stickers()
                              .post(file)
                              .field("name", "wave")
                              .field("tags", "hi");
        (void)made.ok();  // Looked at; the sandbox need not have stickers.
    };
    it.play(form(it.rest, it.guild));
    const auto& sticker = it.desk.sent.back();
    CHECK(sticker.body.empty());
    REQUIRE(sticker.files.size() == 3);
    CHECK(sticker.files[0].name == "name");
    CHECK(sticker.files[0].bytes == "wave");
    CHECK(sticker.files[0].filename.empty());
    CHECK(sticker.files[2].name == "file");
    CHECK(sticker.files[2].filename == "wave.png");
    const std::string bytes = joined(net::encode_body(sticker, "B"));
    CHECK(
        bytes.starts_with("--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nwave\r\n"));
}

// Discord Docs/Message, "Create Message".
TEST_CASE("sdk: a message with a nonce is there once, however often it is sent")
{
    story it;
    const auto twice = [](rest_client rest, snowflake channel) -> task<> {
        message what("once");
        what.nonce("a");
        const auto first = co_await rest.channels(channel).messages().post(what);
        const auto second = co_await rest.channels(channel).messages().post(what);
        CHECK(first.id() != 0);
        CHECK(first.id() == second.id());
        what.nonce("b");
        const auto third = co_await rest.channels(channel).messages().post(what);
        CHECK(third.id() != first.id());
    };
    it.play(twice(it.rest, it.channel));
}

// Discord Docs/Invite, "Create Channel Invite" and "Update Target Users".
TEST_CASE("sdk: a route that names its file gets it by that name")
{
    story it;
    const auto all = [](rest_client rest, snowflake channel) -> task<> {
        const attachment users("users.csv", "1\n2\n", "text/csv");
        // What the sandbox thinks of them is looked at, so that nothing is logged.
        const rest_result targets = co_await rest.invites("tea").target_users().put(users);
        (void)targets.ok();
        auto invite = rest.channels(channel).invites().post().target_users_file(users);
        const rest_result invited = co_await invite.field("max_age", 0);
        (void)invited.ok();
        const rest_result uploaded = co_await rest.applications(1).attachment().post(users);
        (void)uploaded.ok();
    };
    it.play(all(it.rest, it.channel));
    REQUIRE(it.desk.sent.size() == 3);
    CHECK(it.desk.sent[0].files.at(0).name == "target_users_file");
    CHECK(it.desk.sent[1].files.at(0).name == "target_users_file");
    CHECK(it.desk.sent[1].body == R"({"max_age":0})");
    CHECK(it.desk.sent[2].files.at(0).name == "file");
    CHECK(it.desk.sent[2].files.at(0).filename == "users.csv");
    CHECK(it.desk.sent[2].body.empty());
}

TEST_CASE("sdk: a body is built of fields, ids among them as text")
{
    story it;
    const auto fields = [](rest_client rest) -> task<> {
        const std::string text = "a text that is longer than what fits into a string itself";
        const json::array list{1, 2};
        const auto made = co_await rest.request("POST", "/x")
                              .field("text", text + "!")
                              .field("literal", "l")
                              .field("id", snowflake{80351110224678912})
                              .field("zero", 0)
                              .field("yes", true)
                              .field("half", 0.5)
                              .field("list", list)
                              .field("none", nullptr)
                              .timeout(std::chrono::seconds(2));
        CHECK(made.status() == 404);
    };
    it.play(fields(it.rest));
    const auto& sent = it.desk.sent.back();
    CHECK(json::parse(sent.body) ==
          json::parse(R"({"text":"a text that is longer than what fits into a string itself!",
                          "literal":"l","id":"80351110224678912","zero":0,"yes":true,"half":0.5,
                          "list":[1,2],"none":null})"));
    CHECK(sent.timeout == std::chrono::seconds(2));
}

TEST_CASE("sdk: what failed says so, without the token of its path")
{
    story it;
    const auto unseen = [](rest_client rest) -> task<> {
        (void)co_await rest.webhooks(12, "secret").messages(3).get();
    };
    it.desk.run(unseen(it.rest));
    CHECK(it.desk.logged ==
          std::vector<std::string>{"GET /webhooks/12/.../messages/3 failed: HTTP 404, code 10015: "
                                   "Unknown Webhook"});
    it.desk.logged.clear();
    const auto thrown = [](rest_client rest) -> task<> { (co_await rest.guilds(1).get()).value(); };
    it.desk.run(thrown(it.rest));
    CHECK(it.desk.logged ==
          std::vector<std::string>{"the story threw: GET /guilds/1 failed: HTTP 404, code 10004: "
                                   "Unknown Guild"});
}

}  // namespace tinfoil
