#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "discord/http.hpp"
#include "rest/view.hpp"

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
    int connections_max = 64;
    /// Discord has refused the bot token; once for each token, on the loop, inside no call of the
    /// owner. Until set_token() nothing more is sent with it.
    std::function<void()> on_token_refused = {};
};

/// Discord's REST API: rest::limiter over a keep-alive pool. The loop's thread only.
///
/// What fails for a moment is tried again, within the request's time, if doing it twice does no
/// harm (rest::next_attempt); for the creation of messages a nonce sees to that. A redirect is an
/// error: the token is for the host it was given for.
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
    /// Replaces a token that was refused, or is about to be; what is sent from now on has this one.
    void set_token(redacted token);
    /// Requests a second over all routes, where Discord permits this bot another number.
    void set_global_limit(int per_second);
    void set_budget(const std::string& owner, const rest::budget& to);
    /// The limiter at this instant, for people.
    [[nodiscard]] rest::view look() const;
    /// Requests submitted whose completion has not been called.
    [[nodiscard]] std::size_t unfinished() const;

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
