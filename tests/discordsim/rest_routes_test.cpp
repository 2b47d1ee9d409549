#include "rest_scene.hpp"

#include <set>

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

TEST_CASE("rest: every operation that is not simulated says so, and names itself", "[rest/501]")
{
    rest_scene it;
    const auto got = it.ask("GET", it.guild_path() + "/audit-logs");
    CHECK(got.status == 501);
    CHECK(got.at("/message") == "list_guild_audit_log_entries is not simulated by this sandbox");
    CHECK(got.at("/code") == 0);
    CHECK(it.ask("GET", "/sticker-packs").status == 501);
}

TEST_CASE("rest: an unknown path is not found, and a known one refuses other methods",
          "[rest/404][rest/405]")
{
    rest_scene it;
    const auto unknown = it.ask("GET", "/no/such/path");
    CHECK(unknown.status == 404);
    CHECK(unknown.text == R"({"message":"404: Not Found","code":0})");
    const auto method = it.ask("DELETE", "/gateway");
    CHECK(method.status == 405);
    CHECK(method.text == R"({"message":"405: Method Not Allowed","code":0})");
}

TEST_CASE("operations: each has a path of its own, and finds itself", "[rest/operations]")
{
    std::set<std::string> seen;
    for (const operation& each : operations()) {
        CHECK(seen.insert(std::string(each.id)).second);
        std::vector<std::string> parts;
        for (const auto part : path_parts(each.path))
            parts.emplace_back(part.front() == '{' ? "12345" : std::string(part));
        REQUIRE(find_operation(each.method, parts).found != nullptr);
        CHECK(find_operation(each.method, parts).found->id == each.id);
    }
    CHECK(operations().size() == 242);
}

TEST_CASE("operations: what is written out wins over what varies", "[rest/operations]")
{
    const std::vector<std::string> me{"users", "@me"}, other{"users", "1"};
    CHECK(find_operation("GET", me).found->id == "get_my_user");
    CHECK(find_operation("GET", other).found->id == "get_user");
    const std::vector<std::string> pins{"channels", "1", "messages", "pins"};
    CHECK(find_operation("GET", pins).found->id == "list_pins");
}

TEST_CASE("rest: a part of the path that is no id is told", "[rest/form]")
{
    rest_scene it;
    const auto got = it.ask("GET", "/channels/general");
    CHECK(got.status == 400);
    CHECK(got.at("/errors/channel_id/_errors/0/code") == "NUMBER_TYPE_COERCE");
}

TEST_CASE("rest: without the token there is nothing but the way to the gateway", "[rest/401]")
{
    rest_scene it;
    CHECK(it.send({1, "GET", "/users/@me", "", "", "Bot other"}).status == 401);
    CHECK(it.send({1, "GET", "/gateway", "", "", ""}).status == 200);
    // Discord Docs/Receiving and Responding: the path carries a token of its own.
    const std::string token = it.called();
    CHECK(it.send({1, "POST", it.callback_path(token), R"({"type":4,"data":{"content":"a"}})",
                   "application/json", ""})
              .status == 204);
}

// Discord Docs/Reference, "User Agent".
TEST_CASE("rest: a client with another user agent meets Cloudflare", "[rest/user-agent]")
{
    rest_scene it;
    const auto with = [&](std::optional<std::string> agent) {
        return it.send({1, "GET", "/gateway", "", "", "", false, std::move(agent)});
    };
    CHECK(with("DiscordBot (https://example.org, 1.0)").status == 200);
    CHECK(with("DiscordBot (https://example.org 1.0) Python/3.11").status == 200);
    CHECK(with(std::nullopt).status == 200);
    // Not as it should be, and let through all the same.
    CHECK(with("node").status == 200);
    for (const char* wrong : {"", "Python-urllib/3.11"}) {
        const auto got = with(wrong);
        CHECK(got.status == 403);
        CHECK(got.headers.at("Content-Type") == "text/html; charset=UTF-8");
        CHECK(got.text.starts_with("<!DOCTYPE html>"));
    }
}

TEST_CASE("rest: answers tell the time of Discord's clock")
{
    rest_scene it;
    CHECK(http_date(1'784'111'777'000) == "Wed, 15 Jul 2026 10:36:17 GMT");
    const auto got = it.ask("GET", "/gateway");
    CHECK(got.headers.at("Date") == http_date(it.all.wall_ms(it.now)));
}

// Discord Docs/Reference, "Error Messages".
TEST_CASE("rest: all that is wrong with a body is told at once", "[rest/form]")
{
    rest_scene it;
    const auto got = it.ask("POST", it.guild_path() + "/channels",
                            R"({"topic":5,"rate_limit_per_user":99999,"nsfw":"x"})");
    CHECK(got.status == 400);
    CHECK(got.at("/code") == 50035);
    CHECK(got.at("/message") == "Invalid Form Body");
    CHECK(got.at("/errors/name/_errors/0/code") == "BASE_TYPE_REQUIRED");
    CHECK(got.at("/errors/name/_errors/0/message") == "This field is required");
    CHECK(got.at("/errors/rate_limit_per_user/_errors/0/code") == "NUMBER_TYPE_MAX");
    CHECK(got.at("/errors/nsfw/_errors/0/code") == "BOOLEAN_TYPE_CONVERT");
    CHECK_FALSE(got.at("/errors").as_object().contains("topic"));
}

TEST_CASE("rest: lists and objects in a body are held to their limits, too", "[rest/form]")
{
    rest_scene it;
    const std::string long_title(257, 'x');
    const auto got = it.ask("POST", it.channel_path() + "/messages",
                            R"({"embeds":[{"title":"a"},{"title":")" + long_title + R"("},7]})");
    CHECK(got.at("/errors/embeds/1/title/_errors/0/code") == "BASE_TYPE_MAX_LENGTH");
    CHECK(got.at("/errors/embeds/2/_errors/0/code") == "MODEL_TYPE_CONVERT");
    const auto commands = it.ask(
        "PUT", "/applications/" + to_string(it.all.application) + "/commands", R"([{"name":""}])");
    CHECK(commands.at("/errors/0/name/_errors/0/code") == "BASE_TYPE_BAD_LENGTH");
    CHECK(it.ask("PUT", "/applications/" + to_string(it.all.application) + "/commands", "{}")
              .at("/errors/_errors/0/code") == "LIST_TYPE_CONVERT");
}

TEST_CASE("rest: lengths are those of code points", "[rest/form]")
{
    rest_scene it;
    std::string name;
    for (int i = 0; i < 100; ++i)
        name += "é";
    const std::string path = it.guild_path() + "/channels";
    CHECK(it.ask("POST", path, R"({"name":")" + name + "\"}").status == 201);
    CHECK(it.ask("POST", path, R"({"name":")" + name + "é\"}").status == 400);
}

TEST_CASE("rest: a body that is no JSON is refused", "[rest/form]")
{
    rest_scene it;
    const auto got = it.ask("POST", it.channel_path() + "/messages", "{content");
    CHECK(got.status == 400);
    CHECK(got.at("/code") == 50109);
}
