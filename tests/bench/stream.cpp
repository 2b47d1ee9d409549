#include "stream.hpp"

#include "gateway/frame.hpp"
#include "net/certificate_authority.hpp"
#include "net/compression.hpp"
#include "net/digest.hpp"
#include "net/tls.hpp"

#include <boost/json.hpp>

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace bench {
namespace {

using namespace tinfoil;
using namespace std::chrono_literals;
using gateway::compression;

constexpr std::string_view hello =
    R"({"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}})";

void must(bool well, const char* what)
{
    if (well)
        return;
    std::fprintf(stderr, "bench: %s failed\n", what);
    std::_Exit(1);
}

struct freed {
    void operator()(SSL* handle) const { SSL_free(handle); }
};
using ssl_handle = std::unique_ptr<SSL, freed>;

// The frames of a whole connection behind HELLO, which is `first`.
struct recording {
    std::string first, rest;
};

recording record(compression how, const std::vector<std::string>& payloads)
{
    std::optional<net::deflater> deflate;
    if (how != compression::none)
        deflate.emplace(how);
    const auto put = [&](std::string& to, std::string_view payload) {
        if (deflate)
            gateway::write_frame(to, gateway::message_kind::binary, deflate->add(payload),
                                 std::nullopt);
        else
            gateway::write_frame(to, gateway::message_kind::text, payload, std::nullopt);
    };
    recording made;
    put(made.first, hello);
    for (const std::string& each : payloads)
        put(made.rest, each);
    gateway::write_close(made.rest, 4000, "", std::nullopt);
    return made;
}

std::string read_head(SSL* from)
{
    std::string head;
    char byte = 0;
    while (head.find("\r\n\r\n") == std::string::npos && SSL_read(from, &byte, 1) == 1)
        head += byte;
    return head;
}

void write_all(SSL* to, std::string_view bytes)
{
    constexpr std::size_t piece = 64U << 10;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto next = bytes.substr(at, piece);
        if (SSL_write(to, next.data(), static_cast<int>(next.size())) <= 0)
            return;
    }
}

void play(SSL* with, const recording (&all)[3])
{
    const std::string head = read_head(with);
    constexpr std::string_view key_name = "sec-websocket-key: ";
    std::string lower = head;
    for (char& each : lower)
        each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    const auto at = lower.find(key_name);
    if (at == std::string::npos)
        return;
    const std::string key = head.substr(at + key_name.size(), 24);
    const auto how = lower.find("zlib-stream") != std::string::npos   ? compression::zlib_stream
                     : lower.find("zstd-stream") != std::string::npos ? compression::zstd_stream
                                                                      : compression::none;
    const recording& mine = all[static_cast<int>(how)];
    write_all(with,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: " +
                  net::websocket_accept(key) + "\r\n\r\n" + mine.first);
    char frame[4096];
    if (SSL_read(with, frame, sizeof frame) <= 0)
        return;
    write_all(with, mine.rest);
    while (SSL_read(with, frame, sizeof frame) > 0) {
    }
}

[[noreturn]] void serve(int listening, net::tls_context& tls,
                        const std::vector<std::string>& payloads)
{
    ::signal(SIGPIPE, SIG_IGN);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const recording all[3] = {record(compression::none, payloads),
                              record(compression::zlib_stream, payloads),
                              record(compression::zstd_stream, payloads)};
    for (;;) {
        const int socket = ::accept(listening, nullptr, nullptr);
        const ssl_handle with(SSL_new(tls.native().native_handle()));
        SSL_set_fd(with.get(), socket);
        if (SSL_accept(with.get()) == 1)
            play(with.get(), all);
        ::close(socket);
    }
}

}  // namespace

stream_server::stream_server(const std::vector<std::string>& payloads)
{
    const net::certificate_authority authority;
    authority_ = authority.pem();
    const auto identity = authority.issue("127.0.0.1", std::chrono::hours(24));
    auto tls = net::tls_context::server(identity.certificate_pem, identity.key_pem);
    must(tls.has_value(), "the server's certificate");
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof at;
    must(::bind(listening, reinterpret_cast<::sockaddr*>(&at), size) == 0 &&
             ::listen(listening, 16) == 0 &&
             ::getsockname(listening, reinterpret_cast<::sockaddr*>(&at), &size) == 0,
         "listening on loopback");
    port_ = ntohs(at.sin_port);
    pid_ = ::fork();
    must(pid_ >= 0, "fork");
    if (pid_ == 0)
        serve(listening, **tls, payloads);
    ::close(listening);
}

stream_server::~stream_server()
{
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

double thread_seconds()
{
    ::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

namespace {

ssl_handle connect_bare(const stream_server& to, net::tls_context& tls)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<std::uint16_t>(to.port()));
    must(::connect(socket, reinterpret_cast<::sockaddr*>(&at), sizeof at) == 0, "connecting");
    ssl_handle made(SSL_new(tls.native().native_handle()));
    SSL_set_fd(made.get(), socket);
    must(SSL_connect(made.get()) == 1, "the TLS handshake");
    return made;
}

/// Inflates whole messages into one buffer.
class bare_inflater {
public:
    explicit bare_inflater(compression how) : how_(how)
    {
        if (how == compression::zlib_stream)
            must(inflateInit(&zlib_) == Z_OK, "zlib");
        if (how == compression::zstd_stream)
            must((zstd_ = ZSTD_createDCtx()) != nullptr, "zstd");
    }
    bare_inflater(const bare_inflater&) = delete;
    bare_inflater& operator=(const bare_inflater&) = delete;
    ~bare_inflater()
    {
        if (how_ == compression::zlib_stream)
            inflateEnd(&zlib_);
        ZSTD_freeDCtx(zstd_);
    }
    std::string_view whole(std::string_view bytes)
    {
        if (how_ == compression::none)
            return bytes;
        if (how_ == compression::zlib_stream) {
            zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
            zlib_.avail_in = static_cast<uInt>(bytes.size());
            zlib_.next_out = reinterpret_cast<Bytef*>(out_.get());
            zlib_.avail_out = room;
            must(inflate(&zlib_, Z_SYNC_FLUSH) == Z_OK, "inflating");
            return {out_.get(), room - zlib_.avail_out};
        }
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        ZSTD_outBuffer to{out_.get(), room, 0};
        while (in.pos < in.size)
            must(ZSTD_isError(ZSTD_decompressStream(zstd_, &to, &in)) == 0, "inflating");
        return {out_.get(), to.pos};
    }

private:
    static constexpr unsigned room = 8U << 20;
    compression how_;
    z_stream zlib_{};
    ZSTD_DCtx* zstd_ = nullptr;
    std::unique_ptr<char[]> out_{new char[room]};
};

// Where Discord puts them: before `d`.
std::uint64_t look_up(std::string_view payload)
{
    const auto head = payload.substr(0, 120);
    const auto t = head.find(R"("t":)"), s = head.find(R"("s":)"), op = head.find(R"("op":)");
    return t * 31 + s * 7 + op;
}

struct bare_client {
    bare_client(compression how, bool with_documents) : inflate(how), parse(with_documents) {}

    void take(std::string_view frame)
    {
        const auto payload = inflate.whole(frame);
        found += look_up(payload);
        if (!parse)
            return;
        memory.release();
        parser.reset(&memory);
        boost::json::error_code failed;
        parser.write(payload.data(), payload.size(), failed);
        must(!failed, "parsing");
        found += parser.release().as_object().size();
    }

    bare_inflater inflate;
    bool parse;
    std::unique_ptr<unsigned char[]> room{new unsigned char[4U << 20]};
    boost::json::monotonic_resource memory{room.get(), 4U << 20};
    boost::json::parser parser;
    std::uint64_t found = 0;
};

volatile std::uint64_t sink = 0;

}  // namespace

double bare_loop(const stream_server& from, compression transport, std::size_t payloads, bool parse)
{
    auto tls = *net::tls_context::client(from.authority());
    const ssl_handle with = connect_bare(from, *tls);
    const std::string query = transport == compression::zlib_stream   ? "&compress=zlib-stream"
                              : transport == compression::zstd_stream ? "&compress=zstd-stream"
                                                                      : "";
    write_all(with.get(), "GET /?v=10&encoding=json" + query +
                              " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    read_head(with.get());
    std::string identify;
    gateway::write_frame(identify, gateway::message_kind::text, R"({"op":2})", 1U);
    bare_client client(transport, parse);
    std::vector<char> buffer(256U << 10);
    std::size_t begin = 0, end = 0, seen = 0;
    double begun = 0;
    const std::size_t wanted = payloads + 1;
    while (seen < wanted) {
        if (begin != 0)
            std::memmove(buffer.data(), buffer.data() + begin, end - begin);
        end -= begin;
        begin = 0;
        if (end == buffer.size())
            buffer.resize(buffer.size() * 2);
        const int got =
            SSL_read(with.get(), buffer.data() + end, static_cast<int>(buffer.size() - end));
        must(got > 0, "reading");
        end += static_cast<std::size_t>(got);
        while (seen < wanted && end - begin >= 2) {
            const auto* at = reinterpret_cast<const unsigned char*>(buffer.data() + begin);
            std::size_t header = 2, length = at[1] & 0x7FU;
            const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
            header += extra;
            if (end - begin < header)
                break;
            if (extra != 0)
                length = 0;
            for (std::size_t i = 0; i < extra; ++i)
                length = length << 8U | at[2 + i];
            if (end - begin < header + length)
                break;
            client.take({buffer.data() + begin + header, length});
            begin += header + length;
            if (++seen == 1)
                write_all(with.get(), identify);
            if (seen == 2)
                begun = thread_seconds();
        }
    }
    const double spent = thread_seconds() - begun;
    sink = sink + client.found;
    ::close(SSL_get_fd(with.get()));
    return spent * 1e6 / static_cast<double>(payloads - 1);
}

}  // namespace bench
