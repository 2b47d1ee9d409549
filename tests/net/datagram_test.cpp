#include "net/datagram.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::net;

namespace {

// Bound to a path, or, with a null in front, to an abstract name.
descriptor bound_to(const std::string& name)
{
    descriptor made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const std::size_t length =
        offsetof(sockaddr_un, sun_path) + name.size() + (name[0] == '\0' ? 0 : 1);
    REQUIRE(::bind(made.number(), reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(length)) == 0);
    return made;
}

std::string next(const descriptor& from)
{
    std::array<char, 100> bytes;
    const auto count = ::recv(from.number(), bytes.data(), bytes.size(), 0);
    return count < 0 ? "(none)" : std::string(bytes.data(), static_cast<std::size_t>(count));
}

}  // namespace

TEST_CASE("datagram: it arrives at a path and at an abstract name")
{
    const support::temporary_folder folder;
    const std::string path = (folder.path() / "s").string();
    const auto at_path = bound_to(path);
    CHECK(datagram_sender::make(path).value().send("READY=1"));
    CHECK(next(at_path) == "READY=1");
    const std::string name = "tinfoil-test-" + std::to_string(::getpid());
    const auto at_name = bound_to('\0' + name);
    CHECK(datagram_sender::make("@" + name).value().send("READY=1"));
    CHECK(next(at_name) == "READY=1");
}

TEST_CASE("datagram: where nobody listens, or reads, it is lost and nobody waits")
{
    const support::temporary_folder folder;
    const std::string path = (folder.path() / "s").string();
    const auto to = datagram_sender::make(path).value();
    CHECK(!to.send("x"));
    const auto there = bound_to(path);
    int sent = 0;
    while (to.send("x") && sent < 100'000)
        ++sent;
    CHECK(sent > 0);
    CHECK(sent < 100'000);
    CHECK(!datagram_sender::make(""));
    CHECK(!datagram_sender::make("relative"));
    CHECK(!datagram_sender::make("/" + std::string(200, 'x')));
}
