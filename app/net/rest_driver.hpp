#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "discord/http.hpp"
#include "discord/limits.hpp"
#include "net/http_message.hpp"
#include "rest/owner.hpp"
#include "rest/view.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace tinfoil::net {

class tls_context;

struct rest_settings {
    std::string api;  ///< Base without trailing slash, `https://discord.com/api/v10`.
    redacted token;
    int connections_max = 64;  ///< At least 2.
    /// Of them for first answers to interactions only; fewer than all.
    int connections_urgent = 8;
    /// Over all routes, where Discord permits this bot another number; at least 1.
    int requests_per_second = discord::limits::global_requests_max;
    std::map<std::string, rest::budget> budgets = {};  ///< By plugin; others have the usual one.
    http_limits within = {};
    /// Discord has refused the bot token; once for each token, on the loop, inside no call of the
    /// owner. Until set_token() nothing more is sent with it.
    std::function<void()> on_token_refused = {};
};

/// Discord's REST API: rest::limiter over a keep-alive pool. The loop's thread only.
///
/// What fails for a moment is tried again, within the request's time, if doing it twice does no
/// harm (rest::next_attempt); for the creation of messages a nonce sees to that. A redirect is an
/// error: the token is for the host it was given for. Each attempt has the token of its time. Only
/// what is the first answer to an interaction by its path has that precedence.
class rest_driver {
public:
    rest_driver(boost::asio::io_context& loop, tls_context& tls, rest_settings settings);
    ~rest_driver();  ///< No completion is called afterwards.

    using done = std::function<void(result<discord::rest_response>)>;
    /// `then` is called once, never inside this call; any HTTP status is a response, errors are
    /// those of connecting, of deadlines and of the limiter.
    std::uint64_t submit(discord::rest_request request, done then);
    /// Afterwards that request's completion is never called; what its answer tells is learned if
    /// it has been sent. Unknown ids are harmless.
    void cancel(std::uint64_t id);
    /// Replaces a token that was refused, or is about to be; what is sent from now on has this one.
    void set_token(redacted token);
    /// From now on; a plugin that is not named has the usual budget. `requests_per_second` as in
    /// the settings.
    void set_limits(int requests_per_second, const std::map<std::string, rest::budget>& budgets);
    /// What the limits still count of this process's requests, for the next one, and the same of
    /// the one before, to be told before the first request.
    [[nodiscard]] rest::past past() const;
    void take_over(const rest::past& before);
    /// The limiter at this instant, for people.
    [[nodiscard]] rest::view look() const;
    /// Requests submitted whose completion has not been called.
    [[nodiscard]] std::size_t unfinished() const;

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
