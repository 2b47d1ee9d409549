#pragma once

#include "discord/url.hpp"
#include "net/http_message.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace tinfoil::net {

class tls_context;

/// HTTP/1.1 to one server over keep-alive connections: one that rests is used, or another one made,
/// so nothing waits here and whoever sends bounds how much goes at once. Answers may come in gzip;
/// a redirect is errc::http_status, since what a request carries is for this server. Nothing is
/// sent twice. The loop's thread only.
class http_client {
public:
    http_client(boost::asio::io_context& loop, tls_context& tls, discord::url base,
                const http_limits& within = {});
    /// Cuts everything, also what is being dialled; nobody is called afterwards. Neither the loop
    /// nor the TLS context need this to have gone first.
    ~http_client();
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    /// `then.done` is called at the latest at `deadline`. Errors: those of connect(); timed_out,
    /// unreachable, too_large, malformed, http_status.
    void send(http_request request, instant deadline, http_listener then);

    /// Connections there are, those that rest among them; a dial is none yet.
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t resting() const;

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
