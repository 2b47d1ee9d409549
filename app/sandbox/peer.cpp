#include "sandbox/peer.hpp"

#include "discord/limits.hpp"
#include "gateway/frame.hpp"
#include "net/compression.hpp"
#include "net/digest.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstring>

namespace tinfoil::sandbox {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using http_message = http::request<http::string_body>;

constexpr duration handshake_patience = std::chrono::seconds(10);
// An idle keep-alive connection, and a gateway client that reads nothing, end after this.
constexpr duration idle_patience = std::chrono::seconds(120);
constexpr std::size_t body_max = 32U << 20;
// A client that was told goodbye reads the close frame and goes; one that stays is cut.
constexpr duration farewell_patience = std::chrono::seconds(5);
constexpr std::string_view api_prefix = "/api/v10";

class connection final : public peer, public std::enable_shared_from_this<connection> {
public:
    connection(std::shared_ptr<net::stream> to, peer_owner& owner)
        : stream_(std::move(to)),
          owner_(owner)
    {
    }

    asio::awaitable<void> run();
    void send(const std::string& payload) override;
    void close(int code, const std::string& why) override;
    void cut() override { stream_->cut(); }

private:
    asio::awaitable<bool> answer_one();
    asio::awaitable<bool> respond(const http_message& asked);
    asio::awaitable<void> gateway(const http_message& asked);
    asio::awaitable<bool> upgrade(const http_message& asked);
    asio::awaitable<int> read_frames();
    asio::awaitable<void> write_frames();
    void queue(gateway::message_kind kind, std::string_view body);
    void start_writing();

    std::shared_ptr<net::stream> stream_;
    peer_owner& owner_;
    beast::flat_buffer buffer_;
    std::uint64_t id_ = 0;
    gateway::frame_reader frames_{gateway::role::server, 64U << 10};
    std::optional<net::deflater> deflate_;
    std::string unsent_, writing_;
    bool is_writing_ = false;
    bool ends_ = false;
    bool has_gone_ = false;
    std::optional<net::time_limit> farewell_;
};

asio::awaitable<void> connection::run()
{
    const auto self = shared_from_this();
    if (auto* tls = stream_->tls()) {
        const net::time_limit limit(stream_->get_executor(), handshake_patience,
                                    [to = stream_] { to->cut(); });
        error_code failed;
        co_await tls->async_handshake(asio::ssl::stream_base::server,
                                      asio::redirect_error(asio::use_awaitable, failed));
        if (failed)
            co_return;
    }
    while (co_await answer_one()) {
    }
    // A close frame on its way is still to arrive.
    has_gone_ = true;
    if (!is_writing_)
        stream_->cut();
}

// True when the connection goes on as HTTP.
asio::awaitable<bool> connection::answer_one()
{
    error_code failed;
    http::request_parser<http::string_body> parser;
    parser.body_limit(body_max);
    {
        const net::time_limit limit(stream_->get_executor(), idle_patience,
                                    [to = stream_] { to->cut(); });
        co_await http::async_read(*stream_, buffer_, parser,
                                  asio::redirect_error(asio::use_awaitable, failed));
    }
    if (failed)
        co_return false;
    const http_message asked = parser.release();
    if (beast::iequals(asked[http::field::upgrade], "websocket")) {
        co_await gateway(asked);
        co_return false;
    }
    co_return co_await respond(asked);
}

asio::awaitable<bool> connection::respond(const http_message& asked)
{
    const std::string target(asked.target());
    http::response<http::string_body> response;
    response.version(11);
    response.keep_alive(asked.keep_alive());
    response.set(http::field::content_type, "application/json");
    if (target.starts_with("/sandbox/")) {
        const auto method = asked.method_string();
        const own_answer got = owner_.answer_own({method.data(), method.size()}, target);
        response.result(static_cast<unsigned>(got.status));
        response.body() = got.body;
    } else if (!target.starts_with(std::string(api_prefix) + "/")) {
        response.result(404);
        response.body() = R"({"message":"404: Not Found","code":0})";
    } else {
        discordsim::request what{owner_.next_id(),
                                 std::string(asked.method_string()),
                                 target.substr(api_prefix.size()),
                                 asked.body(),
                                 std::string(asked[http::field::content_type]),
                                 std::string(asked[http::field::authorization]),
                                 stream_->tls() == nullptr,
                                 std::string(asked[http::field::user_agent])};
        // The machine answers inside tell(), or the answer is lost.
        owner_.await_answer(what.id, [&](const discordsim::answer& got) {
            response.result(static_cast<unsigned>(got.status));
            for (const auto& [name, value] : got.headers)
                response.set(name, value);
            response.body() = got.body;
        });
        owner_.tell(std::move(what));
    }
    response.prepare_payload();
    error_code failed;
    const net::time_limit limit(stream_->get_executor(), idle_patience,
                                [to = stream_] { to->cut(); });
    co_await http::async_write(*stream_, response,
                               asio::redirect_error(asio::use_awaitable, failed));
    co_return !failed && asked.keep_alive();
}

asio::awaitable<bool> connection::upgrade(const http_message& asked)
{
    http::response<http::empty_body> response(http::status::switching_protocols, 11);
    response.set(http::field::upgrade, "websocket");
    response.set(http::field::connection, "Upgrade");
    const auto key = asked[http::field::sec_websocket_key];
    response.set(http::field::sec_websocket_accept,
                 net::websocket_accept({key.data(), key.size()}));
    error_code failed;
    co_await http::async_write(*stream_, response,
                               asio::redirect_error(asio::use_awaitable, failed));
    co_return !failed;
}

asio::awaitable<void> connection::gateway(const http_message& asked)
{
    if (!co_await upgrade(asked))
        co_return;
    if (asked.target().find("compress=zlib-stream") != beast::string_view::npos)
        deflate_.emplace();
    const auto rest = buffer_.data();
    std::memcpy(frames_.space(rest.size() + 1).data(), rest.data(), rest.size());
    frames_.filled(rest.size());
    id_ = owner_.next_id();
    owner_.add_gateway(id_, weak_from_this());
    owner_.tell(discordsim::opened{id_, stream_->tls() == nullptr});
    const int code = co_await read_frames();
    owner_.tell(discordsim::closed{id_, code});
}

// Until the connection ends; how the client ended it, 1006 when it did not say.
asio::awaitable<int> connection::read_frames()
{
    for (;;) {
        for (;;) {
            const auto next = frames_.next();
            if (!next) {
                close(frames_.close_code(), next.error().detail);
                co_return 1006;
            }
            if (!*next)
                break;
            const gateway::message& what = **next;
            if (what.kind == gateway::message_kind::close) {
                const int code = what.close_code;
                close(code == 1005 ? 1000 : code, "");
                co_return code;
            }
            if (what.kind == gateway::message_kind::ping)
                queue(gateway::message_kind::pong, what.bytes);
            else if (what.kind != gateway::message_kind::pong && !ends_)
                owner_.tell(discordsim::payload{id_, std::string(what.bytes)});
        }
        error_code failed;
        const auto space = frames_.space(16U << 10);
        const std::size_t got =
            co_await stream_->async_read_some(asio::buffer(space.data(), space.size()),
                                              asio::redirect_error(asio::use_awaitable, failed));
        if (failed)
            co_return 1006;
        frames_.filled(got);
    }
}

void connection::send(const std::string& payload)
{
    if (deflate_)
        queue(gateway::message_kind::binary, deflate_->add(payload));
    else
        queue(gateway::message_kind::text, payload);
}

void connection::queue(gateway::message_kind kind, std::string_view body)
{
    if (ends_)
        return;
    if (unsent_.size() + body.size() > owner_.unsent_max())
        return stream_->cut();
    gateway::write_frame(unsent_, kind, body, std::nullopt);
    start_writing();
}

void connection::close(int code, const std::string& why)
{
    if (std::exchange(ends_, true))
        return;
    gateway::write_close(unsent_, code, why, std::nullopt);
    farewell_.emplace(stream_->get_executor(), farewell_patience, [to = stream_] { to->cut(); });
    start_writing();
}

void connection::start_writing()
{
    if (!std::exchange(is_writing_, true))
        asio::co_spawn(stream_->get_executor(), write_frames(), asio::detached);
}

asio::awaitable<void> connection::write_frames()
{
    const auto self = shared_from_this();
    error_code failed;
    while (!failed && !unsent_.empty()) {
        writing_.swap(unsent_);
        unsent_.clear();
        const net::time_limit limit(stream_->get_executor(), idle_patience,
                                    [to = stream_] { to->cut(); });
        co_await asio::async_write(*stream_, asio::buffer(writing_),
                                   asio::redirect_error(asio::use_awaitable, failed));
    }
    is_writing_ = false;
    if (failed || has_gone_)
        stream_->cut();
    if (!ends_)
        co_return;
    error_code ignored;
    stream_->socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace

std::weak_ptr<peer> serve(std::shared_ptr<net::stream> to, peer_owner& owner)
{
    const auto executor = to->get_executor();
    auto made = std::make_shared<connection>(std::move(to), owner);
    asio::co_spawn(executor, made->run(), asio::detached);
    return made;
}

}  // namespace tinfoil::sandbox
