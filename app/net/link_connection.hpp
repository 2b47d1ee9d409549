#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "link/message.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace tinfoil::net {

/// What a link bears before it counts as lost.
struct link_bounds {
    std::size_t unsent_bytes_max = 128U << 20;
    duration write_patience = std::chrono::seconds(10);  ///< For a write without progress.
};

/// One end of a link: parcels over a unix socket (share/doc/link.md). The loop's thread only.
///
/// It is lost when the other side closes it, sends what is no parcel, or reads too slowly for
/// `link_bounds`, and when a parcel is too large to send: with one missing the two sides would not
/// know the same.
class link_connection {
public:
    struct listener {
        std::function<void(link::parcel)> got;
        std::function<void(const error& why)> lost;  ///< The last call.
    };
    /// Takes the connected descriptor over, whatever comes. The listener is called later, never
    /// inside a method; it may destroy the connection.
    link_connection(boost::asio::io_context& loop, int descriptor, listener to,
                    link_bounds within = {});
    ~link_connection();  ///< Closes; neither the listener nor a `then` is called afterwards.

    /// Queues it; harmless on a link that is lost.
    void send(const link::parcel& what);
    /// Calls `then`, never inside this call, when all that was sent before has been written or the
    /// link is lost.
    void flush(std::function<void()> then);

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

/// Two connected ends, which are closed in programs that this one starts.
result<std::pair<int, int>> link_pair();

}  // namespace tinfoil::net
