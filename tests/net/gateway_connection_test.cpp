// Every step of connecting fails once, against a server on loopback that plays it.
#include "gateway/frame.hpp"
#include "net/digest.hpp"
#include "net/gateway_connection.hpp"
#include "net/tls.hpp"
#include "support/catch.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace tinfoil;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr auto patience = 20s;

/// One connection and whoever is at its other end.
struct pair {
    asio::io_context loop;
    tcp::acceptor acceptor{loop, {asio::ip::address_v4::loopback(), 0}};
    tcp::socket server{loop};
    std::string request;
    std::unique_ptr<net::tls_context> tls = std::move(*net::tls_context::client(""));
    std::optional<net::gateway_connection> client;
    std::vector<std::string> heard;
    std::function<void()> on_payload = [] {};

    [[nodiscard]] std::string address() const
    {
        return "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    }
    void dial(const std::string& url)
    {
        client.emplace(loop, *tls, url, gateway::compression::none,
                       net::gateway_connection::listener{
                           [this] { heard.emplace_back("opened"); },
                           [this](std::string_view payload) {
                               heard.emplace_back(payload);
                               on_payload();
                           },
                           [this](int code, const std::string& why) {
                               heard.push_back("lost " + std::to_string(code) + " " + why);
                               loop.stop();
                           }});
    }
    /// Takes the connection, reads a request, and says what `answer` makes of it.
    void serve(std::function<std::string(const std::string& request)> answer)
    {
        acceptor.async_accept(server, [this, answer](boost::system::error_code failed) {
            if (failed)
                return;
            asio::async_read_until(server, asio::dynamic_buffer(request), "\r\n\r\n",
                                   [this, answer](boost::system::error_code, std::size_t) {
                                       const std::string text = answer(request);
                                       boost::system::error_code ignored;
                                       asio::write(server, asio::buffer(text), ignored);
                                       if (text.empty())
                                           server.close(ignored);
                                   });
        });
    }
    /// Until the connection is lost, or something stops the loop.
    void run() { loop.run_for(patience); }
};

std::string accepted(const std::string& request)
{
    const auto at = request.find("Sec-WebSocket-Key: ") + 19;
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           net::websocket_accept(request.substr(at, request.find('\r', at) - at)) + "\r\n\r\n";
}

std::string frame(std::string_view text)
{
    std::string made;
    gateway::write_frame(made, gateway::message_kind::text, text, std::nullopt);
    return made;
}

void check_lost(const pair& it, const std::string& words)
{
    REQUIRE(it.heard.size() == 1);
    INFO(it.heard[0]);
    CHECK(it.heard[0].find("lost 1006 ") == 0);
    CHECK(it.heard[0].find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("gateway connection: a name that is none is a lost connection", "[thread-9]")
{
    pair it;
    it.dial("wss://" + std::string(80, 'a') + ".example");
    it.run();
    check_lost(it, "");
}

TEST_CASE("gateway connection: a refused one is lost", "[thread-9]")
{
    pair it;
    const std::string gone = it.address();
    it.acceptor.close();
    it.dial("ws://" + gone);
    it.run();
    check_lost(it, "127.0.0.1");
}

TEST_CASE("gateway connection: one that speaks no TLS is lost", "[thread-9]")
{
    pair it;
    it.acceptor.async_accept(it.server, [&](boost::system::error_code) {
        asio::write(it.server, asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")));
    });
    it.dial("wss://" + it.address());
    it.run();
    check_lost(it, "");
}

TEST_CASE("gateway connection: an upgrade that is refused, wrong or cut is lost",
          "[thread-9][thread-7]")
{
    const std::vector<std::pair<std::string, std::string>> answers{
        {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "HTTP 503"},
        {"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\n\r\n", "wrong key"},
        {"nonsense\r\n\r\n", "did not upgrade"},
        {"", "did not upgrade"}};
    for (const auto& [answer, words] : answers) {
        pair it;
        it.serve([&, answer = answer](const std::string&) { return answer; });
        it.dial("ws://" + it.address());
        it.run();
        check_lost(it, words);
    }
}

TEST_CASE("gateway connection: without HELLO it is open and silent, which ends by the session",
          "[thread-9]")
{
    pair it;
    it.serve(accepted);
    it.dial("ws://" + it.address());
    it.loop.run_for(200ms);
    CHECK(it.heard == std::vector<std::string>{"opened"});
}

TEST_CASE("gateway connection: what is not read waits, and comes in order", "[full-collection]")
{
    pair it;
    it.serve([](const std::string& request) {
        return accepted(request) + frame("one") + frame("two") + frame("three");
    });
    it.on_payload = [&] {
        if (it.heard.back() == "one")
            it.client->read(false);
        if (it.heard.back() == "three")
            it.loop.stop();
    };
    it.dial("ws://" + it.address());
    it.loop.run_for(200ms);
    CHECK(it.heard == std::vector<std::string>{"opened", "one"});
    // Writing goes on meanwhile.
    it.client->send("beat");
    asio::post(it.loop, [&] { it.client->read(true); });
    it.loop.restart();
    it.run();
    CHECK(it.heard == std::vector<std::string>{"opened", "one", "two", "three"});
}

TEST_CASE("gateway connection: one that is not read can be cut", "[full-collection]")
{
    pair it;
    it.serve([](const std::string& request) { return accepted(request) + frame("one"); });
    it.on_payload = [&] { it.client->read(false); };
    it.dial("ws://" + it.address());
    it.loop.run_for(200ms);
    it.client.reset();
    it.loop.restart();
    it.loop.run_for(200ms);
    CHECK(it.heard == std::vector<std::string>{"opened", "one"});
}

// RFC 6455, 5.5.1
TEST_CASE("gateway connection: nothing follows a close frame, not even a pong")
{
    pair it;
    std::string said;
    it.serve(accepted);
    it.dial("ws://" + it.address());
    while (it.heard.empty())
        it.loop.run_one();
    it.client->close(4000);
    it.client->send("late");
    std::string ping;
    gateway::write_frame(ping, gateway::message_kind::ping, "?", std::nullopt);
    asio::write(it.server, asio::buffer(ping));
    it.loop.restart();
    it.loop.run_for(50ms);
    it.client.reset();
    it.loop.restart();
    it.loop.run_for(50ms);
    boost::system::error_code ended;
    asio::read(it.server, asio::dynamic_buffer(said), ended);
    // Header, mask and the code.
    CHECK(said.size() == 2 + 4 + 2);
    CHECK(static_cast<unsigned char>(said.at(0)) == 0x88);
}
