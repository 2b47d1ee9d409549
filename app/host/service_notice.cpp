#include "host/service_notice.hpp"

namespace tinfoil::host {

service_notice::service_notice(boost::asio::io_context& loop, const std::string& socket,
                               duration watchdog)
    : interval_(watchdog / 3),
      timer_(loop)
{
    if (auto made = net::datagram_sender::make(socket))
        to_.emplace(std::move(*made));
    // Already while it starts: the watchdog counts from READY on, and an early sign is harmless.
    if (to_ && interval_ > duration::zero())
        keep_alive();
}

void service_notice::ready(const std::string& what)
{
    if (to_)
        to_->send("READY=1\nSTATUS=" + what);
}

void service_notice::stopping()
{
    if (to_)
        to_->send("STOPPING=1\nSTATUS=closes its sessions");
}

void service_notice::keep_alive()
{
    to_->send("WATCHDOG=1");
    timer_.expires_after(interval_);
    timer_.async_wait([this](boost::system::error_code failed) {
        if (!failed)
            keep_alive();
    });
}

}  // namespace tinfoil::host
