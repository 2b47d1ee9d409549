#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "net/descriptor.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tinfoil::net {

/// Who a process is that was let in.
struct admission {
    std::string name;  ///< `NODE/NUMBER`.
    std::uint64_t epoch = 0;
};

/// Where processes that the host has not started itself ask for their link (share/doc/link.md): a
/// unix socket that only this user may open. The loop's thread only.
///
/// Each is known by the key that it brings. One of another user, of another version of the link,
/// or with a key that nobody expects is told why it is refused, and so is the owner. Bounds:
/// `asking_max` at once, `asking_patience` for each.
class join_socket {
public:
    static constexpr std::size_t asking_max = 64, key_bytes_max = 64;
    static constexpr duration asking_patience = std::chrono::seconds(5);

    struct joined {
        descriptor link{-1};
        descriptor process{-1};  ///< Can be read when it has ended; none where it can't be seen.
        std::int64_t pid = 0;    ///< 0: it can't be seen.
    };
    struct listener {
        /// Whether one with that key may come in, as whom; the error says why not.
        std::function<result<admission>(const std::string& key)> asked;
        /// It has been let in. Follows `asked` at once.
        std::function<void(const std::string& key, joined who)> came;
        std::function<void(const std::string& why)> refused;
    };
    /// Never called inside a method. `given`: a descriptor that each gets along, to hold while it
    /// lives; -1: none.
    static result<std::unique_ptr<join_socket>> listen(boost::asio::io_context& loop,
                                                       const std::filesystem::path& path, int given,
                                                       listener to);
    ~join_socket();  ///< Closes and removes it.

private:
    struct impl;
    explicit join_socket(std::shared_ptr<impl> made);
    std::shared_ptr<impl> impl_;
};

/// A process of the user `asks` may join a host of the user `own`.
[[nodiscard]] bool may_join(std::uint32_t asks, std::uint32_t own);

/// The other side.
struct joined_host {
    descriptor link{-1};
    descriptor given{-1};
    admission as;
};
/// Asks with that key; blocks for `patience` at most. errc::unreachable: nobody listens there;
/// errc::cancelled: it is refused, and why; errc::timed_out, errc::malformed.
result<joined_host> join_host(const std::filesystem::path& path, const std::string& key,
                              duration patience = std::chrono::seconds(10));

}  // namespace tinfoil::net
