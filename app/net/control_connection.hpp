#pragma once

#include "net/control_message.hpp"
#include "net/stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::net {

/// One connection of a control socket: requests one after the other, and, if an answer says so, an
/// event stream from then on. Keeps itself alive until it is over. The loop's thread only.
class control_connection : public std::enable_shared_from_this<control_connection> {
public:
    using socket_type = boost::asio::generic::stream_protocol::socket;
    using handler = std::function<void(control_request, control_reply)>;

    /// `asked` is called until cut().
    control_connection(socket_type socket, const control_bounds& within, handler asked);

    void begin();
    /// Closes it now; what the other side had no room for is lost.
    void cut();
    [[nodiscard]] bool is_over() const { return over_; }
    [[nodiscard]] bool is_stream() const { return stream_ && !over_ && !leaving_; }

    /// For event streams. With more than `stream_bytes` waiting it sends `lost` and ends.
    void push(std::string_view name, std::string_view json);
    void comment();

private:
    using request_parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<bool> exchange();
    boost::asio::awaitable<boost::system::error_code> receive(request_parser& into);
    boost::asio::awaitable<void> refuse(control_answer why);
    boost::asio::awaitable<void> discard();
    boost::asio::awaitable<bool> until(bool (control_connection::*reached)() const,
                                       duration patience);
    void ask(control_request what);
    void respond(std::uint64_t turn, const control_answer& what);
    void write(std::string_view text);
    void drain();
    void push_text(std::string_view text);
    [[nodiscard]] bool is_answered() const { return answered_ == turn_; }
    [[nodiscard]] bool is_taken() const { return sent_ == unsent_.size(); }

    socket_type socket_;
    control_bounds within_;
    handler asked_;
    boost::asio::steady_timer wake_;  ///< Cancelled when what until() waits for may be there.
    std::string read_;                ///< Received and not yet parsed.
    std::string unsent_;
    std::size_t sent_ = 0;  ///< Of `unsent_`.
    std::uint64_t turn_ = 0, answered_ = 0;
    bool keeps_alive_ = false, bodiless_ = false;  ///< Of the request that is being answered.
    bool awaits_room_ = false;
    bool stream_ = false, over_ = false;
    std::optional<time_limit> leaving_;  ///< A stream that ends when all is written.
};

/// An answer as it looks on the wire.
[[nodiscard]] std::string control_text(const control_answer& what, bool keeps_alive, bool bodiless);

}  // namespace tinfoil::net
