#include "net/join_socket.hpp"

#include "link/codec.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <list>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

// The two words before a link, in text, each a line:
//   tinfoil-join VERSION KEY
//   welcome NODE/NUMBER EPOCH      with a descriptor, or
//   refused: WHY
namespace tinfoil::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using protocol = asio::local::stream_protocol;

constexpr std::string_view request = "tinfoil-join ", welcome = "welcome ", refusal = "refused: ";
constexpr std::size_t line_max = 512;
// Before the next try to accept when the system has no room for one more.
constexpr std::chrono::milliseconds accept_pause{100};

std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> all;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        if (end != 0)
            all.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return all;
}

error failure(const std::filesystem::path& path, const char* doing, int why)
{
    return {errc::io,
            fmt::format("the link socket {}: {}: {}", path.string(), doing, std::strerror(why))};
}

// Folders may be deep, and an address has room for a short path only: by way of the folder.
result<sockaddr_un> address_of(const std::filesystem::path& path, const descriptor& folder)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string text =
        fmt::format("/proc/self/fd/{}/{}", folder.number(), path.filename().string());
    if (folder.number() < 0 || text.size() >= sizeof address.sun_path)
        return failure(path, "its folder", folder.number() < 0 ? errno : ENAMETOOLONG);
    text.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

descriptor folder_of(const std::filesystem::path& path)
{
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    return descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

// One line with a descriptor beside it. A socket that is new has room for it.
bool send_line(int to, const std::string& line, int beside)
{
    iovec bytes{const_cast<char*>(line.data()), line.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr message = {};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (beside >= 0) {
        message.msg_control = room.data();
        message.msg_controllen = room.size();
        cmsghdr* head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(head), &beside, sizeof(int));
    }
    return ::sendmsg(to, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
}

// Byte by byte, so that nothing of the link behind it is taken away. Negative: nothing came.
ssize_t receive_byte(int from, char& byte, descriptor& beside)
{
    iovec bytes{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr message = {};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    const ssize_t got = ::recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    const cmsghdr* head = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (head != nullptr && head->cmsg_type == SCM_RIGHTS && beside.number() < 0) {
        int number = -1;
        std::memcpy(&number, CMSG_DATA(head), sizeof number);
        beside = descriptor(number);
    }
    return got;
}

}  // namespace

bool may_join(std::uint32_t asks, std::uint32_t own)
{
    return asks == own || asks == 0;
}

struct join_socket::impl : std::enable_shared_from_this<join_socket::impl> {
    struct guest {
        explicit guest(protocol::socket one)
            : socket(std::move(one)),
              patience(socket.get_executor())
        {
        }
        protocol::socket socket;
        asio::steady_timer patience;
        std::string line;
    };

    impl(asio::io_context& loop, std::filesystem::path where, int gives, listener who)
        : path(std::move(where)),
          given(gives),
          to(std::move(who)),
          acceptor(loop),
          pause(loop)
    {
    }

    void accept();
    void admit(protocol::socket socket);
    void read(const std::shared_ptr<guest>& from);
    void answer(guest& to_whom);
    void refuse(guest& whom, const std::string& why);

    std::filesystem::path path;
    int given;
    listener to;
    protocol::acceptor acceptor;
    asio::steady_timer pause;
    std::size_t asking = 0;
    bool is_over = false;
};

void join_socket::impl::accept()
{
    acceptor.async_accept([weak = weak_from_this()](error_code failed, protocol::socket who) {
        const auto self = weak.lock();
        if (!self || self->is_over)
            return;
        if (!failed) {
            self->admit(std::move(who));
            return self->accept();
        }
        self->pause.expires_after(accept_pause);
        self->pause.async_wait([weak](error_code stopped) {
            if (const auto own = weak.lock(); own && !stopped && !own->is_over)
                own->accept();
        });
    });
}

void join_socket::impl::admit(protocol::socket socket)
{
    const auto who = std::make_shared<guest>(std::move(socket));
    ::fcntl(who->socket.native_handle(), F_SETFD, FD_CLOEXEC);
    error_code ignored;
    who->socket.non_blocking(true, ignored);
    ucred peer = {};
    socklen_t length = sizeof peer;
    if (::getsockopt(who->socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 ||
        !may_join(peer.uid, ::geteuid()))
        return refuse(*who, fmt::format("it is of the user {}, and this host is of {}; start it "
                                        "as that user",
                                        peer.uid, ::geteuid()));
    if (asking >= asking_max)
        return refuse(*who, "too many ask at once; try again");
    ++asking;
    who->patience.expires_after(asking_patience);
    who->patience.async_wait([weak = weak_from_this(), who](error_code stopped) {
        const auto self = weak.lock();
        if (stopped || !self || self->is_over || !who->socket.is_open())
            return;
        --self->asking;
        self->refuse(*who, "it said nothing for 5 s");
    });
    read(who);
}

void join_socket::impl::read(const std::shared_ptr<guest>& from)
{
    from->socket.async_wait(protocol::socket::wait_read, [weak = weak_from_this(),
                                                          from](error_code failed) {
        const auto self = weak.lock();
        if (!self || self->is_over || !from->socket.is_open())
            return;
        descriptor none(-1);
        char byte = 0;
        ssize_t got = -1;
        while (!failed && from->line.size() < line_max &&
               (got = receive_byte(from->socket.native_handle(), byte, none)) == 1 && byte != '\n')
            from->line += byte;
        const bool waits = !failed && got < 0 && (errno == EAGAIN || errno == EINTR);
        if (waits && from->line.size() < line_max)
            return self->read(from);
        --self->asking;
        from->patience.cancel();
        if (got != 1 || byte != '\n')
            return self->refuse(*from, "it did not say who it is");
        self->answer(*from);
    });
}

void join_socket::impl::answer(guest& whom)
{
    const std::string_view line = whom.line;
    const auto words = words_of(line);
    if (!line.starts_with(request) || words.size() != 3 || words[2].size() > key_bytes_max)
        return refuse(whom, "it does not ask as a collection does");
    if (words[1] != std::to_string(link::version))
        return refuse(whom, fmt::format("its link has another version than this host's, which is "
                                        "{}; start it from the executable of the host",
                                        link::version));
    const std::string key(words[2]);
    const auto as = to.asked(key);
    if (!as)
        return refuse(whom, as.error().detail);
    ucred peer = {};
    socklen_t length = sizeof peer;
    ::getsockopt(whom.socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &length);
    joined made;
    made.pid = peer.pid;
    if (peer.pid > 0)
        made.process = descriptor(static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0)));
    if (!send_line(whom.socket.native_handle(),
                   fmt::format("{}{} {}\n", welcome, as->name, as->epoch), given))
        return refuse(whom, "it does not listen");
    error_code ignored;
    made.link = descriptor(whom.socket.release(ignored));
    to.came(key, std::move(made));
}

void join_socket::impl::refuse(guest& whom, const std::string& why)
{
    send_line(whom.socket.native_handle(), std::string(refusal) + why + "\n", -1);
    error_code ignored;
    whom.socket.close(ignored);
    to.refused(why);
}

join_socket::join_socket(std::shared_ptr<impl> made) : impl_(std::move(made)) {}

join_socket::~join_socket()
{
    impl_->is_over = true;
    error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
    ::unlink(impl_->path.c_str());
}

result<std::unique_ptr<join_socket>> join_socket::listen(asio::io_context& loop,
                                                         const std::filesystem::path& path,
                                                         int given, listener to)
{
    const descriptor folder = folder_of(path);
    const auto address = address_of(path, folder);
    if (!address)
        return address.error();
    ::unlink(path.c_str());
    descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // The file that bind() makes gets the mode of the socket: it is never open to others.
    if (made.number() < 0 || ::fchmod(made.number(), 0600) != 0 ||
        ::bind(made.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
        ::listen(made.number(), SOMAXCONN) != 0)
        return failure(path, "making it", errno);
    auto own = std::make_shared<impl>(loop, path, given, std::move(to));
    error_code failed;
    own->acceptor.assign(protocol(), made.number(), failed);
    if (failed)
        return failure(path, "listening", failed.value());
    made.release();
    own->accept();
    return std::unique_ptr<join_socket>(new join_socket(std::move(own)));
}

result<joined_host> join_host(const std::filesystem::path& path, const std::string& key,
                              duration patience)
{
    const descriptor folder = folder_of(path);
    const auto address = address_of(path, folder);
    if (!address)
        return error{errc::unreachable, address.error().detail};
    joined_host made;
    descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
    const timeval most{us / 1'000'000, us % 1'000'000};
    ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) !=
        0)
        return error{errc::unreachable,
                     fmt::format("no host listens at {}: {}; is it mounted here, and does the host "
                                 "run?",
                                 path.string(), std::strerror(errno))};
    if (!send_line(socket.number(), fmt::format("{}{} {}\n", request, link::version, key), -1))
        return failure(path, "asking", errno);
    std::string line;
    char byte = 0;
    ssize_t got = 0;
    descriptor given(-1);
    while (line.size() < line_max && (got = receive_byte(socket.number(), byte, given)) == 1 &&
           byte != '\n')
        line += byte;
    if (line.starts_with(refusal))
        return error{errc::cancelled,
                     "the host does not let this collection in: " + line.substr(refusal.size())};
    if (got < 0)
        return error{errc::timed_out, fmt::format("the host at {} does not answer", path.string())};
    const auto words = words_of(line);
    if (byte != '\n' || !line.starts_with(welcome) || words.size() != 3)
        return error{errc::malformed, fmt::format("what listens at {} is no host", path.string())};
    std::uint64_t epoch = 0;
    for (const char digit : words[2])
        epoch = epoch * 10 + static_cast<std::uint64_t>(digit - '0');
    return joined_host{std::move(socket), std::move(given), {std::string(words[1]), epoch}};
}

}  // namespace tinfoil::net
