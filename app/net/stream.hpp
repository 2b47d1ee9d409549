#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "discord/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace tinfoil::net {

class tls_context;

/// A connection, plain or TLS, as Asio's and Beast's algorithms take it.
class stream {
public:
    using executor_type = boost::asio::any_io_executor;
    using next_layer_type = boost::asio::ip::tcp::socket;

    explicit stream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}
    stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls)
        : socket_(std::move(socket))
    {
        tls_.emplace(socket_, tls);
    }

    [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
    [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }
    /// Nothing for plain connections.
    [[nodiscard]] boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>* tls()
    {
        return tls_ ? &*tls_ : nullptr;
    }

    /// Ends it now; what is under way fails.
    void cut();

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& to, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const Buffers& buffers) {
                if (tls_)
                    tls_->async_read_some(buffers, std::move(handler));
                else
                    socket_.async_read_some(buffers, std::move(handler));
            },
            token, to);
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& from, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const Buffers& buffers) {
                if (tls_)
                    tls_->async_write_some(buffers, std::move(handler));
                else
                    socket_.async_write_some(buffers, std::move(handler));
            },
            token, from);
    }

private:
    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

/// Calls `late` once when its time has passed, unless it is destroyed before.
class time_limit {
public:
    time_limit(const boost::asio::any_io_executor& where, duration limit,
               std::function<void()> late);

    [[nodiscard]] bool has_passed() const { return *passed_; }

private:
    std::shared_ptr<bool> passed_ = std::make_shared<bool>(false);
    boost::asio::steady_timer timer_;
};

/// How long each step of connect() may take.
struct connect_limits {
    duration resolve = std::chrono::seconds(5);
    duration connect = std::chrono::seconds(5);
    duration handshake = std::chrono::seconds(5);
};

/// One connect() that is under way, for whoever may no longer want it. The loop's thread only.
class dialing {
public:
    /// What is under way fails soon; harmless before and afterwards.
    void give_up();
    [[nodiscard]] bool is_given_up() const { return given_up_; }
    /// What giving up has to end at present.
    void ends_by(std::function<void()> cut) { cut_ = std::move(cut); }

private:
    std::function<void()> cut_;
    bool given_up_ = false;
};

/// Resolves, connects and, for a secure scheme, verifies authority and host name, or goes on from
/// a TLS session for which that was done.
/// Errors: unreachable, timed_out, certificate_untrusted,
/// certificate_wrong_host, each with a sentence that names the host and says what to do.
boost::asio::awaitable<result<std::shared_ptr<stream>>>
connect(discord::url where, tls_context& tls, connect_limits within,
        std::shared_ptr<dialing> under_way = std::make_shared<dialing>());

}  // namespace tinfoil::net
