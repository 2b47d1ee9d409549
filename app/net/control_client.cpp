#include "net/control_client.hpp"

#include "net/clock.hpp"
#include "net/descriptor.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace tinfoil::net {
namespace {

namespace fs = std::filesystem;
namespace http = boost::beast::http;
namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t event_bytes_max = 1U << 20;

error no_host(const fs::path& folder)
{
    return {errc::unreachable,
            fmt::format("no host runs with state {0}: start one with tinfoil run --state {0}",
                        folder.string())};
}

error broken(const fs::path& folder, int why)
{
    return {errc::io,
            fmt::format("the host with state {} can't be asked: {}; does it belong to this user?",
                        folder.string(), std::strerror(why))};
}

error silent(const fs::path& folder)
{
    return {errc::timed_out, fmt::format("the host with state {} did not answer in time; it is "
                                         "very busy or hangs, look at its output",
                                         folder.string())};
}

error nonsense(const fs::path& folder, const std::string& what)
{
    return {errc::malformed,
            fmt::format("what answers for the host with state {} is no tinfoil of this kind ({}); "
                        "use the tinfoil that the host was started with",
                        folder.string(), what)};
}

result<descriptor> connect_in(const fs::path& folder)
{
    const descriptor at(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (at.number() < 0)
        return errno == ENOENT || errno == ENOTDIR ? no_host(folder) : broken(folder, errno);
    descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // It also bounds connect(), which waits while the host has no room for one more.
    const auto whole =
        std::chrono::duration_cast<std::chrono::seconds>(control_client::connect_patience);
    const timeval patience = {whole.count(), 0};
    if (made.number() < 0 ||
        ::setsockopt(made.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
        return broken(folder, errno);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", at.number(), control_socket);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(made.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return made;
    if (errno == ENOENT || errno == ECONNREFUSED)
        return no_host(folder);
    return errno == EAGAIN ? silent(folder) : broken(folder, errno);
}

// A request under way and what comes of it, on a connection of its own.
class exchange {
public:
    exchange(descriptor on, const fs::path& folder, instant until)
        : on_(std::move(on)),
          folder_(folder),
          until_(until)
    {
        parser_.eager(true);
        parser_.body_limit(control_client::answer_bytes_max);
    }

    result<void> send(std::string_view text);
    // False at the end.
    result<bool> receive();
    // Nothing is missing, or nothing will come.
    [[nodiscard]] result<void> check_complete();

    http::response_parser<http::string_body>& parser() { return parser_; }

private:
    result<void> await(short what);
    result<void> parse();

    descriptor on_;
    const fs::path& folder_;
    instant until_;
    http::response_parser<http::string_body> parser_;
    std::string unparsed_;
};

result<void> exchange::await(short what)
{
    for (;;) {
        const duration left = until_ - now();
        if (left <= duration::zero())
            return silent(folder_);
        pollfd on{on_.number(), what, 0};
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        const int ready = ::poll(&on, 1, static_cast<int>(std::min<std::int64_t>(ms, 60'000)));
        if (ready > 0)
            return {};
        if (ready < 0 && errno != EINTR)
            return broken(folder_, errno);
    }
}

result<void> exchange::send(std::string_view text)
{
    while (!text.empty()) {
        const ssize_t sent =
            ::send(on_.number(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            text.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        // One who closes before it has read everything may have said why.
        if (errno == EPIPE || errno == ECONNRESET)
            return {};
        if (errno != EAGAIN && errno != EINTR)
            return broken(folder_, errno);
        if (auto ready = await(POLLOUT); !ready)
            return ready;
    }
    return {};
}

result<bool> exchange::receive()
{
    std::array<char, 16384> piece;
    for (;;) {
        const ssize_t got = ::recv(on_.number(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (got > 0) {
            unparsed_.append(piece.data(), static_cast<std::size_t>(got));
            if (auto done = parse(); !done)
                return done.error();
            return true;
        }
        if (got == 0 || errno == ECONNRESET)
            return false;
        if (errno != EAGAIN && errno != EINTR)
            return broken(folder_, errno);
        if (auto ready = await(POLLIN); !ready)
            return ready.error();
    }
}

result<void> exchange::parse()
{
    while (!unparsed_.empty() && !parser_.is_done()) {
        error_code failed;
        const std::size_t used = parser_.put(boost::asio::buffer(unparsed_), failed);
        unparsed_.erase(0, used);
        if (failed == http::error::need_more)
            return {};
        if (failed == http::error::body_limit)
            return error{errc::too_large,
                         fmt::format("the answer of the host with state {} is larger than {} MiB; "
                                     "ask for less",
                                     folder_.string(), control_client::answer_bytes_max >> 20)};
        if (failed)
            return nonsense(folder_, failed.message());
        if (used == 0)
            return {};
    }
    return {};
}

result<void> exchange::check_complete()
{
    if (!parser_.got_some())
        return error{errc::unreachable,
                     fmt::format("the host with state {} closed the connection without an answer; "
                                 "it has just ended, or it is another user's",
                                 folder_.string())};
    error_code failed;
    parser_.put_eof(failed);
    if (failed)
        return nonsense(folder_, "half an answer");
    return {};
}

// What a refusal says of itself. One of 4xx is about what was asked for; the others may pass.
error refusal(const fs::path& folder, int status, const std::string& text)
{
    error_code failed;
    const json::value parsed = json::parse(text, failed);
    const json::value* message = failed ? nullptr : parsed.find_pointer("/error/message", failed);
    return {status < 500 ? errc::invalid_argument : errc::http_status,
            fmt::format("the host with state {} refuses: {}", folder.string(),
                        message != nullptr && message->is_string()
                            ? std::string(message->get_string())
                            : fmt::format("HTTP status {}", status))};
}

std::string request_text(const std::string& method, const std::string& path,
                         const std::string& body)
{
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: tinfoil\r\n", method, path);
    if (!body.empty() || method != "GET")
        text +=
            fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    return text + "Connection: close\r\n\r\n" + body;
}

// Cuts events out of what comes.
class event_reader {
public:
    // False when `got` wants no more.
    result<bool> take(std::string_view text, const std::function<bool(const control_event&)>& got)
    {
        unread_.append(text);
        for (std::size_t end = 0; (end = unread_.find('\n')) != std::string::npos;) {
            const std::string line = unread_.substr(0, end);
            unread_.erase(0, end + 1);
            if (line.starts_with("event: "))
                next_.name = line.substr(7);
            else if (line.starts_with("data: "))
                next_.json = line.substr(6);
            else if (line.empty() && !next_.name.empty())
                if (!got(std::exchange(next_, {})))
                    return false;
        }
        if (unread_.size() > event_bytes_max)
            return error{errc::too_large, "an event of the host is larger than 1 MiB"};
        return true;
    }

private:
    std::string unread_;
    control_event next_;
};

}  // namespace

result<control_answer> control_client::call(const std::string& method, const std::string& path,
                                            const std::string& body) const
{
    auto connected = connect_in(folder_);
    if (!connected)
        return connected.error();
    exchange talk(std::move(*connected), folder_, now() + answer_patience);
    if (auto sent = talk.send(request_text(method, path, body)); !sent)
        return sent.error();
    while (!talk.parser().is_done()) {
        const auto more = talk.receive();
        if (!more)
            return more.error();
        if (*more)
            continue;
        if (auto complete = talk.check_complete(); !complete)
            return complete.error();
        break;
    }
    control_answer made;
    made.status = static_cast<int>(talk.parser().get().result_int());
    made.json = std::move(talk.parser().get().body());
    if (made.status >= 400)
        return refusal(folder_, made.status, made.json);
    return made;
}

result<void> control_client::follow(const std::string& path,
                                    const std::function<bool(const control_event&)>& got,
                                    instant until) const
{
    auto connected = connect_in(folder_);
    if (!connected)
        return connected.error();
    exchange talk(std::move(*connected), folder_, until);
    talk.parser().body_limit(boost::none);
    if (auto sent = talk.send(request_text("GET", path, {})); !sent)
        return sent;
    event_reader events;
    for (;;) {
        const auto more = talk.receive();
        if (!more)
            return more.error();
        auto& parser = talk.parser();
        if (!*more && !parser.is_header_done())
            return talk.check_complete();
        if (!parser.is_header_done())
            continue;
        if (parser.get().result_int() >= 400) {
            if (*more && !parser.is_done())
                continue;
            return refusal(folder_, static_cast<int>(parser.get().result_int()),
                           parser.get().body());
        }
        const auto wanted = events.take(std::exchange(parser.get().body(), {}), got);
        if (!wanted)
            return wanted.error();
        if (!*wanted || !*more || parser.is_done())
            return {};
    }
}

}  // namespace tinfoil::net
