#include "net/http_client.hpp"

#include "discord/limits.hpp"
#include "net/clock.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <deque>

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
          connections_max(most)
    {
    }

    void pump();
    asio::awaitable<void> perform(std::shared_ptr<job> what);
    asio::awaitable<http_outcome> exchange(std::shared_ptr<job> what, bool fresh, bool& was_idle);
    asio::awaitable<http_outcome> talk(std::shared_ptr<job> what, std::shared_ptr<stream> to);
    http::request<http::string_body> message(const http_request& from) const;
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

http::request<http::string_body> http_client::impl::message(const http_request& from) const
{
    http::request<http::string_body> made;
    made.version(11);
    made.method_string(from.method);
    made.target(from.target);
    const bool usual = base.port == (base.is_secure() ? 443 : 80);
    made.set(http::field::host, usual ? base.host : base.host + ":" + std::to_string(base.port));
    for (const auto& [name, value] : from.headers)
        made.set(name, value);
    made.body() = from.body;
    if (!from.body.empty() || (from.method != "GET" && from.method != "DELETE"))
        made.content_length(from.body.size());
    return made;
}

asio::awaitable<http_outcome> http_client::impl::talk(std::shared_ptr<job> what,
                                                      std::shared_ptr<stream> to)
{
    const instant begun = now();
    const time_limit limit(loop.get_executor(), what->deadline - begun, [to] { to->cut(); });
    const auto failure = [&](const error_code& why, const char* doing) {
        if (limit.has_passed())
            return http_outcome{
                error{errc::timed_out, base.host + " did not answer before the deadline"}, true};
        if (why == http::error::body_limit)
            return http_outcome{
                error{errc::too_large, "an answer of " + base.host + " is larger than is accepted"},
                true};
        return http_outcome{
            error{errc::unreachable, base.host + ": " + doing + ": " + why.message()}, true};
    };
    error_code failed;
    http::request<http::string_body> request = message(what->request);
    co_await http::async_write(*to, request, asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
        co_return failure(failed, "sending the request");
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(discord::limits::rest_answer_bytes_max);
    parser.header_limit(header_bytes_max);
    co_await http::async_read(*to, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
        co_return failure(failed, "reading the answer");
    discord::rest_response response;
    response.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get())
        response.headers.insert_or_assign(lower(field.name_string()), std::string(field.value()));
    response.body = std::move(parser.get().body());
    response.elapsed = now() - begun;
    if (parser.keep_alive() && !gone && static_cast<int>(idle.size()) < connections_max)
        idle.push_back({to, now()});
    else
        to->cut();
    co_return http_outcome{std::move(response), true};
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
    for (const auto& each : impl_->open)
        if (const auto open = each.lock())
            open->cut();
}

void http_client::send(http_request request, instant deadline,
                       std::function<void(http_outcome)> done)
{
    impl_->waiting.push_back(
        std::make_shared<job>(job{std::move(request), deadline, std::move(done)}));
    asio::post(impl_->loop, [self = impl_] { self->pump(); });
}

}  // namespace tinfoil::net
