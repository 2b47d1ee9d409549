#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "discord/http.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tinfoil::net {

class tls_context;

struct rest_settings {
    std::string api;  ///< Base without trailing slash, `https://discord.com/api/v10`.
    redacted token;
    int connections_max = 16;
};

/// Discord's REST API: rest::limiter over a keep-alive pool. The loop's thread only.
class rest_driver {
public:
    rest_driver(boost::asio::io_context& loop, tls_context& tls, rest_settings settings);
    ~rest_driver();  ///< No completion is called afterwards.

    using done = std::function<void(result<discord::rest_response>)>;
    /// `then` is called once, never inside this call; any HTTP status is a response, errors are
    /// those of connecting, of deadlines and of the limiter.
    std::uint64_t submit(discord::rest_request request, done then);
    /// Afterwards that request's completion is never called. Unknown ids are harmless.
    void cancel(std::uint64_t id);
    /// Requests submitted whose completion has not been called.
    [[nodiscard]] std::size_t unfinished() const;

    /// `then` is called when Discord rejects the bot token with 401, once for each token, outside
    /// of any method of this.
    void on_token_refused(std::function<void()> then);
    /// Requests that are sent from now on carry it; a rejected one is forgotten.
    void set_token(redacted token);

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
