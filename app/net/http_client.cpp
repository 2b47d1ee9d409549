#include "net/http_client.hpp"

#include "discord/limits.hpp"
#include "net/clock.hpp"
#include "net/compression.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <string_view>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr duration connect_patience = std::chrono::seconds(10);
// A connection that was idle for longer is not trusted to be there still.
constexpr duration idle_max = std::chrono::seconds(20);
constexpr std::uint32_t header_bytes_max = 64U << 10;
// Each phase of an exchange has its own patience, within the deadline of the whole.
constexpr duration write_patience = std::chrono::minutes(2);
constexpr duration first_byte_patience = std::chrono::seconds(30);
constexpr duration body_patience = std::chrono::minutes(1);
// Below this sending takes no time of its own.
constexpr std::size_t large_bytes = 64U << 10;

std::size_t size_of(const http_request& of)
{
    if (of.pieces.empty())
        return of.body.size();
    std::size_t bytes = 0;
    for (const auto piece : of.pieces)
        bytes += piece.size();
    return bytes;
}

// What would end its line would be a header or a request of its own.
bool is_plain(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char each) {
        return static_cast<unsigned char>(each) >= ' ' && each != 0x7f;
    });
}

std::optional<error> fault_of(const http_request& what)
{
    const bool good_method =
        !what.method.empty() && std::all_of(what.method.begin(), what.method.end(),
                                            [](char each) { return each >= 'A' && each <= 'Z'; });
    const bool good_target = is_plain(what.target) && what.target.find(' ') == std::string::npos;
    const bool good_headers =
        std::all_of(what.headers.begin(), what.headers.end(),
                    [](const auto& each) { return is_plain(each.first) && is_plain(each.second); });
    if (good_method && good_target && good_headers)
        return std::nullopt;
    return error{errc::invalid_argument,
                 "a request's method, path or header has a space or a control character in it; "
                 "percent-encode what goes into a path"};
}

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool may_repeat(const std::string& method)
{
    return method == "GET" || method == "PUT" || method == "DELETE" || method == "HEAD";
}

std::string lower(beast::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

struct idle_connection {
    std::shared_ptr<stream> to;
    instant since;
};

struct job {
    http_request request;
    instant deadline;
    std::function<void(http_outcome)> done;
};

}  // namespace

struct http_client::impl : std::enable_shared_from_this<http_client::impl> {
    impl(asio::io_context& on, tls_context& with, discord::url where, int most)
        : loop(on),
          tls(with),
          base(std::move(where)),
          connections_max(most),
          idle_timer(on)
    {
    }

    void pump();
    asio::awaitable<void> perform(std::shared_ptr<job> what);
    asio::awaitable<http_outcome> exchange(std::shared_ptr<job> what, bool fresh, bool& was_idle);
    asio::awaitable<http_outcome> talk(std::shared_ptr<job> what, std::shared_ptr<stream> to);
    [[nodiscard]] std::string head_of(const http_request& from) const;
    result<discord::rest_response> response_of(http::response<http::string_body> from) const;
    void close_idle();
    std::shared_ptr<stream> take_idle();

    asio::io_context& loop;
    tls_context& tls;
    discord::url base;
    int connections_max;
    int busy = 0;
    bool gone = false;
    std::deque<idle_connection> idle;
    std::deque<std::shared_ptr<job>> waiting;
    std::vector<std::weak_ptr<stream>> open;
    asio::steady_timer idle_timer;
};

void http_client::impl::pump()
{
    while (!waiting.empty() && busy < connections_max) {
        auto next = std::move(waiting.front());
        waiting.pop_front();
        ++busy;
        asio::co_spawn(loop, perform(std::move(next)), asio::detached);
    }
}

asio::awaitable<void> http_client::impl::perform(std::shared_ptr<job> what)
{
    const auto self = shared_from_this();
    bool was_idle = false;
    http_outcome outcome = co_await exchange(what, false, was_idle);
    const bool stale =
        !outcome.response && was_idle && outcome.response.error().code == errc::unreachable;
    if (stale && !gone && may_repeat(what->request.method))
        outcome = co_await exchange(what, true, was_idle);
    --busy;
    if (gone)
        co_return;
    what->done(std::move(outcome));
    if (!gone)
        pump();
}

std::shared_ptr<stream> http_client::impl::take_idle()
{
    while (!idle.empty()) {
        const idle_connection last = idle.back();
        idle.pop_back();
        if (now() - last.since < idle_max)
            return last.to;
        last.to->cut();
    }
    return nullptr;
}

asio::awaitable<http_outcome> http_client::impl::exchange(std::shared_ptr<job> what, bool fresh,
                                                          bool& was_idle)
{
    std::shared_ptr<stream> to = fresh ? nullptr : take_idle();
    was_idle = to != nullptr;
    if (!to) {
        const duration patience = std::min(connect_patience, what->deadline - now());
        auto connected = co_await connect(base, tls, patience);
        if (!connected)
            co_return http_outcome{connected.error(), false};
        to = *connected;
    }
    std::erase_if(open, [](const auto& each) { return each.expired(); });
    open.push_back(to);
    co_return co_await talk(what, to);
}

std::string http_client::impl::head_of(const http_request& from) const
{
    const bool usual = base.port == (base.is_secure() ? 443 : 80);
    std::string made = from.method + " " + from.target + " HTTP/1.1\r\nHost: " + base.host;
    if (!usual)
        made += ":" + std::to_string(base.port);
    made += "\r\nAccept-Encoding: gzip\r\n";
    for (const auto& [name, value] : from.headers)
        if (lower(name) != "host")
            ((made += name) += ": ") += value + "\r\n";
    const std::size_t bytes = size_of(from);
    if (bytes != 0 || (from.method != "GET" && from.method != "DELETE"))
        made += "Content-Length: " + std::to_string(bytes) + "\r\n";
    return made + "\r\n";
}

result<discord::rest_response>
http_client::impl::response_of(http::response<http::string_body> from) const
{
    discord::rest_response made;
    made.status = static_cast<int>(from.result_int());
    for (const auto& field : from)
        made.headers.insert_or_assign(lower(field.name_string()), std::string(field.value()));
    if (is_redirect(made.status))
        return error{errc::http_status,
                     base.host + " answered with a redirect, which is not followed, since it would "
                                 "give the request's secrets to another server; is the API "
                                 "address right?"};
    made.body = std::move(from.body());
    const auto packed = made.headers.find("content-encoding");
    if (packed == made.headers.end() || packed->second == "identity")
        return made;
    if (packed->second != "gzip")
        return error{errc::malformed,
                     base.host + " answered in an encoding that was not asked for"};
    auto plain = gunzip(made.body, discord::limits::rest_answer_bytes_max);
    if (!plain)
        return error{plain.error().code, base.host + ": " + plain.error().detail};
    made.body = std::move(*plain);
    return made;
}

// The oldest stand at the front.
void http_client::impl::close_idle()
{
    while (!idle.empty() && now() - idle.front().since >= idle_max) {
        idle.front().to->cut();
        idle.pop_front();
    }
    if (idle.empty())
        return;
    idle_timer.expires_after(idle.front().since + idle_max - now());
    idle_timer.async_wait([self = weak_from_this()](error_code failed) {
        const auto alive = self.lock();
        if (alive && !failed)
            alive->close_idle();
    });
}

asio::awaitable<http_outcome> http_client::impl::talk(std::shared_ptr<job> what,
                                                      std::shared_ptr<stream> to)
{
    const instant begun = now();
    std::optional<time_limit> limit;
    const auto begin = [&](duration patience) {
        limit.reset();
        limit.emplace(loop.get_executor(), std::min(patience, what->deadline - now()),
                      [to] { to->cut(); });
    };
    const auto failure = [&](const error_code& why, const char* doing) {
        if (limit->has_passed())
            return http_outcome{error{now() >= what->deadline ? errc::timed_out : errc::unreachable,
                                      base.host + " took too long: " + doing},
                                true};
        if (why == http::error::body_limit)
            return http_outcome{
                error{errc::too_large, "an answer of " + base.host + " is larger than is accepted"},
                true};
        return http_outcome{
            error{errc::unreachable, base.host + ": " + doing + ": " + why.message()}, true};
    };
    error_code failed;
    const std::string head = head_of(what->request);
    std::vector<asio::const_buffer> pieces{asio::buffer(head)};
    if (what->request.pieces.empty())
        pieces.push_back(asio::buffer(what->request.body));
    for (const std::string_view piece : what->request.pieces)
        pieces.push_back(asio::buffer(piece));
    const bool is_large = size_of(what->request) > large_bytes;
    begin(is_large ? write_patience : first_byte_patience);
    co_await asio::async_write(*to, pieces, asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
        co_return failure(failed, "sending the request");
    if (is_large)
        begin(first_byte_patience);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(discord::limits::rest_answer_bytes_max);
    parser.header_limit(header_bytes_max);
    co_await http::async_read_header(*to, buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, failed));
    if (!failed && !parser.is_done()) {
        if (buffer.size() < parser.content_length().value_or(0))
            begin(body_patience);
        co_await http::async_read(*to, buffer, parser,
                                  asio::redirect_error(asio::use_awaitable, failed));
    }
    if (failed)
        co_return failure(failed, "reading the answer");
    const bool stays =
        parser.keep_alive() && !gone && static_cast<int>(idle.size()) < connections_max;
    http_outcome made{response_of(parser.release()), true};
    if (made.response)
        made.response->elapsed = now() - begun;
    if (!stays)
        to->cut();
    else {
        idle.push_back({to, now()});
        if (idle.size() == 1)
            close_idle();
    }
    co_return made;
}

http_client::http_client(asio::io_context& loop, tls_context& tls, discord::url base,
                         int connections_max)
    : impl_(std::make_shared<impl>(loop, tls, std::move(base), connections_max))
{
}

http_client::~http_client()
{
    impl_->gone = true;
    impl_->waiting.clear();
    impl_->idle_timer.cancel();
    for (const auto& each : impl_->open)
        if (const auto open = each.lock())
            open->cut();
}

void http_client::send(http_request request, instant deadline,
                       std::function<void(http_outcome)> done)
{
    if (auto wrong = fault_of(request)) {
        asio::post(impl_->loop, [self = impl_, wrong = std::move(*wrong), done = std::move(done)] {
            if (!self->gone)
                done(http_outcome{wrong, false});
        });
        return;
    }
    const bool is_urgent = request.is_urgent;
    auto made = std::make_shared<job>(job{std::move(request), deadline, std::move(done)});
    auto& waiting = impl_->waiting;
    // Behind those that are urgent, too.
    const auto at = !is_urgent ? waiting.end()
                               : std::find_if(waiting.begin(), waiting.end(), [](const auto& each) {
                                     return !each->request.is_urgent;
                                 });
    waiting.insert(at, std::move(made));
    asio::post(impl_->loop, [self = impl_] { self->pump(); });
}

}  // namespace tinfoil::net
