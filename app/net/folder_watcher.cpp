#include "net/folder_watcher.hpp"

#include <boost/asio/buffer.hpp>

#include <cstring>
#include <sys/inotify.h>
#include <vector>

namespace tinfoil::net {
namespace {

// A hard link is only created, and some writers only touch what they left as it was.
constexpr std::uint32_t interesting = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB |
                                      IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF |
                                      IN_ONLYDIR;

}  // namespace

folder_watcher::folder_watcher(boost::asio::io_context& loop, std::filesystem::path folder,
                               listener to)
    : folder_(std::move(folder)),
      to_(std::move(to)),
      kernel_(loop)
{
    if (const int opened = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC); opened >= 0) {
        kernel_.assign(opened);
        read();
    }
}

bool folder_watcher::watch()
{
    if (!kernel_.is_open())
        return false;
    // The same folder keeps its number; another one under the name gets a new one.
    const int made = ::inotify_add_watch(kernel_.native_handle(), folder_.c_str(), interesting);
    if (watch_ >= 0 && made != watch_)
        ::inotify_rm_watch(kernel_.native_handle(), watch_);
    watch_ = made;
    return made >= 0;
}

void folder_watcher::read()
{
    kernel_.async_read_some(
        boost::asio::buffer(buffer_),
        [this, alive = std::weak_ptr(alive_)](boost::system::error_code failed, std::size_t size) {
            if (failed || alive.expired())
                return;
            take(size);
            if (!alive.expired())
                read();
        });
}

void folder_watcher::take(std::size_t size)
{
    std::vector<std::string> names;
    bool lost = false;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
        inotify_event head{};
        std::memcpy(&head, buffer_.data() + at, sizeof head);
        if ((head.mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0)
            lost = true;
        else if (head.len > 0)
            names.emplace_back(buffer_.data() + at + sizeof head);
        at += sizeof head + head.len;
    }
    const auto alive = std::weak_ptr(alive_);
    for (const std::string& name : names)
        if (!alive.expired())
            to_.stirred(name);
    if (lost && !alive.expired())
        to_.lost();
}

}  // namespace tinfoil::net
