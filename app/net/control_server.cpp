#include "net/control_server.hpp"

#include "net/control_connection.hpp"
#include "net/descriptor.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
using protocol = asio::generic::stream_protocol;
using acceptor_type = asio::basic_socket_acceptor<protocol>;
using boost::system::error_code;

// Before the next try to accept when the system has no room for one more.
constexpr std::chrono::milliseconds accept_pause{100};
// For whoever was refused to read why.
constexpr std::chrono::milliseconds leave_patience{1000};

error failure(const std::filesystem::path& folder, const char* doing, int why)
{
    return {errc::io, fmt::format("the control socket {}: {}: {}; is its folder there, and may "
                                  "this user write to it?",
                                  (folder / control_socket).string(), doing, std::strerror(why))};
}

// Through the descriptor of the folder, since an address has room for a short path only.
result<descriptor> bind_in(const descriptor& at, const std::filesystem::path& folder)
{
    struct stat found = {};
    if (::fstatat(at.number(), control_socket, &found, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISSOCK(found.st_mode))
            return error{errc::io, (folder / control_socket).string() +
                                       " is in the way and no socket; move it elsewhere"};
        if (::unlinkat(at.number(), control_socket, 0) != 0)
            return failure(folder, "removing the old one", errno);
    }
    descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // The file that bind() makes gets the mode of the socket: it is never open to others.
    if (made.number() < 0 || ::fchmod(made.number(), 0600) != 0)
        return failure(folder, "making it", errno);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", at.number(), control_socket);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(made.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return failure(folder, "making it", errno);
    if (::listen(made.number(), SOMAXCONN) != 0)
        return failure(folder, "listening", errno);
    return made;
}

// Whoever may act as this user anyway.
bool is_of_this_user(protocol::socket& who)
{
    ucred peer = {};
    socklen_t length = sizeof peer;
    return ::getsockopt(who.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

struct control_server::impl : std::enable_shared_from_this<control_server::impl> {
    /// `folder_at`: none for one on a TCP port.
    impl(asio::io_context& loop, listener who, const control_bounds& most, descriptor folder_at)
        : to(std::move(who)),
          within(most),
          folder(std::move(folder_at)),
          acceptor(loop),
          pause(loop),
          ticker(loop)
    {
    }

    /// Somebody who was refused, until it goes.
    struct leaver {
        explicit leaver(protocol::socket of) : who(std::move(of)), until(who.get_executor()) {}

        protocol::socket who;
        asio::steady_timer until;
        std::array<char, 1024> unread;
    };

    void accept();
    void admit(protocol::socket who);
    void turn_away(protocol::socket who);
    static void read_on(const std::shared_ptr<leaver>& of);
    void ask(control_request what, control_reply reply);
    void tick();
    void stop_listening();
    [[nodiscard]] bool is_private() const { return folder.number() >= 0; }
    [[nodiscard]] std::vector<std::shared_ptr<control_connection>> streams() const;

    listener to;
    control_bounds within;
    descriptor folder;
    acceptor_type acceptor;
    asio::steady_timer pause, ticker;
    std::vector<std::weak_ptr<control_connection>> connections;
    std::vector<std::weak_ptr<leaver>> leaving;
    std::uint16_t port = 0;
    bool ticks = false;
    int since_comment = 0;
    bool gone = false;
};

void control_server::impl::accept()
{
    acceptor.async_accept([weak = weak_from_this()](error_code failed, protocol::socket who) {
        const auto self = weak.lock();
        if (!self || !self->acceptor.is_open())
            return;
        if (!failed) {
            self->admit(std::move(who));
            return self->accept();
        }
        self->pause.expires_after(accept_pause);
        self->pause.async_wait([weak](error_code stopped) {
            if (const auto own = weak.lock(); own && !stopped && own->acceptor.is_open())
                own->accept();
        });
    });
}

void control_server::impl::admit(protocol::socket who)
{
    // Not for the collections that are started while it is open.
    if (::fcntl(who.native_handle(), F_SETFD, FD_CLOEXEC) != 0 ||
        (is_private() && !is_of_this_user(who)))
        return;
    std::erase_if(connections, [](const auto& each) {
        const auto own = each.lock();
        return !own || own->is_over();
    });
    if (connections.size() >= within.connections)
        return turn_away(std::move(who));
    const auto made = std::make_shared<control_connection>(
        std::move(who), within,
        [weak = weak_from_this()](control_request what, control_reply reply) {
            if (const auto self = weak.lock(); self && !self->gone)
                self->ask(std::move(what), std::move(reply));
        });
    connections.push_back(made);
    made->begin();
}

// A client that finds the socket closed before it has looked at it would say that nobody was there;
// so it is closed when the client has read why, or after a moment.
void control_server::impl::turn_away(protocol::socket who)
{
    const std::string text = control_text(
        control_error(503, "busy",
                      fmt::format("the host has {} control connections already; close one, or "
                                  "try again",
                                  within.connections)),
        false, false);
    error_code ignored;
    who.non_blocking(true, ignored);
    who.write_some(asio::buffer(text), ignored);
    who.shutdown(protocol::socket::shutdown_send, ignored);
    std::erase_if(leaving, [](const auto& each) { return each.expired(); });
    if (leaving.size() >= within.connections)
        return;
    const auto made = std::make_shared<leaver>(std::move(who));
    leaving.push_back(made);
    made->until.expires_after(leave_patience);
    made->until.async_wait([made](error_code stopped) {
        error_code unimportant;
        if (!stopped)
            made->who.close(unimportant);
    });
    read_on(made);
}

void control_server::impl::read_on(const std::shared_ptr<leaver>& of)
{
    of->who.async_read_some(asio::buffer(of->unread), [of](error_code failed, std::size_t) {
        if (failed)
            of->until.cancel();
        else
            read_on(of);
    });
}

void control_server::impl::ask(control_request what, control_reply reply)
{
    to.asked(std::move(what),
             [weak = weak_from_this(), reply = std::move(reply)](const control_answer& answer) {
                 reply(answer);
                 const auto self = weak.lock();
                 if (self && answer.stream && !std::exchange(self->ticks, true))
                     self->tick();
             });
}

// Waits for one tick, and so on while somebody listens.
void control_server::impl::tick()
{
    ticker.expires_after(within.tick);
    ticker.async_wait([weak = weak_from_this()](error_code stopped) {
        const auto self = weak.lock();
        if (!self || stopped || self->gone)
            return;
        if (self->streams().empty()) {
            self->ticks = false;
            return;
        }
        if (++self->since_comment >= self->within.ticks_between_comments) {
            self->since_comment = 0;
            for (const auto& each : self->streams())
                each->comment();
        }
        self->to.tick();
        if (!self->gone)
            self->tick();
    });
}

void control_server::impl::stop_listening()
{
    if (!acceptor.is_open())
        return;
    if (is_private())
        ::unlinkat(folder.number(), control_socket, 0);
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
}

std::vector<std::shared_ptr<control_connection>> control_server::impl::streams() const
{
    std::vector<std::shared_ptr<control_connection>> all;
    for (const auto& each : connections)
        if (auto own = each.lock(); own && own->is_stream())
            all.push_back(std::move(own));
    return all;
}

result<std::unique_ptr<control_server>> control_server::listen(asio::io_context& loop,
                                                               const std::filesystem::path& folder,
                                                               listener to, control_bounds within)
{
    descriptor at(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (at.number() < 0)
        return failure(folder, "opening the folder", errno);
    auto bound = bind_in(at, folder);
    if (!bound)
        return bound.error();
    auto made = std::make_shared<impl>(loop, std::move(to), within, std::move(at));
    error_code failed;
    made->acceptor.assign(protocol(AF_UNIX, 0), bound->number(), failed);
    if (failed)
        return failure(folder, "listening", failed.value());
    bound->release();
    made->accept();
    return std::unique_ptr<control_server>(new control_server(std::move(made)));
}

result<std::unique_ptr<control_server>> control_server::listen_on(asio::io_context& loop,
                                                                  const std::string& address,
                                                                  std::uint16_t port, listener to,
                                                                  control_bounds within)
{
    error_code failed;
    const auto of = asio::ip::make_address(address, failed);
    const asio::ip::tcp::endpoint at(of, port);
    asio::ip::tcp::acceptor bound(loop);
    if (!failed)
        bound.open(at.protocol(), failed);
    if (!failed)
        bound.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed)
        bound.bind(at, failed);
    if (!failed)
        bound.listen(asio::socket_base::max_listen_connections, failed);
    if (!failed && ::fcntl(bound.native_handle(), F_SETFD, FD_CLOEXEC) != 0)
        failed = error_code(errno, boost::system::system_category());
    auto made = std::make_shared<impl>(loop, std::move(to), within, descriptor(-1));
    if (!failed)
        made->port = bound.local_endpoint(failed).port();
    if (!failed)
        made->acceptor.assign(protocol(at.protocol()), bound.release(), failed);
    if (failed)
        return error{errc::io,
                     fmt::format("listening on {} port {}: {}; take another port, or 0 for a free "
                                 "one",
                                 address, port, failed.message())};
    made->accept();
    return std::unique_ptr<control_server>(new control_server(std::move(made)));
}

std::uint16_t control_server::port() const
{
    return impl_->port;
}

control_server::control_server(std::shared_ptr<impl> made) : impl_(std::move(made)) {}

control_server::~control_server()
{
    impl_->gone = true;
    impl_->stop_listening();
    impl_->ticker.cancel();
    for (const auto& each : impl_->connections)
        if (const auto open = each.lock())
            open->cut();
}

void control_server::publish(std::string_view name, std::string_view json)
{
    for (const auto& each : impl_->streams())
        each->push(name, json);
}

void control_server::stop_listening()
{
    impl_->stop_listening();
}

}  // namespace tinfoil::net
