#include "net/link_connection.hpp"

#include "link/codec.hpp"
#include "link/reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t unsent_max = 128U << 20;
constexpr std::chrono::seconds write_patience{10};

}  // namespace

struct link_connection::impl : std::enable_shared_from_this<link_connection::impl> {
    impl(asio::io_context& on, int descriptor, listener who)
        : loop(on),
          to(std::move(who)),
          socket(on, asio::local::stream_protocol(), descriptor),
          stall(on)
    {
    }

    asio::awaitable<void> read();
    asio::awaitable<void> write();
    bool deliver();
    void lose(error why);
    void flushed();

    asio::io_context& loop;
    listener to;
    asio::local::stream_protocol::socket socket;
    asio::steady_timer stall;
    link::frame_reader frames;
    std::string unsent, writing;
    bool is_writing = false;
    bool broken = false;  // Nothing can be written any more.
    bool over = false;    // `lost` was called, or nobody listens any more.
    std::vector<std::function<void()>> waiting;
};

void link_connection::impl::lose(error why)
{
    error_code ignored;
    socket.close(ignored);
    if (!std::exchange(over, true))
        to.lost(why);
    flushed();
}

void link_connection::impl::flushed()
{
    for (auto& each : std::exchange(waiting, {}))
        asio::post(loop, std::move(each));
}

// False when the link is over.
bool link_connection::impl::deliver()
{
    for (;;) {
        const auto body = frames.next();
        if (!body) {
            lose(body.error());
            return false;
        }
        if (!*body)
            return true;
        auto got = link::decode(**body);
        if (!got) {
            lose(got.error());
            return false;
        }
        to.got(std::move(*got));
        if (over)
            return false;
    }
}

asio::awaitable<void> link_connection::impl::read()
{
    const auto self = shared_from_this();
    for (;;) {
        error_code failed;
        const auto space = frames.space();
        const std::size_t got =
            co_await socket.async_read_some(asio::buffer(space.data(), space.size()),
                                            asio::redirect_error(asio::use_awaitable, failed));
        if (over)
            co_return;
        if (failed)
            co_return lose({errc::unreachable, failed == asio::error::eof
                                                   ? "the other side of the link has gone"
                                                   : "the link broke: " + failed.message()});
        frames.filled(got);
        if (!deliver())
            co_return;
    }
}

asio::awaitable<void> link_connection::impl::write()
{
    const auto self = shared_from_this();
    while (!over && !broken && !unsent.empty()) {
        writing.swap(unsent);
        unsent.clear();
        for (std::size_t at = 0; at < writing.size() && !over;) {
            stall.expires_after(write_patience);
            stall.async_wait([weak = weak_from_this()](error_code stopped) {
                if (const auto own = weak.lock(); own && !stopped)
                    own->lose({errc::timed_out, "the other side of the link reads nothing"});
            });
            error_code failed;
            at += co_await socket.async_write_some(
                asio::buffer(writing.data() + at, writing.size() - at),
                asio::redirect_error(asio::use_awaitable, failed));
            stall.cancel();
            // The reader sees the same and tells it, after what the other side said last.
            if (failed) {
                broken = true;
                unsent.clear();
                break;
            }
        }
        if (writing.capacity() > (1U << 20))
            writing = {};
    }
    is_writing = false;
    flushed();
}

link_connection::link_connection(asio::io_context& loop, int descriptor, listener to)
    : impl_(std::make_shared<impl>(loop, descriptor, std::move(to)))
{
    asio::co_spawn(loop, impl_->read(), asio::detached);
}

link_connection::~link_connection()
{
    impl_->over = true;
    impl_->stall.cancel();
    error_code ignored;
    impl_->socket.close(ignored);
}

void link_connection::send(const link::parcel& what)
{
    if (impl_->over || impl_->broken)
        return;
    auto frame = link::encode(what);
    const bool fits = frame && impl_->unsent.size() + frame->size() <= unsent_max;
    if (!fits) {
        // Dropping one message would leave the two sides with different views.
        const error why =
            frame ? error{errc::too_large, "the other side of the link reads too slowly"}
                  : frame.error();
        asio::post(impl_->loop, [own = impl_, why] {
            if (!own->over)
                own->lose(why);
        });
        return;
    }
    impl_->unsent += *frame;
    if (!std::exchange(impl_->is_writing, true))
        asio::co_spawn(impl_->loop, impl_->write(), asio::detached);
}

void link_connection::flush(std::function<void()> then)
{
    impl_->waiting.push_back(std::move(then));
    if (!impl_->is_writing)
        impl_->flushed();
}

result<std::pair<int, int>> link_pair()
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error{errc::io, std::string("no link can be made: ") + std::strerror(errno) +
                                   "; are there too many open files (ulimit -n)?"};
    return std::pair(ends[0], ends[1]);
}

}  // namespace tinfoil::net
