#include "host/rest_call.hpp"

#include "net/tls.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>

namespace tinfoil::host {

net::rest_settings rest_settings_of(const config& how, std::function<void()> on_token_refused)
{
    net::rest_settings made;
    made.api = how.api;
    made.token = how.token;
    made.connections_max = how.rest.connections;
    made.requests_per_second = how.rest.requests_per_second;
    made.budgets = how.rest.budgets;
    made.on_token_refused = std::move(on_token_refused);
    return made;
}

result<discord::rest_response> call_rest(const config& how, discord::rest_request request)
{
    boost::asio::io_context loop;
    auto tls = net::tls_context::client(how.authority_pem);
    if (!tls)
        return tls.error();
    net::rest_driver rest(loop, **tls, rest_settings_of(how));
    std::optional<result<discord::rest_response>> got;
    rest.submit(std::move(request), [&](result<discord::rest_response> answer) {
        got = std::move(answer);
        loop.stop();
    });
    loop.run();
    if (!got)
        return error{errc::cancelled, "the call ended without an answer"};
    return std::move(*got);
}

}  // namespace tinfoil::host
