#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "gateway/session.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tinfoil::net {

class tls_context;

/// One WebSocket connection to the gateway: upgrade by Beast, frames by gateway::frame_reader,
/// inflating. The loop's thread only.
class gateway_connection {
public:
    struct listener {
        std::function<void()> opened;
        std::function<void(std::string_view payload)> payload;  ///< The view dies with the call.
        std::function<void(int close_code, const std::string& why)> lost;  ///< The last call.
    };

    /// Begins to connect; the listener is called later, never inside a method of this class.
    /// `url` is without query.
    gateway_connection(boost::asio::io_context& loop, tls_context& tls, const std::string& url,
                       gateway::compression transport, listener to);
    ~gateway_connection();  ///< Cuts; the listener is not called afterwards.

    /// At most 1 MiB waits to be written; more loses the connection.
    void send(const std::string& payload);
    /// Sends a close frame; `lost` follows when the peer has answered or gone.
    void close(int code);
    /// Stops reading, or goes on: what came while it did not is kept by the kernel, and Discord
    /// waits once that is full. Writing goes on. One message that was being handed over may still
    /// come; neither an end nor a close frame is noticed meanwhile.
    void read(bool on);
    /// When the bytes of the payload at hand were there.
    [[nodiscard]] instant read_at() const;

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
