#include "host/metrics_endpoint.hpp"

#include <charconv>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

constexpr const char* page_type = "text/plain; version=0.0.4; charset=utf-8";

// A Prometheus keeps one connection, or a few when it is started anew; others are told to go.
net::control_bounds bounds()
{
    net::control_bounds made;
    made.connections = 16;
    made.body_bytes = 0;
    return made;
}

}  // namespace

result<std::optional<metrics_address>> parse_metrics_address(std::string_view text)
{
    if (text == "off")
        return std::optional<metrics_address>{};
    metrics_address made;
    std::string_view digits = text;
    if (const std::size_t colon = text.rfind(':'); colon != text.npos) {
        made.address = text.substr(0, colon);
        digits = text.substr(colon + 1);
        if (made.address == "localhost")
            made.address = "127.0.0.1";
        if (made.address == "[::1]")
            made.address = "::1";
    }
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), made.port);
    if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size())
        return error{errc::invalid_argument,
                     fmt::format("\"{}\" is no place for metrics; write a port as 9464, "
                                 "127.0.0.1:9464, [::1]:9464, or off",
                                 text)};
    if (made.address != "127.0.0.1" && made.address != "::1")
        return error{
            errc::invalid_argument,
            fmt::format("metrics are served on this machine only, and \"{}\" is no address "
                        "of loopback; write 127.0.0.1:{}, and put a proxy that checks who "
                        "asks in front of it",
                        made.address, made.port)};
    return std::optional(std::move(made));
}

result<std::unique_ptr<metrics_endpoint>> metrics_endpoint::open(boost::asio::io_context& loop,
                                                                 const metrics_address& where,
                                                                 std::function<measured()> look)
{
    std::unique_ptr<metrics_endpoint> made(new metrics_endpoint(where, std::move(look)));
    auto server = net::control_server::listen_on(
        loop, where.address, where.port,
        {[own = made.get()](const net::control_request& what, const net::control_reply& reply) {
             own->on_request(what, reply);
         },
         [] {}},
        bounds());
    if (!server)
        return error{server.error().code, "metrics: " + server.error().detail};
    made->server_ = std::move(*server);
    made->where_.port = made->server_->port();
    return made;
}

std::string metrics_endpoint::url() const
{
    const bool is_v6 = where_.address.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}/metrics", is_v6 ? "[" : "", where_.address,
                       is_v6 ? "]" : "", where_.port);
}

void metrics_endpoint::on_request(const net::control_request& what,
                                  const net::control_reply& reply) const
{
    if (what.path != "/metrics")
        return reply(net::control_error(404, "unknown_path", "there is /metrics here, no more"));
    if (what.method != "GET" && what.method != "HEAD") {
        auto refused = net::control_error(405, "wrong_method", "/metrics takes GET; use that");
        refused.allow = "GET, HEAD";
        return reply(std::move(refused));
    }
    net::control_answer page;
    page.content_type = page_type;
    page.json = metrics_text(look_());
    reply(std::move(page));
}

}  // namespace tinfoil::host
