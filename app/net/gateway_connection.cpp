#include "net/gateway_connection.hpp"

#include "discord/limits.hpp"
#include "discord/url.hpp"
#include "gateway/frame.hpp"
#include "net/clock.hpp"
#include "net/compression.hpp"
#include "net/digest.hpp"
#include "net/stream.hpp"
#include "version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstring>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

// The session drops a connection that takes too long; these only end what nobody waits for.
constexpr duration upgrade_patience = std::chrono::seconds(30);
// An idle connection holds the least; one whose reads are filled gets more, until they no longer
// are.
constexpr std::size_t read_bytes_least = 4U << 10, read_bytes_most = 64U << 10;
constexpr std::size_t write_queue_max = 1U << 20;

std::uint32_t mask()
{
    return static_cast<std::uint32_t>(entropy());
}

}  // namespace

struct gateway_connection::impl : std::enable_shared_from_this<gateway_connection::impl> {
    impl(asio::io_context& on, tls_context& with, gateway::compression transport, listener who)
        : loop(on),
          tls(with),
          to(std::move(who)),
          compress(gateway::name(transport)),
          frames(gateway::role::client, discord::limits::gateway_message_bytes_max),
          reads_again(on)
    {
        if (transport != gateway::compression::none)
            inflate.emplace(transport, discord::limits::gateway_message_bytes_max);
    }

    asio::awaitable<void> run(std::string url);
    asio::awaitable<result<void>> upgrade(const discord::url& where);
    asio::awaitable<void> read();
    asio::awaitable<void> until_read_again();
    asio::awaitable<void> write();
    void on_message(const gateway::message& what);
    void on_payload(std::string_view bytes);
    void queue(gateway::message_kind kind, std::string_view body);
    void close_with(int code);
    void start_writing();
    void end(int code, const std::string& why);

    asio::io_context& loop;
    tls_context& tls;
    listener to;
    std::string compress;  // Of the URL; empty for none.
    gateway::frame_reader frames;
    std::optional<inflater> inflate;
    std::shared_ptr<stream> socket;
    std::size_t read_bytes = read_bytes_least;
    instant read_at{};
    std::string outgoing, writing;
    bool is_writing = false;
    bool over = false;  // `lost` was called, or nobody listens any more.
    bool closing = false;
    bool reads = true;
    asio::steady_timer reads_again;  // Cancelled when it does, or is over.
};

void gateway_connection::impl::end(int code, const std::string& why)
{
    if (socket)
        socket->cut();
    reads_again.cancel();
    if (std::exchange(over, true))
        return;
    to.lost(code, why);
}

asio::awaitable<void> gateway_connection::impl::run(std::string url)
{
    const auto self = shared_from_this();
    const auto where = discord::parse_url(
        url + (url.find('/', url.find("://") + 3) == std::string::npos ? "/" : "") +
        "?v=10&encoding=json" + (inflate ? "&compress=" + compress : ""));
    if (!where)
        co_return end(1006, where.error().detail);
    if (!where->is_secure() && !is_loopback(*where))
        co_return end(1006,
                      url + " would carry the bot token in plain text; only wss:// is accepted");
    auto connected = co_await connect(*where, tls, connect_limits{});
    if (over)
        co_return;
    if (!connected)
        co_return end(1006, connected.error().detail);
    socket = *connected;
    const auto upgraded = co_await upgrade(*where);
    if (over)
        co_return;
    if (!upgraded)
        co_return end(1006, upgraded.error().detail);
    to.opened();
    co_await read();
}

asio::awaitable<result<void>> gateway_connection::impl::upgrade(const discord::url& where)
{
    const time_limit limit(loop.get_executor(), upgrade_patience,
                           [stream = socket] { stream->cut(); });
    const std::string key = websocket_key(entropy(), entropy());
    http::request<http::empty_body> request(http::verb::get, where.path, 11);
    const bool usual = where.port == (where.is_secure() ? 443 : 80);
    request.set(http::field::host,
                usual ? where.host : where.host + ":" + std::to_string(where.port));
    request.set(http::field::user_agent, "tinfoil/" + std::string(version));
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::connection, "Upgrade");
    request.set(http::field::sec_websocket_version, "13");
    request.set(http::field::sec_websocket_key, key);
    error_code failed;
    co_await http::async_write(*socket, request, asio::redirect_error(asio::use_awaitable, failed));
    beast::flat_buffer buffer;
    http::response_parser<http::empty_body> parser;
    parser.skip(true);
    if (!failed)
        co_await http::async_read_header(*socket, buffer, parser,
                                         asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
        co_return error{errc::unreachable,
                        "the gateway " + where.host + " did not upgrade: " + failed.message()};
    const auto& answer = parser.get();
    if (answer.result() != http::status::switching_protocols)
        co_return error{errc::http_status, "the gateway " + where.host + " answered HTTP " +
                                               std::to_string(answer.result_int()) +
                                               " in place of a WebSocket"};
    if (answer[http::field::sec_websocket_accept] != websocket_accept(key))
        co_return error{errc::malformed,
                        "the gateway " + where.host + " answered the upgrade with a wrong key"};
    // What came with the header belongs to the first frames.
    const auto rest = buffer.data();
    const auto space = frames.space(std::max<std::size_t>(rest.size(), 1));
    std::memcpy(space.data(), rest.data(), rest.size());
    frames.filled(rest.size());
    read_at = now();
    co_return result<void>{};
}

asio::awaitable<void> gateway_connection::impl::until_read_again()
{
    const auto self = shared_from_this();
    while (!reads && !over) {
        error_code cancelled;
        reads_again.expires_at(asio::steady_timer::time_point::max());
        co_await reads_again.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
}

asio::awaitable<void> gateway_connection::impl::read()
{
    for (;;) {
        for (;;) {
            if (!reads)
                co_await until_read_again();
            if (over)
                co_return;
            const auto next = frames.next();
            if (!next) {
                close_with(frames.close_code());
                co_return end(1006, next.error().detail);
            }
            if (!*next)
                break;
            on_message(**next);
            if (over)
                co_return;
        }
        error_code failed;
        const auto space = frames.space(read_bytes);
        const std::size_t got =
            co_await socket->async_read_some(asio::buffer(space.data(), space.size()),
                                             asio::redirect_error(asio::use_awaitable, failed));
        if (over)
            co_return;
        if (failed)
            co_return end(1006, failed == asio::error::eof ? "" : failed.message());
        frames.filled(got);
        read_at = now();
        // A TLS record brings 16 KiB at most, so a read that is half full is a full one.
        if (got >= read_bytes / 2)
            read_bytes = std::min(read_bytes * 2, read_bytes_most);
        else if (got < read_bytes / 16)
            read_bytes = std::max(read_bytes / 2, read_bytes_least);
    }
}

void gateway_connection::impl::on_message(const gateway::message& what)
{
    switch (what.kind) {
    case gateway::message_kind::text:
    case gateway::message_kind::binary:
        return on_payload(what.bytes);
    case gateway::message_kind::ping:
        return queue(gateway::message_kind::pong, what.bytes);
    case gateway::message_kind::pong:
        return;
    case gateway::message_kind::close:
        return end(what.close_code == 1005 ? 1006 : what.close_code, std::string(what.bytes));
    }
}

void gateway_connection::impl::on_payload(std::string_view bytes)
{
    if (closing)
        return;
    if (!inflate)
        return to.payload(bytes);
    const auto whole = inflate->add(bytes);
    if (!whole)
        return end(1006, whole.error().detail);
    if (*whole)
        to.payload(**whole);
}

void gateway_connection::impl::queue(gateway::message_kind kind, std::string_view body)
{
    // Nothing follows a close frame (RFC 6455, 5.5.1), not even an answer to a ping.
    if (over || !socket || closing)
        return;
    if (outgoing.size() + body.size() > write_queue_max) {
        asio::post(loop, [self = shared_from_this()] {
            self->end(1006, "Discord does not read what is sent");
        });
        return;
    }
    gateway::write_frame(outgoing, kind, body, mask());
    start_writing();
}

void gateway_connection::impl::close_with(int code)
{
    if (over || !socket || std::exchange(closing, true))
        return;
    gateway::write_close(outgoing, code, "", mask());
    start_writing();
}

void gateway_connection::impl::start_writing()
{
    if (!std::exchange(is_writing, true))
        asio::co_spawn(loop, write(), asio::detached);
}

asio::awaitable<void> gateway_connection::impl::write()
{
    const auto self = shared_from_this();
    while (!over && !outgoing.empty()) {
        writing.swap(outgoing);
        outgoing.clear();
        error_code failed;
        co_await asio::async_write(*socket, asio::buffer(writing),
                                   asio::redirect_error(asio::use_awaitable, failed));
        // The reader sees the same failure and tells it, with what the peer said before.
        if (failed)
            break;
    }
    is_writing = false;
}

gateway_connection::gateway_connection(asio::io_context& loop, tls_context& tls,
                                       const std::string& url, gateway::compression transport,
                                       listener to)
    : impl_(std::make_shared<impl>(loop, tls, transport, std::move(to)))
{
    asio::co_spawn(loop, impl_->run(url), asio::detached);
}

gateway_connection::~gateway_connection()
{
    impl_->over = true;
    impl_->reads_again.cancel();
    if (impl_->socket)
        impl_->socket->cut();
}

void gateway_connection::send(const std::string& payload)
{
    impl_->queue(gateway::message_kind::text, payload);
}

void gateway_connection::close(int code)
{
    impl_->close_with(code);
}

instant gateway_connection::read_at() const
{
    return impl_->read_at;
}

void gateway_connection::read(bool on)
{
    impl_->reads = on;
    if (on)
        impl_->reads_again.cancel();
}

}  // namespace tinfoil::net
