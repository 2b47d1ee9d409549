#include "net/compression.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"

using namespace tinfoil;
using namespace std::chrono_literals;
using test::answer;
using test::http_server;

namespace {

constexpr auto patience = 10s;

/// A client, the server that it talks to, and what came of its requests, in order.
struct talk {
    explicit talk(http_server::play how, const net::http_limits& within = {},
                  bool is_secure = false)
        : server(loop, std::move(how), is_secure),
          tls(*net::tls_context::client(server.authority_pem))
    {
        client = std::make_unique<net::http_client>(loop, *tls, *discord::parse_url(server.base()),
                                                    within);
    }
    void send(net::http_request what, duration within = patience)
    {
        client->send(std::move(what), net::now() + within,
                     {[this](net::http_outcome outcome) { came.push_back(std::move(outcome)); },
                      [this](instant begun) { departed.push_back(begun); }});
    }
    void send(const char* method, const char* path, std::string body = "")
    {
        send({method, path, {}, std::move(body)});
    }
    const net::http_outcome& get(std::size_t which = 0)
    {
        REQUIRE(test::run_until(loop, [&] { return came.size() > which; }));
        return came[which];
    }
    /// The error of one that was sent.
    error failure(std::size_t which = 0)
    {
        const auto& outcome = get(which);
        REQUIRE_FALSE(outcome.response);
        INFO(outcome.response.error().detail);
        CHECK(outcome.sent);
        return outcome.response.error();
    }
    bool until(const std::function<bool()>& is_so) { return test::run_until(loop, is_so); }

    boost::asio::io_context loop;
    http_server server;
    std::unique_ptr<net::tls_context> tls;
    std::unique_ptr<net::http_client> client;
    std::vector<net::http_outcome> came;
    std::vector<instant> departed;
};

void say_ok(http_server::guest& who, const std::string&)
{
    who.say(answer("ok"));
}

void say_nothing(http_server::guest&, const std::string&) {}

}  // namespace

TEST_CASE("http client: a connection that rests takes the next request")
{
    talk it(say_ok);
    for (std::size_t i = 0; i < 3; ++i) {
        it.send("GET", "/");
        REQUIRE(it.get(i).response);
        CHECK(it.came[i].response->body == "ok");
        CHECK(it.client->resting() == 1);
    }
    CHECK(it.server.guests.size() == 1);
    CHECK(it.departed.size() == 3);
}

TEST_CASE("http client: nothing waits for a connection, and few of them rest")
{
    net::http_limits within;
    within.idle_connections = 2;
    talk it(say_ok, within);
    for (int i = 0; i < 5; ++i)
        it.send("GET", "/");
    it.get(4);
    CHECK(it.server.guests.size() == 5);
    CHECK(it.client->resting() == 2);
    CHECK(it.client->connections() == 2);
}

TEST_CASE("http client: a request is what was asked for, its body in pieces or not")
{
    std::string seen;
    talk it([&](http_server::guest& who, const std::string& request) {
        seen = request;
        who.say(answer(""));
    });
    it.send({"PUT", "/a?b=c", {{"X-Own", "1"}}, "body"});
    it.get(0);
    CHECK(seen == "PUT /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(it.server.port()) +
                      "\r\nAccept-Encoding: gzip\r\nX-Own: 1\r\nContent-Length: 4\r\n\r\nbody");
    it.send("POST", "/");
    it.get(1);
    CHECK(seen.find("Content-Length: 0\r\n") != std::string::npos);
    const auto large = std::make_shared<std::string>(3U << 20, 'x');
    it.send({"POST", "/", {}, "", {"<", *large, ">"}, large});
    it.get(2);
    CHECK(seen.ends_with("\r\n\r\n<" + *large + ">"));
    it.send("POST", "/", *large);
    it.get(3);
    CHECK(seen.ends_with("\r\n\r\n" + *large));
    CHECK(it.server.guests.size() == 1);
    CHECK(it.departed.size() == 4);
}

TEST_CASE("http client: what would end its line is never sent")
{
    talk it(say_ok);
    it.send({"GET", "/ HTTP/1.1", {}, ""});
    it.send({"GET", "/", {{"X", "a\r\nY: b"}}, ""});
    it.send({"get", "/", {}, ""});
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(it.get(i).response.error().code == errc::invalid_argument);
        CHECK_FALSE(it.came[i].sent);
    }
    CHECK(it.server.guests.empty());
}

TEST_CASE("http client: answers without a body, and what comes before an answer")
{
    talk it([](http_server::guest& who, const std::string& request) {
        if (request.starts_with("HEAD"))
            who.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        else if (request.find("/204") != std::string::npos)
            who.say("HTTP/1.1 204 No Content\r\n\r\n");
        else if (request.find("/304") != std::string::npos)
            who.say("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
        else
            who.say("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" +
                    answer("ok"));
    });
    const std::vector<std::pair<const char*, const char*>> asked{
        {"HEAD", "/"}, {"GET", "/204"}, {"GET", "/304"}, {"GET", "/"}};
    const std::vector<int> statuses{200, 204, 304, 200};
    for (std::size_t i = 0; i < asked.size(); ++i) {
        it.send(asked[i].first, asked[i].second);
        REQUIRE(it.get(i).response);
        CHECK(it.came[i].response->status == statuses[i]);
        CHECK(it.came[i].response->body == (i == 3 ? "ok" : ""));
    }
    CHECK(it.server.guests.size() == 1);
}

TEST_CASE("http client: answers in gzip, in chunks, and until the connection ends")
{
    const std::string plain = "a text that is the same over and over, over and over";
    const std::string packed = net::compress(net::document::gzip, plain);
    talk it([&](http_server::guest& who, const std::string& request) {
        if (request.find("/gzip") != std::string::npos)
            return who.say(answer(packed, "200 OK", "Content-Encoding: gzip\r\n"));
        if (request.find("/chunks") != std::string::npos)
            return who.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        who.say("HTTP/1.1 200 OK\r\n\r\nall of it");
        // After what was said.
        boost::asio::post(who.to->get_executor(),
                          [guest = who.shared_from_this()] { guest->close(); });
    });
    it.send("GET", "/gzip");
    CHECK(it.get(0).response.value().body == plain);
    it.send("GET", "/chunks");
    CHECK(it.get(1).response.value().body == "abcde");
    it.send("GET", "/end");
    CHECK(it.get(2).response.value().body == "all of it");
    CHECK(it.client->connections() == 0);
}

TEST_CASE("http client: an answer has a bound, however it comes")
{
    net::http_limits within;
    within.answer_bytes = 100;
    const std::string large(101, 'x');
    for (const std::string& text :
         {answer(large),
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" + std::string(50, 'x') +
              "\r\n33\r\n" + std::string(51, 'x') + "\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n" + large,
          answer(net::compress(net::document::gzip, large), "200 OK", "Content-Encoding: gzip\r\n"),
          "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"}) {
        talk it([&](http_server::guest& who, const std::string&) { who.say(text); }, within);
        it.send("GET", "/");
        CHECK(it.failure().code == errc::too_large);
        CHECK(it.client->connections() == 0);
    }
    talk it([&](http_server::guest& who, const std::string&) { who.say(answer(large.substr(1))); },
            within);
    it.send("GET", "/");
    CHECK(it.get().response);
}

TEST_CASE("http client: a redirect is not followed, and what is no HTTP is an error")
{
    talk it([](http_server::guest& who, const std::string& request) {
        who.say(request.find("/moved") == std::string::npos
                    ? "220 smtp.example ESMTP\r\n\r\n"
                    : answer("", "302 Found", "Location: https://example.com/\r\n"));
    });
    it.send("GET", "/moved");
    CHECK(it.failure(0).code == errc::http_status);
    it.send("GET", "/");
    CHECK(it.failure(1).code == errc::malformed);
    CHECK(it.client->connections() == 0);
}

TEST_CASE("http client: what was not read to its end, or has more to it, is not used again")
{
    talk more([](http_server::guest& who, const std::string&) {
        who.say(answer("ok") + "HTTP/1.1 200 OK\r\n");
    });
    more.send("GET", "/");
    CHECK(more.get().response);
    CHECK(more.client->connections() == 0);

    talk closes([](http_server::guest& who, const std::string&) {
        who.say(answer("ok", "200 OK", "Connection: close\r\n"));
    });
    closes.send("GET", "/");
    CHECK(closes.get().response);
    CHECK(closes.client->connections() == 0);
}

TEST_CASE("http client: an answer that comes before all was sent is the answer")
{
    talk it(say_nothing);
    it.server.on_bytes = [](http_server::guest& who) {
        if (who.requests++ == 0)
            who.say(answer("", "413 Payload Too Large"));
    };
    const auto large = std::make_shared<std::string>(64U << 20, 'x');
    it.send({"POST", "/", {}, "", {*large}, large});
    REQUIRE(it.get().response);
    CHECK(it.came[0].response->status == 413);
    CHECK(it.client->connections() == 0);
}

TEST_CASE("http client: a connection that ends while it rests is not used again")
{
    talk it(say_ok);
    it.send("GET", "/");
    it.get(0);
    it.server.guests.front()->close();
    CHECK(it.until([&] { return it.client->connections() == 0; }));
    it.send("GET", "/");
    CHECK(it.get(1).response);
    CHECK(it.server.guests.size() == 2);
}

TEST_CASE("http client: one that ends in place of an answer was stale only if it had rested")
{
    talk it([](http_server::guest& who, const std::string&) {
        who.requests == 1 ? who.say(answer("ok")) : who.close();
    });
    it.send("GET", "/");
    it.get(0);
    it.send("GET", "/");
    CHECK(it.failure(1).code == errc::unreachable);
    CHECK(it.came[1].stale);
    CHECK(it.server.guests.size() == 1);

    talk fresh([](http_server::guest& who, const std::string&) { who.close(); });
    fresh.send("GET", "/");
    CHECK(fresh.failure().code == errc::unreachable);
    CHECK_FALSE(fresh.came[0].stale);

    talk begun([](http_server::guest& who, const std::string&) {
        who.say(who.requests == 1 ? answer("ok") : "HTTP/1.1 2");
        if (who.requests == 2)
            boost::asio::post(who.to->get_executor(),
                              [guest = who.shared_from_this()] { guest->close(); });
    });
    begun.send("GET", "/");
    begun.get(0);
    begun.send("GET", "/");
    CHECK(begun.failure(1).code == errc::unreachable);
    CHECK_FALSE(begun.came[1].stale);
}

TEST_CASE("http client: each step has its time, and one that is over is no stale connection")
{
    net::http_limits within;
    within.head = 20ms;
    talk silent(
        [](http_server::guest& who, const std::string&) {
            if (who.requests == 1)
                who.say(answer("ok"));
        },
        within);
    silent.send("GET", "/");
    silent.get(0);
    silent.send("GET", "/");
    const auto late = silent.failure(1);
    CHECK(late.code == errc::timed_out);
    CHECK(late.detail.find("waiting for the answer") != std::string::npos);
    CHECK_FALSE(silent.came[1].stale);

    within = {};
    within.body = 20ms;
    talk half([](http_server::guest& who,
                 const std::string&) { who.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"); },
              within);
    half.send("GET", "/");
    CHECK(half.failure().detail.find("reading the answer") != std::string::npos);

    within = {};
    within.write = 20ms;
    talk deaf(say_nothing, within);
    deaf.server.on_bytes = [](http_server::guest& who) { who.is_deaf = true; };
    const auto large = std::make_shared<std::string>(64U << 20, 'x');
    deaf.send({"POST", "/", {}, "", {*large}, large});
    const auto stuck = deaf.failure();
    CHECK(stuck.code == errc::timed_out);
    CHECK(stuck.detail.find("sending the request") != std::string::npos);
    CHECK(deaf.departed.empty());
}

TEST_CASE("http client: the deadline of a request is that of all its steps")
{
    talk it([](http_server::guest& who, const std::string&) {
        if (who.requests == 1)
            who.say(answer("ok"));
    });
    it.send("GET", "/");
    it.get(0);
    it.send({"GET", "/", {}, ""}, 20ms);
    const auto late = it.failure(1);
    CHECK(late.code == errc::timed_out);
    CHECK(late.detail.find("the request's time is over") != std::string::npos);
    it.send({"GET", "/", {}, ""}, 0s);
    CHECK(it.get(2).response.error().code == errc::timed_out);
    CHECK_FALSE(it.came[2].sent);
}

TEST_CASE("http client: a connection that rests too long is closed")
{
    net::http_limits within;
    within.idle = 10ms;
    talk it(say_ok, within);
    it.send("GET", "/");
    it.get(0);
    CHECK(it.until([&] { return it.client->connections() == 0; }));
    CHECK(it.until([&] { return it.server.guests.front()->is_over; }));
}

TEST_CASE("http client: who does not agree on TLS in time is given up, and nothing was sent")
{
    boost::asio::io_context loop;
    http_server plain(loop, say_nothing);
    const auto tls = *net::tls_context::client("");
    net::http_limits within;
    within.dial.handshake = 20ms;
    net::http_client client(
        loop, *tls, *discord::parse_url("https://localhost:" + std::to_string(plain.port())),
        within);
    std::optional<net::http_outcome> came;
    client.send({"GET", "/", {}, ""}, net::now() + patience,
                {[&](net::http_outcome outcome) { came = std::move(outcome); }});
    REQUIRE(test::run_until(loop, [&] { return came.has_value(); }));
    CHECK(came->response.error().code == errc::timed_out);
    CHECK(came->response.error().detail.find("agreeing on TLS") != std::string::npos);
    CHECK_FALSE(came->sent);
}

TEST_CASE("http client: it may go while it dials, and while it waits")
{
    for (const int steps : {0, 1, 2, 3, 5, 8, 13}) {
        // Connections are taken by the system; nobody else is there.
        boost::asio::io_context nowhere, loop;
        const http_server plain(nowhere, say_nothing);
        auto tls = *net::tls_context::client("");
        int called = 0;
        net::http_limits within;
        within.dial.handshake = 1h;
        const auto begin = [&](const std::string& base) {
            auto client =
                std::make_unique<net::http_client>(loop, *tls, *discord::parse_url(base), within);
            client->send({"GET", "/", {}, ""}, net::now() + patience,
                         {[&](const net::http_outcome&) { ++called; }});
            return client;
        };
        auto dials = begin("https://localhost:" + std::to_string(plain.port()));
        auto waits = begin(plain.base());
        for (int i = 0; i < steps; ++i)
            loop.poll_one();
        dials.reset();
        waits.reset();
        tls.reset();
        // There is nothing left to wait for.
        const instant begun = net::now();
        loop.restart();
        loop.run_for(patience);
        CHECK(net::now() - begun < patience / 2);
        CHECK(called == 0);
    }
}

TEST_CASE("http client: a new connection goes on from the TLS session of an earlier one")
{
    talk it([](http_server::guest& who,
               const std::string&) { who.say(answer("ok", "200 OK", "Connection: close\r\n")); },
            {}, true);
    for (std::size_t i = 0; i < 3; ++i) {
        it.send("GET", "/");
        REQUIRE(it.get(i).response);
    }
    std::vector<bool> resumed;
    for (const auto& each : it.server.guests)
        resumed.push_back(each->was_resumed);
    CHECK(resumed == std::vector<bool>{false, true, true});
}

TEST_CASE("http client: over TLS it is the same")
{
    talk it(say_ok, {}, true);
    for (std::size_t i = 0; i < 3; ++i) {
        it.send("POST", "/", std::string(100'000, 'x'));
        REQUIRE(it.get(i).response);
    }
    CHECK(it.server.guests.size() == 1);
    it.server.guests.front()->close();
    CHECK(it.until([&] { return it.client->connections() == 0; }));
}
