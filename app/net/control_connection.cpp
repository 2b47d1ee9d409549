#include "net/control_connection.hpp"

#include "base/assert.hpp"
#include "net/clock.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>

#include <array>
#include <fmt/format.h>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

// How long one who was refused may go on sending: closing under it could cost it the answer.
constexpr duration farewell = std::chrono::seconds(1);

std::size_t body_bytes_of(std::string_view target, const control_bounds& within)
{
    const auto larger = within.larger_bodies.find(target.substr(0, target.find('?')));
    return larger == within.larger_bodies.end() ? within.body_bytes : larger->second;
}

// What the sender of a request that can't be read is told; nothing when there is nobody to tell.
std::optional<control_answer> refusal(const error_code& why, const control_bounds& within,
                                      std::size_t body_bytes)
{
    if (why == http::error::end_of_stream || why == http::error::partial_message)
        return std::nullopt;
    if (why == http::error::body_limit)
        return control_error(
            413, "too_large",
            fmt::format("the body of this request may have {} bytes; send less", body_bytes));
    if (why == http::error::header_limit)
        return control_error(431, "too_large",
                             fmt::format("the header of a request may have {} bytes; send less",
                                         within.header_bytes));
    if (why.category() == error_code(http::error::bad_version).category())
        return control_error(400, "malformed",
                             "this is no HTTP/1.1 request (" + why.message() +
                                 "); control-api.md has examples with curl");
    return std::nullopt;
}

}  // namespace

std::string control_text(const control_answer& what, bool keeps_alive, bool bodiless)
{
    const std::string_view reason =
        http::obsolete_reason(http::int_to_status(static_cast<unsigned>(what.status)));
    std::string text =
        fmt::format("HTTP/1.1 {} {}\r\nCache-Control: no-store\r\n", what.status, reason);
    if (!what.allow.empty())
        text += "Allow: " + what.allow + "\r\n";
    if (!keeps_alive || what.stream)
        text += "Connection: close\r\n";
    if (what.stream)
        return text + "Content-Type: text/event-stream\r\n\r\n";
    text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n\r\n", what.content_type,
                        what.json.size());
    return bodiless ? text : text + what.json;
}

control_connection::control_connection(socket_type socket, const control_bounds& within,
                                       handler asked)
    : socket_(std::move(socket)),
      within_(within),
      asked_(std::move(asked)),
      wake_(socket_.get_executor())
{
    error_code ignored;
    socket_.non_blocking(true, ignored);
}

void control_connection::begin()
{
    asio::co_spawn(
        socket_.get_executor(), [self = shared_from_this()] { return self->serve(); },
        asio::detached);
}

void control_connection::cut()
{
    over_ = true;
    leaving_.reset();
    wake_.cancel();
    // The other side sees the end also when a process that was started meanwhile has a copy.
    error_code ignored;
    socket_.shutdown(socket_type::shutdown_both, ignored);
    socket_.close(ignored);
}

asio::awaitable<void> control_connection::serve()
{
    const auto self = shared_from_this();
    while (!over_ && !stream_)
        if (!co_await exchange())
            break;
    if (stream_ && !over_)
        co_await discard();
    cut();
}

// How large a body may be is known when its path is.
asio::awaitable<error_code> control_connection::receive(request_parser& into)
{
    auto buffer = asio::dynamic_buffer(read_);
    error_code failed;
    into.header_limit(within_.header_bytes);
    into.body_limit(boost::none);
    co_await http::async_read_header(socket_, buffer, into,
                                     asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
        co_return failed;
    const std::size_t most = body_bytes_of(into.get().target(), within_);
    if (into.content_length().value_or(0) > most)
        co_return http::make_error_code(http::error::body_limit);
    into.body_limit(most);
    co_await http::async_read(socket_, buffer, into,
                              asio::redirect_error(asio::use_awaitable, failed));
    co_return failed;
}

// One request and its answer; false when there will be no other.
asio::awaitable<bool> control_connection::exchange()
{
    request_parser parser;
    error_code failed;
    bool late = false;
    {
        const time_limit limit(socket_.get_executor(), within_.request, [this] {
            error_code ignored;
            socket_.cancel(ignored);
        });
        failed = co_await receive(parser);
        late = limit.has_passed();
    }
    if (over_)
        co_return false;
    if (late && (parser.got_some() || !read_.empty())) {
        co_await refuse(
            control_error(408, "timed_out", "the request did not arrive in time; send it again"));
        co_return false;
    }
    if (failed) {
        const std::string_view target = parser.is_header_done() ? parser.get().target() : "";
        if (auto why = refusal(failed, within_, body_bytes_of(target, within_)))
            co_await refuse(std::move(*why));
        co_return false;
    }
    keeps_alive_ = parser.keep_alive();
    bodiless_ = parser.get().method() == http::verb::head;
    const std::string target(parser.get().target());
    const std::size_t mark = target.find('?');
    ++turn_;
    ask({std::string(parser.get().method_string()), target.substr(0, mark),
         mark == std::string::npos ? "" : target.substr(mark + 1), std::move(parser.get().body())});
    if (!co_await until(&control_connection::is_answered, within_.handling) && !over_)
        respond(turn_, control_error(504, "timed_out",
                                     "the host did not find an answer in time; ask again"));
    if (stream_)
        co_return true;
    co_return co_await until(&control_connection::is_taken, within_.answer) && keeps_alive_;
}

void control_connection::ask(control_request what)
{
    asked_(std::move(what), [weak = weak_from_this(), turn = turn_](const control_answer& answer) {
        if (const auto self = weak.lock())
            self->respond(turn, answer);
    });
}

void control_connection::respond(std::uint64_t turn, const control_answer& what)
{
    if (over_ || turn != turn_ || is_answered())
        return;
    answered_ = turn;
    write(control_text(what, keeps_alive_, bodiless_));
    if (what.stream) {
        stream_ = true;
        push(what.stream->name, what.stream->json);
    }
    wake_.cancel();
}

asio::awaitable<void> control_connection::refuse(control_answer why)
{
    write(control_text(why, false, false));
    if (!co_await until(&control_connection::is_taken, within_.answer))
        co_return;
    error_code ignored;
    socket_.shutdown(socket_type::shutdown_send, ignored);
    const time_limit limit(socket_.get_executor(), farewell, [this] {
        error_code closed;
        socket_.cancel(closed);
    });
    co_await discard();
}

// Until the other side has closed.
asio::awaitable<void> control_connection::discard()
{
    std::array<char, 4096> unused;
    error_code failed;
    while (!failed && !over_)
        co_await socket_.async_read_some(asio::buffer(unused),
                                         asio::redirect_error(asio::use_awaitable, failed));
}

// False when that did not happen in time or the connection is over.
asio::awaitable<bool> control_connection::until(bool (control_connection::*reached)() const,
                                                duration patience)
{
    const instant due = now() + patience;
    while (!over_ && !(this->*reached)()) {
        const instant at = now();
        if (at >= due)
            co_return false;
        error_code cancelled;
        wake_.expires_after(due - at);
        co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    co_return !over_;
}

void control_connection::write(std::string_view text)
{
    unsent_.append(text);
    if (!awaits_room_)
        drain();
}

void control_connection::drain()
{
    while (!over_ && sent_ != unsent_.size()) {
        error_code failed;
        sent_ += socket_.write_some(asio::buffer(unsent_.data() + sent_, unsent_.size() - sent_),
                                    failed);
        if (failed == asio::error::would_block || failed == asio::error::try_again) {
            awaits_room_ = true;
            socket_.async_wait(socket_type::wait_write,
                               [weak = weak_from_this()](error_code stopped) {
                                   const auto self = weak.lock();
                                   if (!self || stopped)
                                       return;
                                   self->awaits_room_ = false;
                                   self->drain();
                               });
            break;
        }
        if (failed)
            return cut();
    }
    if (2 * sent_ >= unsent_.size()) {
        unsent_.erase(0, sent_);
        sent_ = 0;
    }
    if (!is_taken())
        return;
    wake_.cancel();
    if (leaving_)
        cut();
}

void control_connection::push(std::string_view name, std::string_view json)
{
    TINFOIL_ASSERT(json.find('\n') == std::string_view::npos);
    push_text(fmt::format("event: {}\ndata: {}\n\n", name, json));
}

void control_connection::comment()
{
    push_text(":\n\n");
}

void control_connection::push_text(std::string_view text)
{
    if (!is_stream())
        return;
    if (unsent_.size() - sent_ + text.size() <= within_.stream_bytes)
        return write(text);
    leaving_.emplace(socket_.get_executor(), within_.answer, [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->cut();
    });
    write("event: lost\ndata: {}\n\n");
}

}  // namespace tinfoil::net
