// The habits of the sandbox's sockets, seen by a client that looks at the bytes.
#include "base/random.hpp"
#include "gateway/frame.hpp"
#include "net/compression.hpp"
#include "sandbox/server.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

using namespace tinfoil;

namespace {

std::unique_ptr<sandbox::server> start(double events_per_second, std::uint64_t seed = 1)
{
    sandbox::options how;
    how.plain = true;
    how.rules.seed = seed;
    how.rules.max_concurrency = 16;
    set_rate(how.rules, events_per_second);
    auto made = sandbox::server::start(how, [](const sandbox::happening&) {});
    REQUIRE(made);
    return std::move(*made);
}

std::uint16_t port_of(const std::string& url)
{
    const auto colon = url.rfind(':');
    return static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1)));
}

/// A blocking socket; every read ends within ten seconds.
class wire {
public:
    explicit wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        const timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    }
    ~wire() { ::close(socket_); }
    wire(const wire&) = delete;
    wire& operator=(const wire&) = delete;

    [[nodiscard]] int descriptor() const { return socket_; }
    void write(const std::string& bytes)
    {
        REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    /// What is there; empty at the end.
    std::string read()
    {
        std::array<char, 1U << 16> bytes;
        const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
        return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
    }
    std::string read_until(const std::string& mark)
    {
        std::string all;
        while (all.find(mark) == std::string::npos) {
            const std::string more = read();
            if (more.empty())
                return all;
            all += more;
        }
        return all;
    }

private:
    int socket_;
};

/// A gateway connection, a message at a time.
class reader {
public:
    reader(wire& from, const std::string& query) : from_(from)
    {
        from_.write("GET /" + query +
                    " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    "\r\n");
        const std::string got = from_.read_until("\r\n\r\n");
        REQUIRE(got.starts_with("HTTP/1.1 101"));
        const std::string rest = got.substr(got.find("\r\n\r\n") + 4);
        hello_came_along = !rest.empty();
        feed(rest);
    }
    void say(const std::string& payload)
    {
        std::string frame;
        gateway::write_frame(frame, gateway::message_kind::text, payload, 1U);
        from_.write(frame);
    }
    /// Nothing when the connection has ended.
    std::optional<std::string> next()
    {
        for (;;) {
            const auto message = frames_.next();
            REQUIRE(message);
            if (*message)
                return std::string((*message)->bytes);
            const std::string more = from_.read();
            if (more.empty())
                return std::nullopt;
            feed(more);
        }
    }
    bool hello_came_along = false;

private:
    void feed(const std::string& bytes)
    {
        const auto space = frames_.space(bytes.size() + 1);
        std::copy(bytes.begin(), bytes.end(), space.begin());
        frames_.filled(bytes.size());
    }

    wire& from_;
    gateway::frame_reader frames_{gateway::role::client, 1U << 24};
};

const std::string identify =
    R"({"op":2,"d":{"token":"sandbox","intents":513,"compress":true,"properties":{"os":"x"}}})";

std::string inflated(const std::string& document)
{
    std::string text(1U << 20, '\0');
    uLongf size = text.size();
    REQUIRE(::uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                         reinterpret_cast<const Bytef*>(document.data()), document.size()) == Z_OK);
    text.resize(size);
    return text;
}

/// Whoever stages the play asks for this; the answer with its head.
std::string order(const sandbox::server& at, const std::string& what, const std::string& body = "")
{
    wire one(port_of(at.where().plain_gateway));
    one.write(what + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
    std::string got = one.read_until("\r\n\r\n");
    REQUIRE(got.starts_with("HTTP/1.1 200"));
    for (std::string more = one.read(); !more.empty(); more = one.read())
        got += more;
    return got;
}

void strike(const sandbox::server& at, const std::string& fault)
{
    order(at, "POST /sandbox/fault", fault);
}

}  // namespace

TEST_CASE("sandbox: HELLO may come in the segment of the 101, and all of it is there")
{
    const auto server = start(0);
    bool together = false;
    for (int i = 0; i < 30; ++i) {
        wire one(port_of(server->where().plain_gateway));
        reader gateway(one, "?v=10&encoding=json");
        const auto hello = gateway.next();
        REQUIRE(hello);
        CHECK(hello->find("heartbeat_interval") != std::string::npos);
        together = together || gateway.hello_came_along;
    }
    CHECK(together);
}

TEST_CASE("sandbox: zstd-stream is one endless frame", "[gateway/zstd-stream]")
{
    const auto server = start(0);
    wire one(port_of(server->where().plain_gateway));
    reader gateway(one, "?v=10&encoding=json&compress=zstd-stream");
    ZSTD_DStream* stream = ZSTD_createDStream();
    const auto next = [&] {
        const auto message = gateway.next();
        REQUIRE(message);
        std::string text(1U << 20, '\0');
        ZSTD_inBuffer from{message->data(), message->size(), 0};
        ZSTD_outBuffer to{text.data(), text.size(), 0};
        while (from.pos < from.size)
            REQUIRE(ZSTD_isError(ZSTD_decompressStream(stream, &to, &from)) == 0);
        text.resize(to.pos);
        return boost::json::parse(text).as_object();
    };
    CHECK(next().at("op") == 10);
    gateway.say(identify);
    CHECK(next().at("t") == "READY");
    CHECK(next().at("t") == "GUILD_CREATE");
    ZSTD_freeDStream(stream);
}

TEST_CASE("sandbox: IDENTIFY may ask for payloads that are compressed one by one",
          "[gateway/payload-compression]")
{
    const auto server = start(0);
    wire one(port_of(server->where().plain_gateway));
    reader gateway(one, "");
    CHECK(gateway.next()->front() == '{');
    gateway.say(identify);
    CHECK(boost::json::parse(inflated(*gateway.next())).at("t") == "READY");
}

TEST_CASE("sandbox: an encoding that it does not speak is refused, and any path is the gateway's")
{
    const auto server = start(0);
    wire one(port_of(server->where().plain_gateway));
    one.write("GET /?encoding=etf HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
              "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(one.read_until("\r\n\r\n").starts_with("HTTP/1.1 400"));
    wire other(port_of(server->where().plain_gateway));
    reader gateway(other, "some/where?compress=&v=9");
    CHECK(gateway.next()->find("heartbeat_interval") != std::string::npos);
}

TEST_CASE("sandbox: messages come in one frame or in two")
{
    const auto server = start(0);
    wire one(port_of(server->where().plain_gateway));
    reader gateway(one, "");
    gateway.next();
    const std::string beat = R"({"op":1,"d":null})";
    for (int i = 0; i < 110; ++i) {
        gateway.say(beat);
        const auto answer = gateway.next();
        REQUIRE(answer);
        REQUIRE(boost::json::parse(*answer).at("op") == 11);
    }
}

TEST_CASE("sandbox: answers are compressed for who takes that, whole or in chunks")
{
    const auto server = start(0);
    bool chunked = false, whole = false;
    for (int i = 0; i < 30; ++i) {
        wire one(
            port_of(server->where().plain_api.substr(0, server->where().plain_api.find("/api"))));
        one.write("GET /api/v10/applications/@me HTTP/1.1\r\nHost: localhost\r\n"
                  "Authorization: Bot sandbox\r\nUser-Agent: DiscordBot (test, 1)\r\n"
                  "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n");
        const std::string head = one.read_until("\r\n\r\n");
        REQUIRE(head.starts_with("HTTP/1.1 "));
        if (!head.starts_with("HTTP/1.1 200"))
            continue;
        CHECK(head.find("Content-Encoding: gzip") != std::string::npos);
        const bool in_chunks = head.find("Transfer-Encoding: chunked") != std::string::npos;
        chunked = chunked || in_chunks;
        whole = whole || !in_chunks;
    }
    CHECK(chunked);
    CHECK(whole);
}

TEST_CASE("sandbox: who does not say whom they want gets no TLS")
{
    const auto server = start(0);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    for (const bool named : {false, true}) {
        wire one(port_of(server->where().gateway));
        SSL* tls = SSL_new(context);
        if (named)
            SSL_set_tlsext_host_name(tls, "localhost");
        SSL_set_fd(tls, one.descriptor());
        CHECK((SSL_connect(tls) == 1) == named);
        SSL_free(tls);
    }
    SSL_CTX_free(context);
}

TEST_CASE("sandbox: a session resumes at a port of its own, which may be dead",
          "[gateway/resume-url]")
{
    const auto server = start(0);
    wire one(port_of(server->where().plain_gateway));
    reader gateway(one, "");
    gateway.next();
    gateway.say(R"({"op":2,"d":{"token":"sandbox","intents":0,"properties":{}}})");
    const auto ready = boost::json::parse(*gateway.next()).at("d").as_object();
    const std::string url(ready.at("resume_gateway_url").as_string());
    CHECK(url != server->where().plain_gateway);
    {
        wire two(port_of(url));
        reader again(two, "?v=10&encoding=json");
        again.next();
        again.say(R"({"op":6,"d":{"token":"Bot sandbox","seq":1,"session_id":")" +
                  std::string(ready.at("session_id").as_string()) + "\"}}");
        CHECK(again.next()->find("RESUMED") != std::string::npos);
    }
    strike(*server, R"({"fault":"dead-resume-url"})");
    wire three(port_of(url));
    CHECK(three.read().empty());
}

TEST_CASE("sandbox: a guild answers behind its events, however late those are")
{
    const auto server = start(0);
    wire one(port_of(server->where().plain_gateway));
    reader gateway(one, "");
    gateway.next();
    gateway.say(R"({"op":2,"d":{"token":"sandbox","intents":512,"properties":{}}})");
    CHECK(gateway.next()->find("READY") != std::string::npos);
    strike(*server, R"({"fault":"guild-delay","by":"300ms"})");
    strike(*server, R"({"fault":"delay","by":"50ms"})");
    order(*server, "POST /sandbox/say", R"({"text":"hello"})");
    gateway.say(R"({"op":31,"d":{"guild_ids":[")" + to_string(server->where().guilds[0].id) +
                "\"]}}");
    CHECK(gateway.next()->find("MESSAGE_CREATE") != std::string::npos);
    CHECK(gateway.next()->find("SOUNDBOARD_SOUNDS") != std::string::npos);
}

TEST_CASE("sandbox: the verdict tells of a session that nobody needs any more")
{
    const auto server = start(0);
    wire older(port_of(server->where().plain_gateway)),
        newer(port_of(server->where().plain_gateway));
    const auto ready = [](wire& on, const std::string& shard) {
        reader made(on, "");
        made.next();
        made.say(R"({"op":2,"d":{"token":"sandbox","intents":0,"shard":[)" + shard + "]}}");
        CHECK(made.next()->find("READY") != std::string::npos);
        return made;
    };
    const auto left_open = [&] {
        const std::string got = order(*server, "GET /sandbox/verdict");
        return got.find(R"("shard":"1/3")") != std::string::npos;
    };
    ready(older, "1,3");
    CHECK_FALSE(left_open());
    ready(newer, "0,1");  // Within five seconds it would be refused.
    CHECK(left_open());
}

TEST_CASE("sandbox: a connection is cut in the middle of a frame when that is asked for")
{
    const auto server = start(0);
    wire one(port_of(server->where().plain_gateway));
    reader gateway(one, "");
    gateway.next();
    strike(*server, R"({"fault":"cut-mid-frame"})");
    CHECK_FALSE(gateway.next());
}

TEST_CASE("sandbox: compressed data is broken when that is asked for")
{
    for (const char* fault : {R"({"fault":"corrupt"})", R"({"fault":"truncate"})"}) {
        const auto server = start(0);
        wire one(port_of(server->where().plain_gateway));
        reader gateway(one, "?compress=zlib-stream");
        gateway.next();
        strike(*server, fault);
        gateway.say(R"({"op":1,"d":null})");
        const auto broken = gateway.next();
        REQUIRE(broken);
        gateway.say(R"({"op":1,"d":null})");
        const auto sound = gateway.next();
        REQUIRE(sound);
        CHECK(*broken != *sound);
    }
}

TEST_CASE("sandbox: what is corrupt can't be taken for something else")
{
    for (const auto& [query, how] :
         {std::pair("?compress=zlib-stream", gateway::compression::zlib_stream),
          std::pair("?compress=zstd-stream", gateway::compression::zstd_stream)}) {
        const auto server = start(0);
        wire one(port_of(server->where().plain_gateway));
        reader gateway(one, query);
        net::inflater inflater(how, 1 << 20);
        const auto hello = gateway.next();
        REQUIRE(hello);
        CHECK(inflater.add(*hello));
        strike(*server, R"({"fault":"corrupt"})");
        gateway.say(R"({"op":1,"d":null})");
        const auto broken = gateway.next();
        REQUIRE(broken);
        CHECK_FALSE(inflater.add(*broken));
    }
}

TEST_CASE("sandbox: a request that is no HTTP, or no handshake, is told so")
{
    const auto server = start(0);
    const std::uint16_t port = port_of(server->where().plain_gateway);
    const std::string post = "POST /api/v10/users/@me HTTP/1.1\r\nHost: localhost\r\n";
    for (const auto& [asked, status] :
         {std::pair(std::string("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"),
                    "400"),
          std::pair(post + "Content-Length: x\r\n\r\n", "400"),
          std::pair(post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"),
          std::pair(std::string("nonsense\r\n\r\n"), "400"),
          std::pair(post + "Content-Length: 99999999999\r\n\r\n", "413")}) {
        INFO(asked);
        wire one(port);
        one.write(asked);
        const std::string got = one.read_until("}");
        CHECK(got.starts_with("HTTP/1.1 " + std::string(status)));
        CHECK(got.find("\"message\":") != std::string::npos);
        CHECK(one.read().empty());
    }
}

TEST_CASE("sandbox: bytes that are no HTTP, no WebSocket and no JSON end a connection and no more")
{
    const auto server = start(0);
    const std::uint16_t port = port_of(server->where().plain_gateway);
    for (const std::string& rubbish :
         {std::string("\x00\xff\x16\x03\x01", 5), std::string(100'000, 'A'),
          std::string("GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"),
          std::string(
              "POST /api/v10/channels/x/messages HTTP/1.1\r\nContent-Length: 2\r\n\r\n{]")}) {
        wire one(port);
        one.write(rubbish);
        ::shutdown(one.descriptor(), SHUT_WR);
        while (!one.read().empty()) {
        }
    }
    wire one(port);
    reader gateway(one, "");
    gateway.next();
    gateway.say(std::string(4096, '['));
    const auto closed = gateway.next();
    CHECK(closed);
    wire other(port);
    CHECK(reader(other, "").next());
}

TEST_CASE("sandbox: no bytes on its sockets crash it")
{
    const auto server = start(0);
    const std::uint16_t port = port_of(server->where().plain_gateway);
    std::string frames = "GET /?compress=zlib-stream HTTP/1.1\r\nHost: localhost\r\n"
                         "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    gateway::write_frame(frames, gateway::message_kind::text, identify, 7U);
    gateway::write_frame(frames, gateway::message_kind::text, R"({"op":1,"d":5})", 9U);
    gateway::write_close(frames, 4000, "gone", 11U);
    const std::array templates{
        frames,
        std::string("POST /api/v10/channels/1/messages HTTP/1.1\r\nHost: x\r\n"
                    "Authorization: Bot sandbox\r\nUser-Agent: DiscordBot (a, 1)\r\n"
                    "Content-Type: application/json\r\nContent-Length: 16\r\n\r\n"
                    R"({"content":"hi"})"),
        std::string("POST /sandbox/fault HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                    "\r\n10\r\n{\"fault\": \"close\"\r\n1\r\n}\r\n0\r\n\r\n")};
    random_source random(1);
    for (int round = 0; round < 300; ++round) {
        std::string bytes = templates[random.below(templates.size())];
        for (std::uint64_t changes = random.below(12); changes > 0; --changes) {
            const std::size_t at = random.below(bytes.size());
            const std::uint64_t how = random.below(3);
            if (how == 0)
                bytes[at] = static_cast<char>(random.below(256));
            else if (how == 1)
                bytes.erase(at, random.below(8));
            else
                bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(40)));
            if (bytes.empty())
                bytes = "x";
        }
        wire one(port);
        one.write(bytes);
        ::shutdown(one.descriptor(), SHUT_WR);
        while (!one.read().empty()) {
        }
    }
    wire other(port);
    CHECK(reader(other, "").next());
}
