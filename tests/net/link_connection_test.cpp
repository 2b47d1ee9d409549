// Both ends of a link on one loop, over a real pair of sockets.
#include "link/codec.hpp"
#include "net/link_connection.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <functional>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace tinfoil;
using namespace tinfoil::net;
namespace asio = boost::asio;

namespace {

link::parcel saying(std::string text)
{
    return {.id = 1,
            .from = "node/0",
            .epoch = 1,
            .what = link::plugin_logged{"ping", 0, std::move(text)}};
}

// One end, with all that it heard.
struct end {
    std::vector<std::string> got;
    std::vector<error> lost;
    std::function<void()> on_got = [] {}, on_lost = [] {};
    std::optional<link_connection> link;

    void open(asio::io_context& loop, int descriptor, link_bounds within = {})
    {
        link.emplace(loop, descriptor,
                     link_connection::listener{
                         [this](link::parcel what) {
                             got.push_back(std::get<link::plugin_logged>(what.what).text);
                             on_got();
                         },
                         [this](const error& why) {
                             lost.push_back(why);
                             on_lost();
                         }},
                     within);
    }
    void say(std::string text) { link->send(saying(std::move(text))); }
};

struct both {
    asio::io_context loop;
    end one, other;

    both()
    {
        const auto ends = link_pair();
        REQUIRE(ends);
        one.open(loop, ends->first);
        other.open(loop, ends->second);
    }
};

// One end, and the bare socket of the other side.
struct half {
    asio::io_context loop;
    end one;
    int socket = -1;

    explicit half(link_bounds within = {})
    {
        const auto ends = link_pair();
        REQUIRE(ends);
        one.open(loop, ends->first, within);
        socket = ends->second;
    }
    ~half() { ::close(socket); }
    half(const half&) = delete;
    half& operator=(const half&) = delete;

    void put(const std::string& bytes) const
    {
        REQUIRE(::write(socket, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("link connection: parcels go both ways, in order, large ones too")
{
    both ends;
    const std::string large(10U << 20, 'x');
    for (const auto* text : {"a", "b", "c"})
        ends.other.say(text);
    ends.one.say("1");
    ends.one.say(large);
    ends.one.say("2");
    // The last that arrives on either side ends the other.
    ends.other.on_got = [&] {
        if (ends.other.got.size() == 3)
            ends.one.link.reset();
    };
    ends.loop.run();
    CHECK(ends.other.got == texts{"1", large, "2"});
    CHECK(ends.one.got == texts{"a", "b", "c"});
    CHECK(ends.other.lost.size() == 1);
    CHECK(ends.one.lost.empty());
}

TEST_CASE("link connection: an end that goes is told once, after its last words")
{
    both ends;
    ends.one.say("farewell");
    ends.one.link->flush([&] { ends.one.link.reset(); });
    ends.loop.run();
    CHECK(ends.other.got == texts{"farewell"});
    REQUIRE(ends.other.lost.size() == 1);
    CHECK(ends.other.lost[0].code == errc::unreachable);
    // Nothing happens any more, nor does anything break.
    ends.other.say("too late");
    bool flushed = false;
    ends.other.link->flush([&] { flushed = true; });
    CHECK_FALSE(flushed);
    ends.loop.restart();
    ends.loop.run();
    CHECK(flushed);
    CHECK(ends.other.lost.size() == 1);
}

TEST_CASE("link connection: last words are read though nothing can be written any more")
{
    half link;
    link.put(*encode(saying("farewell")));
    ::shutdown(link.socket, SHUT_RDWR);
    link.one.say("unheard");
    link.loop.run();
    CHECK(link.one.got == texts{"farewell"});
    REQUIRE(link.one.lost.size() == 1);
    CHECK(link.one.lost[0].code == errc::unreachable);
}

TEST_CASE("link connection: several parcels of one read are told one after the other")
{
    half link;
    link.put(*encode(saying("a")) + *encode(saying("b")) + *encode(saying("c")));
    link.one.on_got = [&] {
        // Nobody listens any more, in the middle of what was read at once.
        if (link.one.got.size() == 2)
            link.one.link.reset();
    };
    link.loop.run();
    CHECK(link.one.got == texts{"a", "b"});
    CHECK(link.one.lost.empty());
}

TEST_CASE("link connection: what is no parcel loses the link")
{
    const std::string good = *encode(saying("good"));
    std::string version = good, kind = good;
    version[4] = 2;
    kind[6] = 127;
    for (const std::string& bad :
         {std::string("GET / HTTP/1.1\r\n"), version, kind, std::string(4, '\0')}) {
        half link;
        link.put(good + bad + good);
        link.loop.run();
        CHECK(link.one.got == texts{"good"});
        REQUIRE(link.one.lost.size() == 1);
        CHECK(link.one.lost[0].code == errc::malformed);
    }
}

TEST_CASE("link connection: it may be destroyed when it is lost")
{
    half link;
    link.put("this is no frame");
    link.one.on_lost = [&] { link.one.link.reset(); };
    link.one.link->flush([] {});
    link.loop.run();
    CHECK(link.one.lost.size() == 1);
}

TEST_CASE("link connection: destroyed before the loop runs, nobody hears of it")
{
    both ends;
    ends.one.say("never said");
    ends.one.link->flush([] { FAIL("its owner is gone"); });
    ends.one.link.reset();
    ends.loop.run();
    CHECK(ends.other.got.empty());
    CHECK(ends.other.lost.size() == 1);
    CHECK(ends.one.lost.empty());
}

TEST_CASE("link connection: a flush waits for what was sent before it, and for that only")
{
    half link;
    bool small = false, large = false;
    link.one.link->flush([&] { small = true; });
    link.one.say(std::string(4U << 20, 'x'));
    link.one.link->flush([&] { large = true; });
    while (!small)
        link.loop.run_one();
    link.loop.poll();
    CHECK_FALSE(large);
    std::string read(1U << 20, '\0');
    // One that says more and more does not keep a flush waiting.
    while (!large) {
        link.one.say("more");
        if (::recv(link.socket, read.data(), read.size(), MSG_DONTWAIT) <= 0)
            link.loop.run_one();
        else
            link.loop.poll();
    }
    CHECK(link.one.lost.empty());
}

TEST_CASE("link connection: an end that reads nothing loses the link")
{
    half link({.write_patience = std::chrono::milliseconds(20)});
    bool flushed = false;
    link.one.say(std::string(4U << 20, 'x'));
    link.one.link->flush([&] { flushed = true; });
    link.loop.run();
    REQUIRE(link.one.lost.size() == 1);
    CHECK(link.one.lost[0].code == errc::timed_out);
    CHECK(flushed);
}

TEST_CASE(
    "link connection: more than the bound unsent loses the link, and nothing goes after a gap")
{
    half link({.unsent_bytes_max = 1000});
    link.one.say("first");
    link.one.say(std::string(1000, 'x'));
    link.one.say("after a gap");
    CHECK(link.one.lost.empty());
    link.loop.run();
    REQUIRE(link.one.lost.size() == 1);
    CHECK(link.one.lost[0].code == errc::too_large);
    std::string read(2000, '\0');
    const auto count = ::recv(link.socket, read.data(), read.size(), MSG_DONTWAIT);
    read.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    CHECK(read.find("after") == std::string::npos);
}

TEST_CASE("link connection: a parcel that is too large for a frame loses the link")
{
    half link;
    link.one.say(std::string(link::frame_bytes_max, 'x'));
    link.loop.run();
    REQUIRE(link.one.lost.size() == 1);
    CHECK(link.one.lost[0].code == errc::too_large);
}

TEST_CASE("link connection: a descriptor that is none is told like any other loss")
{
    asio::io_context loop;
    end one;
    one.open(loop, -1);
    one.say("x");
    CHECK(one.lost.empty());
    loop.run();
    REQUIRE(one.lost.size() == 1);
    CHECK(one.lost[0].code == errc::io);
}

TEST_CASE("link connection: both ends of a pair are closed in programs that are started")
{
    const auto ends = link_pair();
    REQUIRE(ends);
    for (const int each : {ends->first, ends->second}) {
        CHECK((::fcntl(each, F_GETFD) & FD_CLOEXEC) != 0);
        ::close(each);
    }
}
