#pragma once

#include "dispatch/charge.hpp"
#include "link/message.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace tinfoil::collection {

/// The other end of an `isolated`: a collection without shards that runs a single plugin, and whose
/// host is the collection that gave it the plugin.
///
/// Threads: the loop's only.
class worker {
public:
    /// As of collection: `send` takes a message to the host, `guard` is called once, before any
    /// code of a plugin runs.
    worker(boost::asio::io_context& loop, std::function<void(link::message)> send,
           std::function<void(dispatch::charge&, duration hung)> guard);
    ~worker();

    void on(link::message what);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tinfoil::collection
