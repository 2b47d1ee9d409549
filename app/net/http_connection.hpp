#pragma once

#include "net/http_message.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <optional>

namespace tinfoil::net {

/// One keep-alive connection of HTTP/1.1: requests one after the other, each with its answer.
///
/// It is read all the time, so one that the server closes while it rests is known to be gone
/// before the next request. It rests again only after an answer that was read to its very end; in
/// every other case it is over. Keeps itself alive until then. The loop's thread only.
class http_connection : public std::enable_shared_from_this<http_connection> {
public:
    /// Called on the loop.
    struct owner {
        std::function<void(const std::shared_ptr<http_connection>&)> rests;  ///< It may be used.
        std::function<void(const std::shared_ptr<http_connection>&)> over;
    };

    /// `host`: for errors and the Host header.
    http_connection(std::shared_ptr<stream> to, std::string host, const http_limits& within,
                    owner who);

    /// Only while it rests, or as the first thing.
    void begin(const http_request& what, instant deadline, http_listener then);
    /// Ends it now; nobody is called afterwards.
    void cut();

private:
    struct exchange {
        http_listener then;
        instant deadline, begun;
        std::shared_ptr<const void> keeps;
        std::uint64_t number = 0;
        bool is_head = false;
        bool is_written = false;
        bool has_answer = false;  ///< Some of it.
        const char* doing = "sending the request";
    };

    void read();
    void on_read(const boost::system::error_code& failed, std::size_t bytes);
    void parse(const boost::system::error_code& ended);
    void begin_answer();
    void write(const http_request& what);
    void on_written(std::uint64_t number, const boost::system::error_code& failed);
    void finish(http_outcome outcome, bool may_rest);
    void fail(const boost::system::error_code& why);
    void end();
    void patience(duration how_long);
    void arm();
    void on_time();
    [[nodiscard]] result<discord::rest_response> response();

    using parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

    std::shared_ptr<stream> stream_;
    std::string host_;
    http_limits within_;
    owner owner_;
    boost::asio::steady_timer timer_;
    instant due_ = never, armed_ = never;
    boost::beast::flat_buffer in_;
    std::string out_;
    std::optional<parser> parser_;
    std::optional<exchange> now_;
    std::uint64_t last_ = 0;
    bool is_over_ = false;
};

/// Nothing, or why the request can't be sent: what would end its line would be a header or a
/// request of its own.
[[nodiscard]] std::optional<error> fault_of(const http_request& what);

}  // namespace tinfoil::net
