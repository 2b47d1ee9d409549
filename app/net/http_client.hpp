#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "discord/http.hpp"
#include "discord/url.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinfoil::net {

class tls_context;

struct http_request {
    std::string method;
    std::string target;  ///< Path with query.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// If not empty, the body is these, one after the other, and not `body`.
    std::vector<std::string_view> pieces = {};
    std::shared_ptr<const void> keeps = {};  ///< What the pieces refer to.
    bool is_urgent = false;                  ///< Goes before others that wait for a connection.
};

/// What came of a request.
struct http_outcome {
    result<discord::rest_response> response;
    bool sent = false;  ///< The server may have seen it.
};

/// HTTP/1.1 to one server over at most so many keep-alive connections; further requests wait for
/// one in order, those that wait are bounded by the caller. Connections that nobody has used for
/// 20 s are closed. Answers may come in gzip; a redirect is errc::http_status, since what a request
/// carries is for this server. An answer has a bound, packed and unpacked. The loop's thread only.
class http_client {
public:
    http_client(boost::asio::io_context& loop, tls_context& tls, discord::url base,
                int connections_max);
    ~http_client();  ///< Cuts everything; no completion is called afterwards.

    /// `done` is called once, never inside this call, at the latest at `deadline`. A request that
    /// is safe to repeat is sent again, once, when an idle connection turns out to be dead.
    void send(http_request request, instant deadline, std::function<void(http_outcome)> done);

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
