#pragma once

#include "base/error.hpp"
#include "host/network_settings.hpp"
#include "host/peer.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tinfoil::host {

class network_plugin;

/// What creates the processes of collections, and ends them. The loop's thread only.
class network_manager {
public:
    struct surroundings {
        boost::asio::io_context& loop;
        std::filesystem::path run_folder;  ///< Of sockets and record files.
        int lock = -1;                     ///< A descriptor that each holds open while it lives.
        std::function<void(const std::string&)> warn;  ///< For people.
    };
    virtual ~network_manager() = default;

    /// Begins one. Its messages may be sent at once; they wait until it has a link. That it never
    /// gets one is for the caller to see, who ends it then. `executable`: what it is to run; the
    /// epoch of each is higher than all before.
    virtual result<std::unique_ptr<peer>>
    start(const peer::identity& who, const std::string& executable, peer::listener to) = 0;

    /// The host ends, so nothing begins any more: `then` is called once, maybe inside this call,
    /// when what was brought up has been brought down as far as that can be awaited.
    virtual void close(std::function<void()> then) { then(); }

    /// By fork and exec, on this machine.
    static std::unique_ptr<network_manager> local(surroundings around);
    /// By the operator's commands (share/doc/network-manager.md): each `up` is followed by one
    /// `down` when that process has ended or is to end, and the next `up` of the same number waits
    /// for it. Errors: the socket by which they join can't be made.
    static result<std::unique_ptr<network_manager>> exec(surroundings around, network_settings how);
    /// By a plugin, which outlives it. Errors as those of exec().
    static result<std::unique_ptr<network_manager>> plugin(surroundings around, network_plugin& by);
};

}  // namespace tinfoil::host
