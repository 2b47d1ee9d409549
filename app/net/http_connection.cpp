#include "net/http_connection.hpp"

#include "base/assert.hpp"
#include "net/clock.hpp"
#include "net/compression.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <charconv>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::uint32_t header_bytes_max = 64U << 10;
constexpr std::size_t read_bytes = 8U << 10;
// A body up to this goes in one piece with the header, which costs less than a write of its own.
constexpr std::size_t joined_bytes_max = 16U << 10;
// After a write has failed: the end, or an answer that came before it, is there to be read.
constexpr duration farewell = std::chrono::seconds(1);

bool is_plain(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char each) {
        return static_cast<unsigned char>(each) >= ' ' && each != 0x7f;
    });
}

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string lower(beast::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::size_t size_of(const http_request& of)
{
    if (of.pieces.empty())
        return of.body.size();
    std::size_t bytes = 0;
    for (const auto piece : of.pieces)
        bytes += piece.size();
    return bytes;
}

void append_number(std::string& to, std::size_t number)
{
    char text[24];
    to.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void append_head(std::string& to, const http_request& from, std::string_view host)
{
    ((((to += from.method) += ' ') += from.target) += " HTTP/1.1\r\nHost: ") += host;
    to += "\r\nAccept-Encoding: gzip\r\n";
    for (const auto& [name, value] : from.headers)
        (((to += name) += ": ") += value) += "\r\n";
    const std::size_t bytes = size_of(from);
    if (bytes != 0 || (from.method != "GET" && from.method != "DELETE" && from.method != "HEAD")) {
        to += "Content-Length: ";
        append_number(to, bytes);
        to += "\r\n";
    }
    to += "\r\n";
}

}  // namespace

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

http_connection::http_connection(std::shared_ptr<stream> to, std::string host,
                                 const http_limits& within, owner who)
    : stream_(std::move(to)),
      host_(std::move(host)),
      within_(within),
      owner_(std::move(who)),
      timer_(stream_->get_executor())
{
}

void http_connection::begin(const http_request& what, instant deadline, http_listener then)
{
    TINFOIL_ASSERT(!now_ && !is_over_);
    now_.emplace();
    now_->then = std::move(then);
    now_->deadline = deadline;
    now_->begun = now();
    now_->keeps = what.keeps;
    now_->number = ++last_;
    now_->is_head = what.method == "HEAD";
    begin_answer();
    patience(within_.write);
    write(what);
    if (last_ == 1)
        read();
}

void http_connection::begin_answer()
{
    parser_.emplace();
    parser_->eager(true);
    parser_->body_limit(within_.answer_bytes);
    parser_->header_limit(header_bytes_max);
    // What would be the body of such an answer is not sent (RFC 9110, 9.3.2).
    parser_->skip(now_->is_head);
}

void http_connection::write(const http_request& what)
{
    out_.clear();
    append_head(out_, what, host_);
    const auto written = [self = shared_from_this(), number = last_](const error_code& failed,
                                                                     std::size_t) {
        self->on_written(number, failed);
    };
    std::vector<std::string_view> pieces = what.pieces;
    if (pieces.empty() && !what.body.empty())
        pieces.emplace_back(what.body);
    if (size_of(what) <= joined_bytes_max) {
        for (const std::string_view piece : pieces)
            out_ += piece;
        return asio::async_write(*stream_, asio::buffer(out_), written);
    }
    if (what.pieces.empty()) {
        const auto own = std::make_shared<std::string>(what.body);
        now_->keeps = own;
        pieces = {*own};
    }
    std::vector<asio::const_buffer> buffers{asio::buffer(out_)};
    for (const std::string_view piece : pieces)
        buffers.emplace_back(asio::buffer(piece));
    asio::async_write(
        *stream_, buffers,
        [self = shared_from_this()](const error_code& failed, std::size_t) -> std::size_t {
            self->patience(self->within_.write);
            return failed ? 0 : joined_bytes_max;
        },
        written);
}

void http_connection::on_written(std::uint64_t number, const error_code& failed)
{
    if (is_over_ || !now_ || now_->number != number)
        return;
    now_->keeps.reset();
    if (failed)
        return patience(farewell);
    now_->is_written = true;
    if (now_->has_answer)
        return;
    now_->doing = "waiting for the answer";
    patience(within_.head);
    if (now_->then.departed) {
        // It may do anything, also end this.
        const auto tell = std::move(now_->then.departed);
        tell(now_->begun);
    }
}

void http_connection::read()
{
    stream_->async_read_some(
        in_.prepare(read_bytes),
        [self = shared_from_this()](const error_code& failed, std::size_t bytes) {
            self->on_read(failed, bytes);
        });
}

void http_connection::on_read(const error_code& failed, std::size_t bytes)
{
    if (is_over_)
        return;
    in_.commit(bytes);
    // Nobody asked, so there is nothing that could be the answer.
    if (!now_)
        return end();
    now_->has_answer = now_->has_answer || bytes != 0;
    parse(failed);
}

// `ended`: how the reading did, if it did.
void http_connection::parse(const error_code& ended)
{
    for (;;) {
        error_code failed;
        const bool had_header = parser_->is_header_done();
        if (in_.size() != 0)
            in_.consume(parser_->put(in_.data(), failed));
        if (failed == http::error::need_more)
            failed = {};
        const bool is_interim = parser_->is_header_done() && parser_->get().result_int() < 200 &&
                                parser_->get().result_int() != 101;
        if (!failed && is_interim) {
            begin_answer();
            if (in_.size() != 0)
                continue;
        }
        // Without a length the end of the connection is the end of the answer.
        if (!failed && ended == asio::error::eof && parser_->is_header_done() &&
            !parser_->is_done())
            parser_->put_eof(failed);
        if (failed)
            return fail(failed);
        if (parser_->is_done())
            return finish({response(), true}, !ended);
        if (ended)
            return fail(ended);
        if (!had_header && parser_->is_header_done()) {
            now_->doing = "reading the answer";
            patience(within_.body);
        }
        return read();
    }
}

result<discord::rest_response> http_connection::response()
{
    auto from = parser_->release();
    discord::rest_response made;
    made.status = static_cast<int>(from.result_int());
    for (const auto& field : from)
        made.headers.insert_or_assign(lower(field.name_string()), std::string(field.value()));
    if (is_redirect(made.status))
        return error{errc::http_status,
                     host_ + " answered with a redirect, which is not followed, since it would "
                             "give the request's secrets to another server; is the API "
                             "address right?"};
    made.body = std::move(from.body());
    made.elapsed = now() - now_->begun;
    const auto packed = made.headers.find("content-encoding");
    if (packed == made.headers.end() || packed->second == "identity" || made.body.empty())
        return made;
    if (packed->second != "gzip")
        return error{errc::malformed, host_ + " answered in an encoding that was not asked for"};
    auto plain = gunzip(made.body, within_.answer_bytes);
    if (!plain)
        return error{plain.error().code, host_ + ": " + plain.error().detail};
    made.body = std::move(*plain);
    return made;
}

void http_connection::fail(const error_code& why)
{
    const char* doing = now_->doing;
    http_outcome outcome{error{}, true};
    if (why == http::error::body_limit || why == http::error::header_limit)
        outcome.response =
            error{errc::too_large, "an answer of " + host_ + " is larger than is accepted"};
    else if (why.category() == http::make_error_code(http::error::bad_version).category() &&
             why != http::error::partial_message && why != http::error::end_of_stream)
        outcome.response = error{errc::malformed, host_ + " answers no HTTP: " + why.message()};
    else
        outcome.response =
            error{errc::unreachable,
                  host_ + ": " + doing + ": " +
                      (why == asio::error::eof ? "the connection was closed" : why.message())};
    outcome.stale = last_ > 1 && !now_->has_answer;
    finish(std::move(outcome), false);
}

void http_connection::finish(http_outcome outcome, bool may_rest)
{
    const auto self = shared_from_this();
    // More than was asked for, or a request that is still on its way, would meet the next one.
    const bool rests = may_rest && now_->is_written && outcome.response.has_value() &&
                       parser_->keep_alive() && in_.size() == 0;
    const auto done = std::move(now_->then.done);
    now_.reset();
    if (rests) {
        patience(within_.idle);
        read();
        owner_.rests(self);
    } else {
        end();
    }
    done(std::move(outcome));
}

// Nobody is called when cut() came before.
void http_connection::end()
{
    if (is_over_)
        return;
    const auto tell = owner_.over;
    cut();
    tell(shared_from_this());
}

void http_connection::cut()
{
    is_over_ = true;
    now_.reset();
    timer_.cancel();
    stream_->cut();
}

void http_connection::patience(duration how_long)
{
    due_ = now() + how_long;
    if (now_)
        due_ = std::min(due_, now_->deadline);
    // One that would be later is looked at when the earlier one has come.
    if (due_ < armed_)
        arm();
}

void http_connection::arm()
{
    armed_ = due_;
    timer_.expires_after(due_ - now());
    timer_.async_wait([weak = weak_from_this()](const error_code& failed) {
        const auto self = weak.lock();
        if (!failed && self && !self->is_over_)
            self->on_time();
    });
}

void http_connection::on_time()
{
    armed_ = never;
    const instant at = now();
    if (at < due_)
        return arm();
    if (!now_)
        return end();
    const bool is_whole = at >= now_->deadline;
    finish({error{errc::timed_out, host_ + " took too long: " + now_->doing +
                                       (is_whole ? ", and the request's time is over" : "")},
            true},
           false);
}

}  // namespace tinfoil::net
