#pragma once

#include "base/error.hpp"
#include "link/message.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tinfoil::host {

/// A collection as its host sees it: something that takes messages, sends messages, and ends. The
/// loop's thread only; a listener is never called inside a method.
class peer {
public:
    struct identity {
        std::string node;  ///< The host's.
        std::uint32_t number = 0;
        std::uint64_t epoch = 0;
    };
    struct listener {
        std::function<void(link::message)> got;
        std::function<void(std::string how)> ended;  ///< The last call.
    };
    virtual ~peer() = default;  ///< Ends it by force; the listener is not called afterwards.

    virtual void send(link::message what) = 0;
    virtual void kill() = 0;
    /// 0 when it has no process of its own.
    [[nodiscard]] virtual std::int64_t pid() const = 0;

    /// Inside this process, on this loop: it can't be killed and ends with its owner only.
    /// `executable`: of its workers.
    static std::unique_ptr<peer> local(boost::asio::io_context& loop, const std::string& executable,
                                       listener to);
    /// A process of its own: `executable collection ...`. `lock`: a descriptor that it holds open
    /// for as long as it lives; -1: none.
    static result<std::unique_ptr<peer>> process(boost::asio::io_context& loop,
                                                 const std::string& executable, int lock,
                                                 const identity& who, listener to);
};

}  // namespace tinfoil::host
