#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tinfoil::net {

/// Passes on what the kernel tells of the files of a folder: a hint that something has happened to
/// a name, often more than once, and nothing on file systems of other machines. The loop's thread
/// only.
class folder_watcher {
public:
    struct listener {
        std::function<void(const std::string& name)> stirred;
        std::function<void()> lost;  ///< More has happened than was told.
    };
    folder_watcher(boost::asio::io_context& loop, std::filesystem::path folder, listener to);

    /// Begins, and begins anew when the folder was replaced by another; harmless as often as you
    /// like. False: there is nothing to watch, or the kernel has no watches left.
    bool watch();

private:
    void read();
    void take(std::size_t size);

    std::filesystem::path folder_;
    listener to_;
    boost::asio::posix::stream_descriptor kernel_;
    int watch_ = -1;
    alignas(8) std::array<char, 16384> buffer_{};
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace tinfoil::net
