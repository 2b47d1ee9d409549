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
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A larger buffer is given back once it has been written.
constexpr std::size_t kept_bytes = 1U << 20;

}  // namespace

struct link_connection::impl : std::enable_shared_from_this<link_connection::impl> {
    impl(asio::io_context& on, listener who, link_bounds bears)
        : loop(on),
          to(std::move(who)),
          within(bears),
          socket(on),
          patience(on)
    {
    }

    void open(int descriptor);
    void close();
    asio::awaitable<void> read();
    asio::awaitable<void> write();
    asio::awaitable<bool> write_all();
    bool deliver();
    void send(const link::parcel& what);
    void be_patient();
    void lose(const error& why);
    void lose_later(error why);
    void call_flushed();

    asio::io_context& loop;
    listener to;
    link_bounds within;
    asio::local::stream_protocol::socket socket;
    asio::steady_timer patience;
    link::frame_reader frames;
    std::string unsent, writing;
    std::uint64_t queued = 0, written = 0;  // Bytes since the beginning.
    // With what `queued` was when each was asked for.
    std::deque<std::pair<std::uint64_t, std::function<void()>>> flushes;
    bool is_writing = false;
    bool broken = false;   // Nothing is sent any more; what came before may still be read.
    bool over = false;     // `lost` was called, or nobody listens any more.
    bool unowned = false;  // The connection was destroyed.
};

// The coroutines run on lambdas that hold the impl, since they begin after their spawning.
void link_connection::impl::open(int descriptor)
{
    error_code failed;
    socket.assign(asio::local::stream_protocol(), descriptor, failed);
    if (failed) {
        ::close(descriptor);
        return lose_later({errc::io, "the link can't be used: " + failed.message() +
                                         "; are there too many open files (ulimit -n)?"});
    }
    asio::co_spawn(
        loop, [self = shared_from_this()] { return self->read(); }, asio::detached);
}

void link_connection::impl::close()
{
    over = broken = true;
    patience.cancel();
    error_code ignored;
    socket.close(ignored);
}

void link_connection::impl::lose(const error& why)
{
    if (over)
        return;
    close();
    call_flushed();
    to.lost(why);
}

void link_connection::impl::lose_later(error why)
{
    broken = true;
    asio::post(loop, [self = shared_from_this(), why = std::move(why)] { self->lose(why); });
}

void link_connection::impl::call_flushed()
{
    while (!flushes.empty() && (broken || flushes.front().first <= written)) {
        asio::post(loop, [self = shared_from_this(), then = std::move(flushes.front().second)] {
            if (!self->unowned)
                then();
        });
        flushes.pop_front();
    }
}

// False when the link is over.
bool link_connection::impl::deliver()
{
    for (;;) {
        const auto body = frames.next();
        if (!body)
            return lose(body.error()), false;
        if (!*body)
            return true;
        auto got = link::decode(**body);
        if (!got)
            return lose(got.error()), false;
        to.got(std::move(*got));
        if (over)
            return false;
    }
}

asio::awaitable<void> link_connection::impl::read()
{
    while (!over) {
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

void link_connection::impl::be_patient()
{
    patience.expires_after(within.write_patience);
    patience.async_wait([weak = weak_from_this(), before = written](error_code stopped) {
        const auto self = weak.lock();
        // After a stall of the loop a write may be done that the timer still waits for.
        if (!stopped && self && self->written == before)
            self->lose({errc::timed_out, "the other side of the link reads nothing"});
    });
}

// False when nothing can be written any more.
asio::awaitable<bool> link_connection::impl::write_all()
{
    for (std::size_t at = 0; at < writing.size();) {
        be_patient();
        error_code failed;
        const std::size_t count =
            co_await socket.async_write_some(asio::buffer(writing.data() + at, writing.size() - at),
                                             asio::redirect_error(asio::use_awaitable, failed));
        // The reader sees the same and tells it, after what the other side said last; should it
        // not, the timer goes on.
        if (over || failed)
            co_return false;
        at += count;
        written += count;
        patience.cancel();
        call_flushed();
    }
    co_return true;
}

asio::awaitable<void> link_connection::impl::write()
{
    while (!broken && !unsent.empty()) {
        writing.swap(unsent);
        unsent.clear();
        // Named: g++ 12 traps in a condition that awaits.
        const bool whole = co_await write_all();
        if (!whole)
            broken = true;
        if (writing.capacity() > kept_bytes)
            std::string().swap(writing);
    }
    is_writing = false;
    call_flushed();
}

void link_connection::impl::send(const link::parcel& what)
{
    if (broken)
        return;
    const auto frame = link::encode(what);
    if (!frame)
        return lose_later(frame.error());
    if (queued - written + frame->size() > within.unsent_bytes_max)
        return lose_later({errc::too_large, "the other side of the link reads too slowly"});
    unsent += *frame;
    queued += frame->size();
    if (!std::exchange(is_writing, true))
        asio::co_spawn(
            loop, [self = shared_from_this()] { return self->write(); }, asio::detached);
}

link_connection::link_connection(asio::io_context& loop, int descriptor, listener to,
                                 link_bounds within)
    : impl_(std::make_shared<impl>(loop, std::move(to), within))
{
    impl_->open(descriptor);
}

link_connection::~link_connection()
{
    impl_->unowned = true;
    impl_->flushes.clear();
    impl_->close();
}

void link_connection::send(const link::parcel& what)
{
    impl_->send(what);
}

void link_connection::flush(std::function<void()> then)
{
    impl_->flushes.emplace_back(impl_->queued, std::move(then));
    impl_->call_flushed();
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
