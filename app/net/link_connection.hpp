#pragma once

#include "base/error.hpp"
#include "link/message.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace tinfoil::net {

/// One end of a link: parcels over a unix socket (share/doc/link.md). The loop's thread only.
///
/// Bounds: 128 MiB wait to be written; a write that makes no progress for 10 s loses the link.
class link_connection {
public:
    struct listener {
        std::function<void(link::parcel)> got;
        std::function<void(const error& why)>
            lost;  ///< The last call: closed, broken or malformed.
    };
    /// Takes the connected descriptor over. The listener is called later, never inside a method.
    link_connection(boost::asio::io_context& loop, int descriptor, listener to);
    ~link_connection();  ///< Closes; the listener is not called afterwards.

    void send(const link::parcel& what);
    /// Calls `then`, never inside this call, when all that was sent has been written or the link is
    /// lost.
    void flush(std::function<void()> then);

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

/// Two connected ends, which are closed in programs that this one starts.
result<std::pair<int, int>> link_pair();

}  // namespace tinfoil::net
