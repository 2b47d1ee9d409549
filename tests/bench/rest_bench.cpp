// What a call of Discord's API costs where no limit slows it: through limiter, driver and
// connections of the host, next to a bare Beast loop over as many connections to the same server.
#include "harness.hpp"
#include "net/certificate_authority.hpp"
#include "net/clock.hpp"
#include "net/rest_driver.hpp"
#include "net/tls.hpp"
#include "stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace tinfoil;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using tls_stream = asio::ssl::stream<tcp::socket>;

constexpr double target = 1.5;
constexpr int rounds = 7;
constexpr int connections_max = 64;
constexpr int paths = 100;

/// An answer as Discord's look, without a word of limits.
const std::string& answer()
{
    static const std::string body =
        R"({"id":"1002345678901234567","type":0,"guild_id":"1002345678901230000","name":"general",)"
        R"("topic":"all that does not fit elsewhere","position":3,"nsfw":false,"last_message_id":)"
        R"("1102345678901234567","parent_id":"1002345678901231111","rate_limit_per_user":0,)"
        R"("permission_overwrites":[{"id":"1002345678901230000","type":0,"allow":"1024","deny":"0"}]})";
    static const std::string whole =
        "HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 00:00:00 GMT\r\nContent-Type: "
        "application/json\r\n"
        "Connection: keep-alive\r\nCF-RAY: 8f0c93b1a2d4e677-FRA\r\nCF-Cache-Status: DYNAMIC\r\n"
        "Strict-Transport-Security: max-age=31536000; includeSubDomains; preload\r\n"
        "Via: 1.1 google\r\nX-Content-Type-Options: nosniff\r\nServer: cloudflare\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    return whole;
}

asio::awaitable<void> serve_one(tcp::socket socket, asio::ssl::context& tls)
{
    tls_stream with(std::move(socket), tls);
    beast::flat_buffer buffer;
    try {
        with.next_layer().set_option(tcp::no_delay(true));
        co_await with.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
        for (;;) {
            http::request<http::empty_body> asked;
            co_await http::async_read(with, buffer, asked, asio::use_awaitable);
            co_await asio::async_write(with, asio::buffer(answer()), asio::use_awaitable);
        }
    } catch (const boost::system::system_error&) {
        // The client has gone.
    }
}

/// In a process of its own, so that its work is not counted.
class server {
public:
    server()
    {
        const net::certificate_authority authority;
        authority_pem = authority.pem();
        const auto identity = authority.issue("localhost", 24h);
        auto tls = *net::tls_context::server(identity.certificate_pem, identity.key_pem);
        int told[2];
        if (::pipe(told) != 0)
            std::abort();
        pid_ = ::fork();
        if (pid_ == 0)
            serve(tls->native(), told[1]);
        ::close(told[1]);
        if (::read(told[0], &port, sizeof port) != sizeof port)
            std::abort();
        ::close(told[0]);
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    ~server()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    std::string authority_pem;
    std::uint16_t port = 0;

private:
    [[noreturn]] static void serve(asio::ssl::context& tls, int tell)
    {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        asio::io_context loop{1};
        tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
        const std::uint16_t port = acceptor.local_endpoint().port();
        if (::write(tell, &port, sizeof port) != sizeof port)
            std::_Exit(1);
        asio::co_spawn(
            loop,
            [&]() -> asio::awaitable<void> {
                for (;;) {
                    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
                    asio::co_spawn(loop, serve_one(std::move(socket), tls), asio::detached);
                }
            },
            asio::detached);
        loop.run();
        std::_Exit(0);
    }

    ::pid_t pid_ = -1;
};

/// What both kinds of clients do: so many requests, so many at once, on a loop of theirs.
class bare_clients {
public:
    bare_clients(const server& to, int at_once)
        : tls_(*net::tls_context::client(to.authority_pem)),
          host_("localhost:" + std::to_string(to.port))
    {
        const tcp::endpoint where(asio::ip::address_v4::loopback(), to.port);
        for (int i = 0; i < std::min(at_once, connections_max); ++i) {
            auto& made = streams_.emplace_back(loop_, tls_->native());
            made.next_layer().connect(where);
            made.next_layer().set_option(tcp::no_delay(true));
            made.handshake(asio::ssl::stream_base::client);
        }
    }
    void run(int requests)
    {
        left_ = requests;
        for (auto& each : streams_)
            asio::co_spawn(loop_, ask(each), asio::detached);
        loop_.restart();
        loop_.run();
    }

private:
    asio::awaitable<void> ask(tls_stream& with)
    {
        beast::flat_buffer buffer;
        while (left_-- > 0) {
            const std::string path = "/api/v10/channels/" + std::to_string(left_ % paths + 1);
            http::request<http::empty_body> asked(http::verb::get, path, 11);
            asked.set(http::field::host, host_);
            asked.set(http::field::accept_encoding, "gzip");
            asked.set(http::field::authorization, "Bot token");
            asked.set(http::field::user_agent, "DiscordBot (https://example.com, 1)");
            co_await http::async_write(with, asked, asio::use_awaitable);
            http::response<http::string_body> got;
            co_await http::async_read(with, buffer, got, asio::use_awaitable);
            if (got.result_int() != 200)
                std::abort();
        }
    }

    asio::io_context loop_{1};
    std::unique_ptr<net::tls_context> tls_;
    std::string host_;
    std::list<tls_stream> streams_;
    int left_ = 0;
};

class host_client {
public:
    host_client(const server& to, int at_once)
        : tls_(*net::tls_context::client(to.authority_pem)),
          at_once_(at_once)
    {
        net::rest_settings how;
        how.api = "https://localhost:" + std::to_string(to.port) + "/api/v10";
        how.token = redacted("token");
        how.requests_per_second = 10'000'000;
        how.connections_urgent = 8;
        how.connections_max = connections_max + how.connections_urgent;
        how.within.idle_connections = connections_max;
        rest_.emplace(loop_, *tls_, std::move(how));
    }
    void run(int requests)
    {
        left_ = open_ = requests;
        for (int i = 0; i < at_once_; ++i)
            ask();
        loop_.restart();
        loop_.run();
    }

private:
    void ask()
    {
        if (left_-- <= 0)
            return;
        discord::rest_request made;
        made.method = "GET";
        made.path = "/channels/" + std::to_string(left_ % paths + 1);
        rest_->submit(std::move(made), [this](const result<discord::rest_response>& got) {
            if (!got || got->status != 200) {
                std::fprintf(stderr, "bench: %s\n", got ? "no 200" : got.error().detail.c_str());
                std::exit(1);
            }
            ask();
            if (--open_ == 0)
                loop_.stop();
        });
    }

    asio::io_context loop_{1};
    std::unique_ptr<net::tls_context> tls_;
    std::optional<net::rest_driver> rest_;
    int at_once_, left_ = 0, open_ = 0;
};

struct cost {
    std::vector<double> micros, per_second;

    template <class Client>
    void add(Client& of, int requests)
    {
        const double cpu = bench::thread_seconds();
        const instant begun = net::now();
        of.run(requests);
        micros.push_back((bench::thread_seconds() - cpu) * 1e6 / requests);
        per_second.push_back(requests / std::chrono::duration<double>(net::now() - begun).count());
    }
};

void measure(int at_once)
{
    const int requests = at_once == 1 ? 3000 : 10'000;
    const server discord;
    bare_clients bare(discord, at_once);
    host_client host(discord, at_once);
    bare.run(500);
    host.run(500);
    cost of_bare, of_host;
    std::vector<double> ratios;
    for (int i = 0; i < rounds; ++i) {
        of_bare.add(bare, requests);
        of_host.add(host, requests);
        ratios.push_back(of_host.micros.back() / of_bare.micros.back());
    }
    const std::string name = "rest-" + std::to_string(at_once);
    bench::tell({.name = name,
                 .value = bench::median(of_host.micros),
                 .unit = "us CPU/request",
                 .floor = bench::median(of_bare.micros),
                 .ratio = bench::median(ratios),
                 .target = target,
                 .target_of = bench::figure::of::ratio,
                 .note = std::to_string(static_cast<int>(bench::median(of_host.per_second))) +
                         "/s; floor: a bare loop, " +
                         std::to_string(static_cast<int>(bench::median(of_bare.per_second))) +
                         "/s"});
}

bool add_all()
{
    static constexpr std::array in_flight{1, 50, 500};
    for (const int each : in_flight)
        bench::add(bench::trial{"rest-" + std::to_string(each), [each] { measure(each); }});
    return true;
}

const bool added = add_all();

}  // namespace
