#pragma once

#include "base/error.hpp"
#include "net/control_message.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tinfoil::net {

/// HTTP/1.1 on the unix socket `control.sock` of a folder, for processes of the same user and of
/// root; share/doc/control-api.md describes it. The loop's thread only.
///
/// What is sent leaves at once as far as the other side has room, so an answer or event that is
/// followed by the end of the process arrives all the same.
class control_server {
public:
    /// Called on the loop.
    struct listener {
        /// The reply may come during the call or later; a second one does nothing.
        std::function<void(control_request, control_reply)> asked;
        /// At each tick while there is an event stream.
        std::function<void()> tick;
    };

    /// Replaces the socket of a host that ended by force: only for the process that holds the lock
    /// of the folder. The folder's path may be of any length. Fails with errc::io.
    static result<std::unique_ptr<control_server>> listen(boost::asio::io_context& loop,
                                                          const std::filesystem::path& folder,
                                                          listener to, control_bounds within = {});
    /// The same on a TCP port, for everybody who reaches that address: for what may be read by all.
    /// `address` is an address of loopback; port 0 takes a free one. Fails with errc::io.
    static result<std::unique_ptr<control_server>> listen_on(boost::asio::io_context& loop,
                                                             const std::string& address,
                                                             std::uint16_t port, listener to,
                                                             control_bounds within = {});
    /// Where it listens; 0 for a socket of a folder.
    [[nodiscard]] std::uint16_t port() const;

    /// Stops listening and closes all connections; nobody is called afterwards.
    ~control_server();
    control_server(const control_server&) = delete;
    control_server& operator=(const control_server&) = delete;

    /// To every event stream. One whose reader is too slow gets `lost` in its place and ends.
    void publish(std::string_view name, std::string_view json);

    /// Removes the socket and takes no more connections; those that are there stay, so that event
    /// streams can tell the end. Call it before the lock of the folder is given up.
    void stop_listening();

private:
    struct impl;
    explicit control_server(std::shared_ptr<impl> made);

    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
