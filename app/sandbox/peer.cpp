#include "sandbox/peer.hpp"

#include "base/random.hpp"
#include "discord/limits.hpp"
#include "gateway/frame.hpp"
#include "net/clock.hpp"
#include "net/compression.hpp"
#include "net/digest.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <charconv>
#include <cstring>

namespace tinfoil::sandbox {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using discordsim::fault_kind;
using http_message = http::request<http::string_body>;
using http_answer = http::response<http::string_body>;

constexpr duration handshake_patience = std::chrono::seconds(10);
// An idle keep-alive connection, and a gateway client that reads nothing, end after this.
constexpr duration idle_patience = std::chrono::seconds(120);
constexpr duration answer_patience = std::chrono::minutes(11);
constexpr std::size_t body_max = 32U << 20;
// A client that was told goodbye reads the close frame and goes; one that stays is cut.
constexpr duration farewell_patience = std::chrono::seconds(5);
constexpr std::size_t compressed_answer_least = 256;
// Of a rough connection: one answer in so many is its last, one message in so many is in pieces.
constexpr std::uint64_t one_is_last = 50, one_in_pieces = 20;

std::string_view view(beast::string_view of)
{
    return {of.data(), of.size()};
}

// A parameter of the query; empty without it.
std::string_view parameter(std::string_view target, std::string_view name)
{
    auto left = target.substr(std::min(target.find('?'), target.size()));
    while (!left.empty()) {
        left.remove_prefix(1);
        const auto end = std::min(left.find('&'), left.size());
        const std::string_view pair = left.substr(0, end);
        left.remove_prefix(end);
        if (pair.substr(0, pair.find('=')) == name)
            return pair.substr(std::min(name.size() + 1, pair.size()));
    }
    return {};
}

// `/api/v10/...` without its prefix; any version, and none, mean the same. Nothing for other paths.
std::optional<std::string> api_path(std::string_view target)
{
    constexpr std::string_view prefix = "/api/";
    if (!target.starts_with(prefix))
        return std::nullopt;
    target.remove_prefix(prefix.size() - 1);
    std::size_t digits = 2;
    while (digits < target.size() && target[digits] >= '0' && target[digits] <= '9')
        ++digits;
    if (target.starts_with("/v") && digits > 2 && digits < target.size() && target[digits] == '/')
        target.remove_prefix(digits);
    return std::string(target);
}

class connection final : public peer, public std::enable_shared_from_this<connection> {
public:
    connection(std::shared_ptr<net::stream> to, peer_owner& owner)
        : stream_(std::move(to)),
          owner_(owner),
          waiting_(stream_->get_executor())
    {
        if (const auto seed = owner.rough_seed())
            rough_.emplace(*seed);
    }

    asio::awaitable<void> run();
    void send(const discordsim::send& what) override;
    void close(int code, const std::string& why) override;
    void cut() override { stream_->cut(); }
    void disturb(const discordsim::fault& what) override;

private:
    asio::awaitable<bool> answer_one();
    asio::awaitable<bool> respond(const http_message& asked);
    asio::awaitable<discordsim::answer> ask(const http_message& asked);
    asio::awaitable<bool> write(http_answer& response, bool is_cut);
    asio::awaitable<void> gateway(const http_message& asked);
    bool prepare(const http_message& asked);
    asio::awaitable<void> refuse(http::status status, std::string why);
    asio::awaitable<void> refuse_malformed(error_code why);
    asio::awaitable<int> read_frames();
    std::optional<int> take_frames();
    asio::awaitable<void> write_frames();
    asio::awaitable<void> wait_until(instant when);
    void queue(gateway::message_kind kind, std::string_view body);
    void start_writing();
    [[nodiscard]] bool luck(std::uint64_t one_of) { return rough_ && rough_->below(one_of) == 0; }

    std::shared_ptr<net::stream> stream_;
    peer_owner& owner_;
    asio::steady_timer waiting_;  // For an answer.
    std::optional<random_source> rough_;
    beast::flat_buffer buffer_;
    std::uint64_t id_ = 0;
    gateway::frame_reader frames_{gateway::role::server, 64U << 10};
    std::optional<net::deflater> deflate_;
    std::string unsent_, writing_;
    bool is_writing_ = false;
    bool ends_ = false;
    bool has_gone_ = false;
    std::optional<net::time_limit> farewell_;
    instant deaf_until_{}, mute_until_{};  // Stalled: nothing is read, nothing is written.
    bool corrupts_ = false, truncates_ = false, cuts_ = false;  // The next message.
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
    for (;;) {
        const bool goes_on = co_await answer_one();
        if (!goes_on)
            break;
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
    if (failed) {
        co_await refuse_malformed(failed);
        co_return false;
    }
    const http_message asked = parser.release();
    if (beast::iequals(asked[http::field::upgrade], "websocket")) {
        co_await gateway(asked);
        co_return false;
    }
    const bool goes_on = co_await respond(asked);
    // As in the world: it ends without a word, maybe while the next request is on its way. Whoever
    // stages the play is spared.
    const bool spared = view(asked.target()).starts_with("/sandbox/");
    co_return goes_on && (spared || !luck(one_is_last));
}

asio::awaitable<discordsim::answer> connection::ask(const http_message& asked)
{
    const std::string target(asked.target());
    const std::string method(asked.method_string());
    const std::uint64_t id = owner_.next_id();
    discordsim::input what;
    if (target.starts_with("/sandbox/")) {
        what = discordsim::direct{id, method, target, asked.body()};
    } else if (auto path = api_path(target)) {
        what = discordsim::request{id,
                                   method,
                                   std::move(*path),
                                   asked.body(),
                                   std::string(asked[http::field::content_type]),
                                   std::string(asked[http::field::authorization]),
                                   stream_->tls() == nullptr,
                                   std::string(asked[http::field::user_agent])};
    } else {
        co_return discordsim::answer{id, 404, {}, R"({"message":"404: Not Found","code":0})"};
    }
    const auto got = std::make_shared<std::optional<discordsim::answer>>();
    waiting_.expires_after(answer_patience);
    owner_.await_answer(id, [weak = weak_from_this(), got](const discordsim::answer& came) {
        *got = came;
        if (const auto self = weak.lock())
            self->waiting_.cancel();
    });
    owner_.tell(std::move(what));
    if (!*got) {
        error_code ignored;
        co_await waiting_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (!*got)
        co_return discordsim::answer{id, 504, {}, R"({"message":"No answer.","code":0})"};
    co_return std::move(**got);
}

asio::awaitable<bool> connection::respond(const http_message& asked)
{
    discordsim::answer got = co_await ask(asked);
    http_answer response;
    response.version(11);
    response.keep_alive(asked.keep_alive());
    response.result(static_cast<unsigned>(got.status));
    if (!got.body.empty())
        response.set(http::field::content_type, "application/json");
    for (const auto& [name, value] : got.headers)
        response.set(name, value);
    response.body() = std::move(got.body);
    const bool takes_gzip =
        view(asked[http::field::accept_encoding]).find("gzip") != std::string_view::npos;
    if (takes_gzip && response.body().size() >= compressed_answer_least) {
        response.set(http::field::content_encoding, "gzip");
        response.body() = net::compress(net::document::gzip, response.body());
    }
    if (luck(2) && !response.body().empty())
        response.chunked(true);
    else
        response.prepare_payload();
    const bool written = co_await write(response, got.is_cut);
    co_return written&& asked.keep_alive();
}

asio::awaitable<bool> connection::write(http_answer& response, bool is_cut)
{
    error_code failed;
    const net::time_limit limit(stream_->get_executor(), idle_patience,
                                [to = stream_] { to->cut(); });
    if (!is_cut) {
        co_await http::async_write(*stream_, response,
                                   asio::redirect_error(asio::use_awaitable, failed));
        co_return !failed;
    }
    http::response_serializer<http::string_body> half(response);
    half.split(true);
    co_await http::async_write_header(*stream_, half,
                                      asio::redirect_error(asio::use_awaitable, failed));
    co_return false;
}

asio::awaitable<void> connection::refuse(http::status status, std::string why)
{
    http_answer response(status, 11);
    response.keep_alive(false);
    response.set(http::field::content_type, "application/json");
    response.body() = R"({"message":")" + std::move(why) + R"(","code":0})";
    response.prepare_payload();
    co_await write(response, false);
}

// What came was no HTTP; of a connection that merely ended there is nothing to say.
asio::awaitable<void> connection::refuse_malformed(error_code why)
{
    if (why.category() != error_code(http::error::bad_method).category() ||
        why == http::error::end_of_stream || why == http::error::partial_message)
        co_return;
    if (why == http::error::body_limit)
        co_return co_await refuse(http::status::payload_too_large, "413: Payload Too Large");
    co_await refuse(http::status::bad_request, "400: Bad Request (" + why.message() + ")");
}

// What the URL asks for; false for what this Discord does not speak.
bool connection::prepare(const http_message& asked)
{
    const std::string_view encoding = parameter(view(asked.target()), "encoding");
    const std::string_view compress = parameter(view(asked.target()), "compress");
    if (compress == "zlib-stream")
        deflate_.emplace(gateway::compression::zlib_stream);
    else if (compress == "zstd-stream")
        deflate_.emplace(gateway::compression::zstd_stream);
    return encoding.empty() || encoding == "json";
}

asio::awaitable<void> connection::gateway(const http_message& asked)
{
    if (!prepare(asked))
        co_return co_await refuse(http::status::bad_request,
                                  "the sandbox's gateway speaks encoding=json only");
    if (asked[http::field::sec_websocket_key].empty())
        co_return co_await refuse(http::status::bad_request,
                                  "a WebSocket handshake needs a Sec-WebSocket-Key");
    unsent_ = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: " +
              net::websocket_accept(view(asked[http::field::sec_websocket_key])) + "\r\n\r\n";
    // HELLO in the same segment, or in one of its own.
    const bool together = luck(2);
    if (together)
        is_writing_ = true;
    else
        start_writing();
    const auto rest = buffer_.data();
    std::memcpy(frames_.space(rest.size() + 1).data(), rest.data(), rest.size());
    frames_.filled(rest.size());
    id_ = owner_.next_id();
    owner_.add_gateway(id_, weak_from_this());
    int version = 10;
    const std::string_view asked_version = parameter(view(asked.target()), "v");
    std::from_chars(asked_version.data(), asked_version.data() + asked_version.size(), version);
    owner_.tell(discordsim::opened{id_, stream_->tls() == nullptr, version, deflate_.has_value()});
    if (together) {
        is_writing_ = false;
        start_writing();
    }
    const int code = co_await read_frames();
    owner_.tell(discordsim::closed{id_, code});
}

// All that is there; how the connection ended, if it did.
std::optional<int> connection::take_frames()
{
    for (;;) {
        const auto next = frames_.next();
        if (!next) {
            close(frames_.close_code(), next.error().detail);
            return 1006;
        }
        if (!*next)
            return std::nullopt;
        const gateway::message& what = **next;
        if (what.kind == gateway::message_kind::close) {
            const int code = what.close_code;
            close(code == 1005 ? 1000 : code, "");
            return code;
        }
        if (what.kind == gateway::message_kind::ping)
            queue(gateway::message_kind::pong, what.bytes);
        else if (what.kind != gateway::message_kind::pong && !ends_)
            owner_.tell(discordsim::payload{id_, std::string(what.bytes)});
    }
}

// Until the connection ends; how the client ended it, 1006 when it did not say.
asio::awaitable<int> connection::read_frames()
{
    for (;;) {
        if (const auto code = take_frames())
            co_return *code;
        error_code failed;
        const auto space = frames_.space(16U << 10);
        const std::size_t got =
            co_await stream_->async_read_some(asio::buffer(space.data(), space.size()),
                                              asio::redirect_error(asio::use_awaitable, failed));
        if (failed)
            co_return 1006;
        frames_.filled(got);
        co_await wait_until(deaf_until_);
    }
}

asio::awaitable<void> connection::wait_until(instant when)
{
    const instant now = net::now();
    if (when <= now)
        co_return;
    asio::steady_timer timer(stream_->get_executor());
    timer.expires_after(when - now);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void connection::send(const discordsim::send& what)
{
    if (!deflate_ && !what.compressed)
        return queue(gateway::message_kind::text, what.text);
    std::string bytes =
        deflate_ ? deflate_->add(what.text) : net::compress(net::document::zlib, what.text);
    if (std::exchange(corrupts_, false))
        bytes[0] = static_cast<char>(bytes[0] | 6);  // No format has a block of that type.
    if (std::exchange(truncates_, false))
        bytes.resize(bytes.size() / 2);
    queue(gateway::message_kind::binary, bytes);
}

void connection::queue(gateway::message_kind kind, std::string_view body)
{
    if (ends_)
        return;
    if (unsent_.size() + body.size() > owner_.unsent_max())
        return stream_->cut();
    const std::size_t before = unsent_.size();
    const bool is_data =
        kind == gateway::message_kind::text || kind == gateway::message_kind::binary;
    if (is_data && body.size() > 1 && luck(one_in_pieces))
        gateway::write_in_two(unsent_, kind, body, rough_->below(body.size()));
    else
        gateway::write_frame(unsent_, kind, body, std::nullopt);
    if (std::exchange(cuts_, false)) {
        unsent_.resize(before + (unsent_.size() - before) / 2);
        ends_ = has_gone_ = true;
    }
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

void connection::disturb(const discordsim::fault& what)
{
    const instant until = net::now() + what.lasts;
    switch (what.what) {
    case fault_kind::stall:
        if (what.direction != "in")
            deaf_until_ = until;
        if (what.direction != "out")
            mute_until_ = until;
        return;
    case fault_kind::cut_mid_frame:
        cuts_ = true;
        return queue(gateway::message_kind::text, R"({"op":0,"s":null,"t":null,"d":null})");
    case fault_kind::corrupt:
        corrupts_ = true;
        return;
    default:
        truncates_ = true;
    }
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
        co_await wait_until(mute_until_);
        writing_.swap(unsent_);
        unsent_.clear();
        const net::time_limit limit(stream_->get_executor(), idle_patience,
                                    [to = stream_] { to->cut(); });
        co_await asio::async_write(*stream_, asio::buffer(writing_),
                                   asio::redirect_error(asio::use_awaitable, failed));
    }
    writing_.clear();
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
