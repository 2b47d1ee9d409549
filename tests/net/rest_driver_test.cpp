#include "net/http_server.hpp"
#include "net/rest_driver.hpp"

using namespace tinfoil;
using namespace std::chrono_literals;
using test::answer;
using test::http_server;

namespace {

const std::string limits = "X-RateLimit-Bucket: b\r\nX-RateLimit-Limit: 5\r\n"
                           "X-RateLimit-Remaining: 4\r\nX-RateLimit-Reset-After: 60\r\n";

/// A driver, a Discord that says what the test wants, and what came of the calls.
struct bot {
    explicit bot(http_server::play how, net::rest_settings settings = {})
        : server(loop, std::move(how)),
          tls(*net::tls_context::client(""))
    {
        settings.api = server.base() + "/api/v10";
        settings.token = redacted("first");
        settings.on_token_refused = [this] { ++refused; };
        rest = std::make_unique<net::rest_driver>(loop, *tls, std::move(settings));
    }
    std::uint64_t call(const char* method, const char* path, std::string body = "",
                       bool interaction = false, std::string plugin = "")
    {
        discord::rest_request made;
        made.method = method;
        made.path = path;
        made.body = std::move(body);
        made.interaction = interaction;
        made.plugin = std::move(plugin);
        return submit(std::move(made));
    }
    std::uint64_t submit(discord::rest_request made)
    {
        return rest->submit(std::move(made), [this](result<discord::rest_response> got) {
            came.push_back(std::move(got));
        });
    }
    bool until(const std::function<bool()>& is_so) { return test::run_until(loop, is_so); }
    const result<discord::rest_response>& get(std::size_t which = 0)
    {
        REQUIRE(until([&] { return came.size() > which; }));
        return came[which];
    }

    boost::asio::io_context loop;
    http_server server;
    std::unique_ptr<net::tls_context> tls;
    std::unique_ptr<net::rest_driver> rest;
    std::vector<result<discord::rest_response>> came;
    int refused = 0;
};

std::string header(const std::string& request, const std::string& name)
{
    const auto at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos)
        return "";
    const auto begin = at + name.size() + 4;
    return request.substr(begin, request.find('\r', begin) - begin);
}

std::string body_of(const std::string& request)
{
    return request.substr(request.find("\r\n\r\n") + 4);
}

net::rest_settings with_connections(int all, int urgent)
{
    net::rest_settings made;
    made.connections_max = all;
    made.connections_urgent = urgent;
    return made;
}

}  // namespace

// Discord Docs/Reference, "Authentication" and "User Agent"
TEST_CASE("rest driver: a call carries token, user agent and reason, and one with a token of its "
          "own not the bot's")
{
    std::string seen;
    bot it([&](http_server::guest& who, const std::string& request) {
        seen = request;
        who.say(answer("{}"));
    });
    discord::rest_request made;
    made.method = "DELETE";
    made.path = "/channels/1";
    made.audit_log_reason = "a b\xc3\xa4";
    it.submit(std::move(made));
    REQUIRE(it.get(0));
    CHECK(it.came[0]->body == "{}");
    CHECK(seen.starts_with("DELETE /api/v10/channels/1 HTTP/1.1\r\n"));
    CHECK(header(seen, "Authorization") == "Bot first");
    CHECK(header(seen, "User-Agent").starts_with("DiscordBot (https://"));
    CHECK(header(seen, "X-Audit-Log-Reason") == "a%20b%C3%A4");
    it.call("POST", "/webhooks/1/secret", "{}");
    REQUIRE(it.get(1));
    CHECK(header(seen, "Authorization").empty());
    CHECK(header(seen, "Content-Type") == "application/json");
}

TEST_CASE("rest driver: files go as a form, between boundaries that nobody can foresee")
{
    std::vector<std::string> seen;
    bot it([&](http_server::guest& who, const std::string& request) {
        seen.push_back(request);
        who.say(answer("{}"));
    });
    const std::string large(1U << 20, 'y');
    for (std::size_t i = 0; i < 2; ++i) {
        discord::rest_request made;
        made.method = "POST";
        made.path = "/channels/1/messages";
        made.body = R"({"content":"hi"})";
        made.files = {{"files[0]", "a.txt", "text/plain", large}};
        it.submit(std::move(made));
        REQUIRE(it.get(i));
    }
    const std::string type = header(seen[0], "Content-Type");
    REQUIRE(type.starts_with("multipart/form-data; boundary="));
    const std::string boundary = "--" + type.substr(30);
    const std::string body = body_of(seen[0]);
    CHECK(body.starts_with(boundary));
    CHECK(body.find(large) != std::string::npos);
    CHECK(body.find("payload_json") != std::string::npos);
    CHECK(body.ends_with(boundary + "--\r\n"));
    CHECK(header(seen[1], "Content-Type") != type);
}

TEST_CASE("rest driver: a message that may have been lost is created again with the same nonce")
{
    std::vector<std::string> bodies;
    bot it([&](http_server::guest& who, const std::string& request) {
        bodies.push_back(body_of(request));
        bodies.size() == 1 ? who.close() : who.say(answer("{}"));
    });
    it.call("POST", "/channels/1/messages", R"({"content":"hi"})");
    REQUIRE(it.get(0));
    REQUIRE(bodies.size() == 2);
    CHECK(bodies[0] == bodies[1]);
    CHECK(bodies[0].starts_with(R"({"nonce":")"));
    CHECK(bodies[0].find(R"("enforce_nonce":true,"content":"hi"})") != std::string::npos);
    it.call("POST", "/channels/1/messages", R"({"content":"hi"})");
    REQUIRE(it.get(1));
    CHECK(bodies[2] != bodies[0]);
}

TEST_CASE("rest driver: what may not be done twice is not, and its error says what happened")
{
    int seen = 0;
    bot it([&](http_server::guest& who, const std::string&) {
        ++seen;
        who.close();
    });
    it.call("POST", "/guilds/1/channels", "{}");
    REQUIRE_FALSE(it.get(0));
    CHECK(it.came[0].error().code == errc::unreachable);
    CHECK(seen == 1);
}

TEST_CASE("rest driver: a step that takes too long is tried again, within the request's time")
{
    net::rest_settings settings;
    settings.within.head = 10ms;
    int asked = 0;
    bot it(
        [&](http_server::guest& who, const std::string&) {
            if (++asked > 1)
                who.say(answer("{}"));
        },
        std::move(settings));
    it.call("GET", "/channels/1");
    CHECK(it.get(0));
    CHECK(it.server.guests.size() >= 2);
}

TEST_CASE("rest driver: each attempt has the token of its time")
{
    std::vector<std::string> tokens;
    bot* self = nullptr;
    bot it([&](http_server::guest& who, const std::string& request) {
        tokens.push_back(header(request, "Authorization"));
        if (tokens.size() > 1)
            return who.say(answer("{}"));
        self->rest->set_token(redacted("second"));
        who.say(answer("{}", "401 Unauthorized", limits));
    });
    self = &it;
    it.call("POST", "/guilds/1/channels", "{}");
    REQUIRE(it.get(0));
    CHECK(it.came[0]->status == 200);
    CHECK(tokens == std::vector<std::string>{"Bot first", "Bot second"});
    CHECK(it.refused == 0);
}

TEST_CASE("rest driver: a token that is refused stops everything that has it")
{
    bot it([&](http_server::guest& who, const std::string&) {
        who.say(answer("{}", "401 Unauthorized"));
    });
    it.call("GET", "/users/@me");
    REQUIRE(it.get(0));
    CHECK(it.came[0]->status == 401);
    it.call("GET", "/users/@me");
    REQUIRE_FALSE(it.get(1));
    CHECK(it.came[1].error().code == errc::token_rejected);
    CHECK(it.refused == 1);
}

TEST_CASE("rest driver: what the answer to a cancelled call tells is learned")
{
    http_server::guest* asked = nullptr;
    bot it([&](http_server::guest& who, const std::string&) { asked = &who; });
    const auto id = it.call("GET", "/channels/1");
    REQUIRE(it.until([&] { return asked != nullptr; }));
    it.rest->cancel(id);
    CHECK(it.rest->unfinished() == 0);
    CHECK(it.rest->look().in_flight == 1);
    asked->say(answer(R"({"retry_after":3600})", "429 Too Many Requests", "Via: 1.1 x\r\n"));
    CHECK(it.until([&] { return it.rest->look().in_flight == 0; }));
    CHECK(it.rest->look().invalid == 1);
    CHECK(it.rest->look().buckets.at(0).blocked_for > 59min);
    CHECK(it.came.empty());
}

TEST_CASE("rest driver: only what answers an interaction by its path goes before others")
{
    std::vector<std::string> seen;
    bot it(
        [&](http_server::guest&, const std::string& request) {
            seen.push_back(request.substr(0, request.find(" HTTP")));
        },
        with_connections(3, 1));
    it.call("GET", "/channels/1");
    it.call("GET", "/channels/2");
    it.call("GET", "/channels/3", "", true);
    it.call("POST", "/interactions/4/t/callback/more", "{}", true);
    it.call("POST", "/interactions/5/t/callback", "{}", true);
    CHECK(it.until([&] { return seen.size() == 3; }));
    CHECK(it.rest->look().waiting == 2);
    CHECK(seen.back() == "POST /api/v10/interactions/5/t/callback");
}

TEST_CASE("rest driver: no call is sent before a connection can take it")
{
    std::vector<http_server::guest*> asked;
    bot it([&](http_server::guest& who, const std::string&) { asked.push_back(&who); },
           with_connections(3, 1));
    for (const char* path : {"/channels/1", "/channels/2", "/channels/3", "/channels/4"})
        it.call("GET", path);
    REQUIRE(it.until([&] { return asked.size() == 2; }));
    CHECK(it.rest->look().waiting == 2);
    CHECK(it.rest->look().in_flight == 2);
    CHECK(it.rest->look().global_used == 2);
    asked[0]->say(answer("{}"));
    REQUIRE(it.until([&] { return asked.size() == 3; }));
    // The same connection has it.
    CHECK(asked[2] == asked[0]);
}

TEST_CASE("rest driver: a call on a connection that was closed while it rested goes on another")
{
    std::vector<std::string> seen;
    bot it([&](http_server::guest& who, const std::string&) {
        who.requests == 1 ? who.say(answer("{}")) : who.close();
    });
    for (std::size_t i = 0; i < 2; ++i) {
        it.call("GET", "/channels/1");
        REQUIRE(it.get(i));
    }
    CHECK(it.server.guests.size() == 2);
    CHECK(it.rest->look().owners.at(0).seen.retried == 1);
}

TEST_CASE("rest driver: a redirect is an error and not followed")
{
    bot it([&](http_server::guest& who, const std::string&) {
        who.say(answer("", "301 Moved Permanently", "Location: http://127.0.0.1:1/\r\n"));
    });
    it.call("GET", "/users/@me");
    REQUIRE_FALSE(it.get(0));
    CHECK(it.came[0].error().code == errc::http_status);
}

TEST_CASE("rest driver: what a plugin may use and what all may is as it was set")
{
    net::rest_settings settings;
    settings.requests_per_second = 7;
    settings.budgets["few"].in_flight = 1;
    bot it([](http_server::guest&, const std::string&) {}, std::move(settings));
    for (const char* plugin : {"few", "many"})
        for (const char* path : {"/channels/1", "/channels/2", "/channels/3"})
            it.call("GET", (std::string(path) + plugin).c_str(), "", false, plugin);
    const auto seen = it.rest->look();
    CHECK(seen.global_limit == 7);
    CHECK(seen.in_flight == 4);
    CHECK(seen.waiting == 2);
}

TEST_CASE("rest driver: it may go with calls in every stage")
{
    bot it([](http_server::guest&, const std::string&) {}, with_connections(2, 1));
    for (const char* path : {"/channels/1", "/channels/2"})
        it.call("GET", path);
    REQUIRE(it.until(
        [&] { return !it.server.guests.empty() && it.server.guests.front()->requests == 1; }));
    it.rest.reset();
    it.tls.reset();
    CHECK(it.until([&] { return it.server.guests.front()->is_over; }));
    CHECK(it.came.empty());
}
