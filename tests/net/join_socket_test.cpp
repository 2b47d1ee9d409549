#include "net/join_socket.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <fcntl.h>
#include <future>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace tinfoil;
using net::join_socket;

namespace {

// A host that expects the key "right", once.
struct host {
    host()
    {
        auto made = join_socket::listen(
            loop, path, lock.number(),
            {[this](const std::string& key) -> result<net::admission> {
                 if (key != "right" || guest)
                     return error{errc::cancelled, guest ? "it has joined already" : "who is it"};
                 return net::admission{"node/3", 70};
             },
             [this](const std::string& key, join_socket::joined who) {
                 CHECK(key == "right");
                 guest.emplace(std::move(who));
             },
             [this](const std::string& why) { refused += why + "\n"; }});
        REQUIRE(made);
        socket = std::move(*made);
    }
    result<net::joined_host> join(const std::string& key)
    {
        auto coming = std::async(std::launch::async, [&] { return net::join_host(path, key); });
        while (coming.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready)
            loop.poll();
        return coming.get();
    }
    // What is answered to that.
    std::string say(const std::string& line)
    {
        net::descriptor own(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::connect(own.number(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0);
        REQUIRE(::write(own.number(), line.data(), line.size()) ==
                static_cast<ssize_t>(line.size()));
        std::array<char, 512> room{};
        ssize_t got = -1;
        while ((got = ::recv(own.number(), room.data(), room.size(), MSG_DONTWAIT)) < 0)
            loop.poll();
        return {room.data(), static_cast<std::size_t>(got)};
    }

    support::temporary_folder folder;
    std::filesystem::path path = folder.path() / "link.sock";
    net::descriptor lock{::open(folder.path().c_str(), O_PATH | O_CLOEXEC)};
    boost::asio::io_context loop;
    std::optional<join_socket::joined> guest;
    std::string refused;
    std::unique_ptr<join_socket> socket;
};

}  // namespace

TEST_CASE("join socket: one with the right key gets a link, a name and what it is to hold")
{
    host at;
    struct stat is {};
    REQUIRE(::stat(at.path.c_str(), &is) == 0);
    CHECK((is.st_mode & 0777U) == 0600U);
    auto joined = at.join("right");
    REQUIRE(joined);
    CHECK(joined->as.name == "node/3");
    CHECK(joined->as.epoch == 70);
    REQUIRE(at.guest);
    CHECK(at.guest->pid == ::getpid());
    CHECK(at.guest->process.number() >= 0);
    // Both ends are of the same connection, and nothing of the introduction is left in it.
    REQUIRE(::write(at.guest->link.number(), "!", 1) == 1);
    char byte = 0;
    REQUIRE(::read(joined->link.number(), &byte, 1) == 1);
    CHECK(byte == '!');
    struct stat given {
    }, own{};
    REQUIRE(::fstat(joined->given.number(), &given) == 0);
    REQUIRE(::fstat(at.lock.number(), &own) == 0);
    CHECK(given.st_ino == own.st_ino);
    CHECK((::fcntl(joined->given.number(), F_GETFD) & FD_CLOEXEC) != 0);
    at.socket.reset();
    CHECK_FALSE(std::filesystem::exists(at.path));
}

TEST_CASE("join socket: who is refused is told why, and so is the host")
{
    host at;
    SECTION("with another key")
    {
        const auto joined = at.join("wrong");
        REQUIRE_FALSE(joined);
        CHECK(joined.error().code == errc::cancelled);
        CHECK(joined.error().detail.find("who is it") != std::string::npos);
        CHECK(at.refused == "who is it\n");
    }
    SECTION("twice")
    {
        const auto first = at.join("right");
        REQUIRE(first);
        const auto second = at.join("right");
        REQUIRE_FALSE(second);
        CHECK(second.error().detail.find("joined already") != std::string::npos);
    }
    SECTION("of another version")
    {
        CHECK(at.say("tinfoil-join 9 right\n").starts_with("refused: its link has another"));
        CHECK(at.refused.find("another version") != std::string::npos);
    }
    SECTION("that says something else")
    {
        CHECK(at.say("GET / HTTP/1.1\r\n").starts_with("refused: it does not ask"));
        CHECK(at.say("tinfoil-join 1 right and more\n").starts_with("refused: it does not ask"));
        CHECK(at.say(std::string(600, 'x')).starts_with("refused: it did not say"));
    }
    CHECK((at.guest.has_value() == (at.refused.find("already") != std::string::npos)));
}

TEST_CASE("join socket: only its own user and root may join")
{
    CHECK(net::may_join(1000, 1000));
    CHECK(net::may_join(0, 1000));
    CHECK_FALSE(net::may_join(1001, 1000));
    CHECK_FALSE(net::may_join(1000, 0));
}

TEST_CASE("join socket: where nobody listens that is said")
{
    support::temporary_folder folder;
    const auto joined = net::join_host(folder.path() / "link.sock", "right");
    REQUIRE_FALSE(joined);
    CHECK(joined.error().code == errc::unreachable);
    const auto nowhere = net::join_host(folder.path() / "none" / "link.sock", "right");
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().code == errc::unreachable);
}
