#pragma once

#include "base/error.hpp"
#include "link/message.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tinfoil::collection {

/// A process that runs one plugin alone (`collection --worker`), and the link to it. The loop's
/// thread only.
class worker_process {
public:
    struct how {
        std::string executable;   ///< Whose `collection --worker` command is a worker.
        std::string owner;        ///< Who sends: a node, or a collection of it.
        std::string name;         ///< What it is called itself.
        std::uint64_t epoch = 0;  ///< What comes with another one is not from it.
    };
    /// Neither is called inside a method, both may destroy it. A worker whose link is lost is
    /// killed, so its end follows.
    struct listener {
        std::function<void(link::message)> got;
        std::function<void(const std::string& how)> ended;  ///< For people: `exit code 1`.
    };
    static result<std::unique_ptr<worker_process>> start(boost::asio::io_context& loop,
                                                         const how& what, listener to);
    ~worker_process();  ///< Kills it if it lives; the listener is not called afterwards.

    [[nodiscard]] int pid() const;
    void send(link::message what);
    void kill();
    /// Closes the link, which it sees, and holds up the thread until it has ended, for so long at
    /// most.
    void close(std::chrono::milliseconds patience);

private:
    struct impl;
    explicit worker_process(std::shared_ptr<impl> made) : impl_(std::move(made)) {}

    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::collection
