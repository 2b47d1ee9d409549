#pragma once

#include "base/time.hpp"
#include "net/datagram.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>

namespace tinfoil::host {

/// Tells systemd how far a service of Type=notify is
/// (https://www.freedesktop.org/software/systemd/man/sd_notify.html), and by the loop's own timer
/// that the loop still turns. Does nothing where nobody listens. The loop's thread only.
class service_notice {
public:
    /// `socket`: NOTIFY_SOCKET, or empty. `watchdog`: how long systemd waits for a sign of life; it
    /// gets one in a third of that. Zero: none.
    service_notice(boost::asio::io_context& loop, const std::string& socket, duration watchdog);

    /// `what` is on one line, for `systemctl status`.
    void ready(const std::string& what);
    void stopping();

private:
    void keep_alive();

    std::optional<net::datagram_sender> to_;
    duration interval_;
    boost::asio::steady_timer timer_;
};

}  // namespace tinfoil::host
