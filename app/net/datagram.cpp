#include "net/datagram.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace tinfoil::net {

result<datagram_sender> datagram_sender::make(const std::string& to)
{
    sockaddr_un address = {};
    if (to.size() < 2 || (to[0] != '/' && to[0] != '@') || to.size() >= sizeof address.sun_path)
        return error{errc::invalid_argument,
                     "\"" + to + "\" is no unix socket; it is a path, or @ and a name"};
    address.sun_family = AF_UNIX;
    to.copy(address.sun_path, sizeof address.sun_path - 1);
    if (to[0] == '@')
        address.sun_path[0] = '\0';
    // An abstract name is as long as the address says, without a null at its end.
    const std::size_t length =
        offsetof(sockaddr_un, sun_path) + to.size() + (to[0] == '@' ? 0U : 1U);
    descriptor made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (made.number() < 0)
        return error{errc::io, std::string("a unix socket can't be made: ") + std::strerror(errno)};
    std::string bytes(length, '\0');
    std::memcpy(bytes.data(), &address, length);
    return datagram_sender(std::move(made), std::move(bytes));
}

bool datagram_sender::send(std::string_view text) const
{
    sockaddr_un address = {};
    std::memcpy(&address, address_.data(), address_.size());
    const auto sent = ::sendto(socket_.number(), text.data(), text.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address),
                               static_cast<socklen_t>(address_.size()));
    return sent == static_cast<ssize_t>(text.size());
}

}  // namespace tinfoil::net
