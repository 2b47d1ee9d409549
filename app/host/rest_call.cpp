#include "host/rest_call.hpp"

#include "net/rest_driver.hpp"
#include "net/tls.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>

namespace tinfoil::host {

result<discord::rest_response> call_rest(const config& how, discord::rest_request request)
{
    boost::asio::io_context loop;
    auto tls = net::tls_context::client(how.authority_pem);
    if (!tls)
        return tls.error();
    net::rest_driver rest(loop, **tls, net::rest_settings{.api = how.api, .token = how.token});
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
