// Server and client of the control socket, over real sockets in a folder of the test's own.
#include "net/clock.hpp"
#include "net/control_client.hpp"
#include "net/control_server.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <fstream>
#include <future>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace tinfoil;
using namespace tinfoil::net;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

void echo(const control_request& what, const control_reply& reply)
{
    control_answer made;
    if (what.path == "/events")
        made.stream = control_event{"first", "{}"};
    else if (what.path == "/refused")
        made = control_error(404, "unknown_path", "there is no such path; try another");
    else
        made.json = what.method + " " + what.path + " " + what.query + " " + what.body;
    reply(std::move(made));
}

// A server whose loop runs on a thread of its own.
class served {
public:
    explicit served(fs::path where, control_bounds within = {},
                    std::function<void(control_request, control_reply)> asked = echo)
        : folder(std::move(where))
    {
        auto made =
            control_server::listen(loop, folder, {std::move(asked), [this] { ++ticks; }}, within);
        REQUIRE(made);
        server = std::move(*made);
        thread_ = std::thread([this] { loop.run(); });
    }
    ~served()
    {
        on_loop([this] { server.reset(); });
        loop.stop();
        thread_.join();
    }
    // Returns when it has been done.
    template <class What>
    void on_loop(What what)
    {
        std::promise<void> done;
        asio::post(loop, [&] {
            what();
            done.set_value();
        });
        done.get_future().wait();
    }
    // How many there have been when that time has passed.
    int ticks_after(duration time)
    {
        std::promise<int> counted;
        asio::steady_timer timer(loop);
        on_loop([&] {
            timer.expires_after(time);
            timer.async_wait([&](boost::system::error_code) { counted.set_value(ticks); });
        });
        return counted.get_future().get();
    }
    [[nodiscard]] control_client client() const { return control_client(folder); }

    fs::path folder;
    asio::io_context loop;
    std::unique_ptr<control_server> server;
    int ticks = 0;  // Of the loop.

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_{loop.get_executor()};
    std::thread thread_;
};

// A connection that says anything.
class raw {
public:
    explicit raw(const fs::path& folder) : number_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        const timeval patience = {10, 0};
        ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        (folder / control_socket).string().copy(address.sun_path, sizeof address.sun_path - 1);
        const auto* at = reinterpret_cast<const sockaddr*>(&address);
        REQUIRE(::connect(number_, at, sizeof address) == 0);
    }
    ~raw() { ::close(number_); }
    raw(const raw&) = delete;
    raw& operator=(const raw&) = delete;

    raw& say(const std::string& text)
    {
        for (std::size_t at = 0; at < text.size();) {
            const auto sent = ::send(number_, text.data() + at, text.size() - at, MSG_NOSIGNAL);
            if (sent <= 0)
                break;
            at += static_cast<std::size_t>(sent);
        }
        return *this;
    }
    // What comes until it contains that, or until the other side closes, when it is empty.
    std::string hear(const std::string& until = "")
    {
        std::string heard;
        std::array<char, 4096> piece;
        while (until.empty() || heard.find(until) == std::string::npos) {
            const auto got = ::recv(number_, piece.data(), piece.size(), 0);
            closed_ = got == 0 || (got < 0 && errno == ECONNRESET);
            if (got <= 0)
                break;
            heard.append(piece.data(), static_cast<std::size_t>(got));
        }
        return heard;
    }
    bool is_closed_soon()
    {
        pollfd on{number_, POLLRDHUP, 0};
        return ::poll(&on, 1, 10'000) == 1;
    }
    [[nodiscard]] bool was_closed() const { return closed_; }

private:
    int number_;
    bool closed_ = false;
};

std::string get(const std::string& path)
{
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

std::string post(std::size_t bytes)
{
    return "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
           std::string(bytes, 'x');
}

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find("\r\n"));
}

errc code_of(const result<control_answer>& answer)
{
    REQUIRE_FALSE(answer);
    return answer.error().code;
}

}  // namespace

TEST_CASE("control socket: only its user may open it, and its folder's path may be long")
{
    const support::temporary_folder folder;
    const fs::path deep =
        folder.path() / std::string(75, 'a') / std::string(75, 'b') / std::string(75, 'c');
    fs::create_directories(deep);
    const served host(deep);
    struct stat found = {};
    REQUIRE(::stat((deep / control_socket).c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
    const auto answer = host.client().call("POST", "/v1/x?a=b", "body");
    REQUIRE(answer);
    CHECK(answer->json == "POST /v1/x a=b body");
}

TEST_CASE("control socket: a dead host's socket is replaced, and nothing else is")
{
    const support::temporary_folder folder;
    const fs::path file = folder.path() / control_socket;
    {
        const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        file.string().copy(address.sun_path, sizeof address.sun_path - 1);
        ::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::close(dead);
    }
    CHECK(code_of(control_client(folder.path()).call("GET", "/")) == errc::unreachable);
    {
        const served host(folder.path());
        CHECK(host.client().call("GET", "/"));
    }
    CHECK_FALSE(fs::exists(file));
    std::ofstream(file) << "precious";
    asio::io_context loop;
    const auto refused = control_server::listen(loop, folder.path(), {echo, [] {}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::io);
    CHECK(fs::file_size(file) == 8);
}

TEST_CASE("control socket: a connection can be used again, and an answer may come later")
{
    const support::temporary_folder folder;
    served* own = nullptr;
    served host(folder.path(), {}, [&](const control_request& what, const control_reply& reply) {
        asio::post(own->loop, [what, reply] {
            echo(what, reply);
            control_answer second;
            second.json = "never";
            reply(second);
        });
    });
    own = &host;
    raw peer(folder.path());
    CHECK(peer.say(get("/1") + get("/2")).hear("GET /2").find("GET /1") != std::string::npos);
    const std::string last = peer.say("GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n").hear();
    CHECK(last.find("never") == std::string::npos);
    CHECK(last.find("GET /3") != std::string::npos);
    CHECK(peer.was_closed());
}

TEST_CASE("control socket: what is too large or no HTTP is refused, and said so")
{
    const support::temporary_folder folder;
    const served host(folder.path());
    const auto told = [&](const std::string& text) {
        return first_line(raw(folder.path()).say(text).hear());
    };
    CHECK(first_line(raw(folder.path()).say(post(64 << 10)).hear("xx")) == "HTTP/1.1 200 OK");
    CHECK(told(post((64 << 10) + 1)) == "HTTP/1.1 413 Payload Too Large");
    CHECK(told(post(8 << 20)) == "HTTP/1.1 413 Payload Too Large");
    CHECK(told("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n") ==
          "HTTP/1.1 431 Request Header Fields Too Large");
    CHECK(told("\x16\x03\x01 hello?\r\n\r\n") == "HTTP/1.1 400 Bad Request");
    const std::string heard = raw(folder.path()).say("nonsense\r\n\r\n").hear();
    CHECK(heard.find(R"({"api_version":1,"error":{"code":"malformed","message":")") !=
          std::string::npos);
    CHECK(host.client().call("GET", "/"));
}

TEST_CASE("control socket: only a path that takes files takes a large body")
{
    const support::temporary_folder folder;
    control_bounds within;
    within.larger_bodies.emplace("/large", 1U << 20);
    const served host(folder.path(), within);
    const auto told = [&](const std::string& path, std::size_t bytes, bool in_chunks) {
        char size[16];
        std::snprintf(size, sizeof size, "%zx", bytes);
        const std::string body(bytes, 'x');
        return first_line(
            raw(folder.path())
                .say("POST " + path + " HTTP/1.1\r\nConnection: close\r\n" +
                     (in_chunks ? "Transfer-Encoding: chunked\r\n\r\n" + std::string(size) +
                                      "\r\n" + body + "\r\n0\r\n\r\n"
                                : "Content-Length: " + std::to_string(bytes) + "\r\n\r\n" + body))
                .hear());
    };
    for (const bool in_chunks : {false, true}) {
        CHECK(told("/large?x", 1U << 20, in_chunks) == "HTTP/1.1 200 OK");
        CHECK(told("/large", (1U << 20) + 1, in_chunks) == "HTTP/1.1 413 Payload Too Large");
        CHECK(told("/larger", (64U << 10) + 1, in_chunks) == "HTTP/1.1 413 Payload Too Large");
        CHECK(told("/larger", 64U << 10, in_chunks) == "HTTP/1.1 200 OK");
    }
}

TEST_CASE("control socket: there is room for 32 connections")
{
    const support::temporary_folder folder;
    const served host(folder.path());
    std::vector<std::unique_ptr<raw>> open;
    for (int each = 0; each < 32; ++each) {
        open.push_back(std::make_unique<raw>(folder.path()));
        open.back()->say(get("/")).hear("GET /");
    }
    CHECK(first_line(raw(folder.path()).hear()) == "HTTP/1.1 503 Service Unavailable");
    const auto refused = host.client().call("GET", "/");
    CHECK(code_of(refused) == errc::http_status);
    CHECK(refused.error().detail.find("32 control connections") != std::string::npos);
    open.pop_back();
    const instant until = now() + 10s;
    bool accepted = false;
    while (!accepted && now() < until)
        accepted = host.client().call("GET", "/").has_value();
    CHECK(accepted);
}

TEST_CASE("control socket: nobody is waited for without end")
{
    const support::temporary_folder folder;
    SECTION("a request that does not arrive")
    {
        const served host(folder.path(), {.request = 30ms});
        CHECK(first_line(raw(folder.path()).say("GET / HT").hear()) ==
              "HTTP/1.1 408 Request Timeout");
        raw idle(folder.path());
        CHECK(idle.hear().empty());
        CHECK(idle.was_closed());
    }
    SECTION("an answer that is not taken")
    {
        const served host(folder.path(), {.answer = 30ms},
                          [](const control_request&, const control_reply& reply) {
                              control_answer large;
                              large.json.assign(16U << 20, 'x');
                              reply(large);
                          });
        raw peer(folder.path());
        CHECK(peer.say(get("/")).is_closed_soon());
        CHECK(peer.hear().size() < (16U << 20));
    }
    SECTION("a handler that forgets to answer")
    {
        control_reply kept;
        served host(folder.path(), {.handling = 30ms},
                    [&](const control_request&, control_reply reply) { kept = std::move(reply); });
        raw peer(folder.path());
        CHECK(first_line(peer.say(get("/")).hear("}}")) == "HTTP/1.1 504 Gateway Timeout");
        host.on_loop([&] { std::exchange(kept, nullptr)({}); });
        CHECK(first_line(peer.say(get("/")).hear("}}")) == "HTTP/1.1 504 Gateway Timeout");
    }
}

TEST_CASE("control socket: a large answer arrives whole")
{
    const support::temporary_folder folder;
    const served host(folder.path(), {}, [](const control_request&, const control_reply& reply) {
        control_answer large;
        for (int each = 0; large.json.size() < (16U << 20); ++each)
            large.json += std::to_string(each) + ",";
        reply(large);
    });
    std::string expected;
    for (int each = 0; expected.size() < (16U << 20); ++each)
        expected += std::to_string(each) + ",";
    const auto answer = host.client().call("GET", "/");
    REQUIRE(answer);
    CHECK((answer->json == expected));
}

TEST_CASE("control events: they come in order, and what was told last before the end arrives")
{
    const support::temporary_folder folder;
    served host(folder.path());
    std::string seen;
    const auto followed = host.client().follow(
        "/events",
        [&](const control_event& what) {
            seen += what.name + what.json + " ";
            if (what.name == "first")
                host.on_loop([&] {
                    host.server->publish("a", "1");
                    host.server->stop_listening();
                    host.server->publish("b", R"({"x":2})");
                });
            if (what.name == "b") {
                CHECK(code_of(host.client().call("GET", "/")) == errc::unreachable);
                host.on_loop([&] {
                    host.server->publish("end", "{}");
                    host.server.reset();
                });
            }
            return true;
        },
        now() + 10s);
    CHECK(followed);
    CHECK(seen == R"(first{} a1 b{"x":2} end{} )");
}

TEST_CASE("control events: a reader that is too slow is told so and closed, the others go on")
{
    const support::temporary_folder folder;
    served host(folder.path(), {.answer = 60s});
    raw slow(folder.path()), quick(folder.path());
    slow.say(get("/events")).hear("first");
    quick.say(get("/events")).hear("first");
    const std::string text = '"' + std::string(1000, 'x') + '"';
    for (int each = 0; each < 2000; ++each) {
        host.on_loop([&] { host.server->publish("much", text); });
        quick.hear("\n\n");
    }
    const std::string heard = slow.hear();
    CHECK(slow.was_closed());
    CHECK(heard.ends_with("\"\n\nevent: lost\ndata: {}\n\n"));
    CHECK(heard.size() > (256U << 10));
    CHECK(heard.size() < 2000 * text.size());
    host.on_loop([&] { host.server->publish("last", "{}"); });
    CHECK_FALSE(quick.hear("event: last").empty());
}

TEST_CASE("control events: a reader that is lost and does not even read that is cut off")
{
    const support::temporary_folder folder;
    served host(folder.path(), {.stream_bytes = 1000, .answer = 30ms});
    raw slow(folder.path());
    slow.say(get("/events")).hear("first");
    const std::string text = '"' + std::string(900, 'x') + '"';
    for (int each = 0; each < 2000; ++each)
        host.on_loop([&] { host.server->publish("much", text); });
    CHECK(slow.is_closed_soon());
    CHECK(slow.hear().find("event: lost") == std::string::npos);
}

TEST_CASE("control events: ticks and comments come while somebody listens")
{
    const support::temporary_folder folder;
    served host(folder.path(), {.tick = 1ms, .ticks_between_comments = 3});
    CHECK(host.client().call("GET", "/"));
    {
        raw listener(folder.path());
        CHECK(listener.say(get("/events")).hear("\n:\n\n").find("first") != std::string::npos);
        listener.hear("\n:\n\n");
    }
    // When the stream has gone the ticks end.
    int before = 0, after = 0;
    const instant until = now() + 10s;
    do {
        before = after;
        after = host.ticks_after(20ms);
    } while (before != after && now() < until);
    CHECK(before == after);
    CHECK(after >= 6);
}

TEST_CASE("control socket: other users are turned away")
{
    if (::geteuid() != 0) {
        WARN("only root can be another user");
        return;
    }
    const support::temporary_folder folder;
    const served host(folder.path());
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    REQUIRE(::chmod((folder.path() / control_socket).c_str(), 0666) == 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    (folder.path() / control_socket).string().copy(address.sun_path, sizeof address.sun_path - 1);
    const std::string request = get("/");
    const pid_t other = ::fork();
    if (other == 0) {
        // 0: closed without a word.
        char byte = 0;
        const int at = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (::setuid(65534) != 0 ||
            ::connect(at, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            ::_exit(2);
        ::send(at, request.data(), request.size(), MSG_NOSIGNAL);
        ::_exit(::recv(at, &byte, 1, 0) > 0 ? 1 : 0);
    }
    int ended = 0;
    REQUIRE(::waitpid(other, &ended, 0) == other);
    REQUIRE(WIFEXITED(ended));
    CHECK(WEXITSTATUS(ended) == 0);
    CHECK(host.client().call("GET", "/"));
}

TEST_CASE("control client: says which state has no host, and what a host refuses")
{
    const support::temporary_folder folder;
    for (const fs::path& where : {folder.path(), folder.path() / "missing"}) {
        const auto none = control_client(where).call("GET", "/");
        CHECK(code_of(none) == errc::unreachable);
        CHECK(none.error().detail == "no host runs with state " + where.string() +
                                         ": start one with tinfoil run --state " + where.string());
    }
    const served host(folder.path());
    const auto refused = host.client().call("GET", "/refused");
    CHECK(code_of(refused) == errc::invalid_argument);
    CHECK(refused.error().detail.ends_with("refuses: there is no such path; try another"));
    const auto same = host.client().follow(
        "/refused", [](const control_event&) { return true; }, now() + 10s);
    REQUIRE_FALSE(same);
    CHECK(same.error().detail == refused.error().detail);
}

TEST_CASE("control client: a host that says nothing or nonsense is no trap")
{
    const support::temporary_folder folder;
    const served host(folder.path());
    const auto late = host.client().follow(
        "/events", [](const control_event&) { return true; }, now() + 30ms);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == errc::timed_out);
    CHECK(host.client().follow(
        "/events", [](const control_event&) { return false; }, now() + 10s));
    const support::temporary_folder other;
    const int fake = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    (other.path() / control_socket).string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fake, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fake, 5) == 0);
    for (const auto& [text, code] :
         {std::pair<std::string, errc>{"", errc::unreachable},
          {"SSH-2.0-OpenSSH_9.2\r\n", errc::malformed},
          {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", errc::malformed},
          {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc", errc::too_large}}) {
        std::thread answers([&, said = text] {
            const int one = ::accept(fake, nullptr, nullptr);
            ::send(one, said.data(), said.size(), MSG_NOSIGNAL);
            ::close(one);
        });
        CHECK(code_of(control_client(other.path()).call("GET", "/")) == code);
        answers.join();
    }
    ::close(fake);
}
