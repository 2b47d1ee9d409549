#pragma once

#include "base/error.hpp"
#include "net/descriptor.hpp"

#include <string>
#include <string_view>

namespace tinfoil::net {

/// Sends datagrams to a unix socket, as journald and systemd's notification take them. Never
/// blocks: one for which there is no room is lost.
class datagram_sender {
public:
    /// `to`: a path, or `@` and a name of Linux's abstract namespace. Nobody has to listen yet.
    /// Fails with errc::invalid_argument for what is neither, with errc::io for lack of
    /// descriptors.
    static result<datagram_sender> make(const std::string& to);

    /// False when it did not arrive.
    bool send(std::string_view text) const;

private:
    datagram_sender(descriptor socket, std::string address)
        : socket_(std::move(socket)),
          address_(std::move(address))
    {
    }

    descriptor socket_;
    std::string address_;  ///< As the kernel takes it.
};

}  // namespace tinfoil::net
