#pragma once

#include "base/error.hpp"
#include "host/metrics.hpp"
#include "net/control_server.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::host {

struct metrics_address {
    std::string address = "127.0.0.1";  ///< Of loopback.
    std::uint16_t port = 0;             ///< 0: a free one.
};

/// `off` is nothing; `9464`, `127.0.0.1:9464` or `[::1]:9464`.
result<std::optional<metrics_address>> parse_metrics_address(std::string_view text);

/// Serves `GET /metrics` to a Prometheus on this machine. The loop's thread only.
class metrics_endpoint {
public:
    /// `look` is asked at each scrape, until this is destroyed. Fails with errc::io.
    static result<std::unique_ptr<metrics_endpoint>> open(boost::asio::io_context& loop,
                                                          const metrics_address& where,
                                                          std::function<measured()> look);

    [[nodiscard]] std::string url() const;

private:
    metrics_endpoint(metrics_address where, std::function<measured()> look)
        : where_(std::move(where)),
          look_(std::move(look))
    {
    }
    void on_request(const net::control_request& what, const net::control_reply& reply) const;

    metrics_address where_;
    std::function<measured()> look_;
    std::unique_ptr<net::control_server> server_;
};

}  // namespace tinfoil::host
