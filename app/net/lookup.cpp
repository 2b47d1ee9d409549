#include "net/lookup.hpp"

#include <future>
#include <netdb.h>
#include <sys/socket.h>
#include <thread>

namespace tinfoil::net {

result<std::size_t> look_up(const std::string& host, duration patience)
{
    std::promise<result<std::size_t>> promised;
    auto found = promised.get_future();
    std::thread([host, promised = std::move(promised)]() mutable {
        addrinfo wanted{}, *first = nullptr;
        wanted.ai_socktype = SOCK_STREAM;
        if (const int failed = ::getaddrinfo(host.c_str(), nullptr, &wanted, &first); failed != 0)
            return promised.set_value(
                error{errc::unreachable,
                      "the name " + host + " is not found: " + ::gai_strerror(failed)});
        std::size_t count = 0;
        for (const addrinfo* each = first; each != nullptr; each = each->ai_next)
            ++count;
        ::freeaddrinfo(first);
        promised.set_value(count);
    }).detach();
    if (found.wait_for(patience) != std::future_status::ready)
        return error{errc::timed_out, "nobody says in time where " + host + " is"};
    return found.get();
}

}  // namespace tinfoil::net
