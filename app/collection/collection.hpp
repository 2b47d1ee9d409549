#pragma once

#include "link/message.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace tinfoil::collection {

/// Holds shards and runs plugins, on one loop. It does what its host's messages say and tells its
/// host what happens (share/doc/link.md); it decides nothing about the plan and never identifies
/// without a turn. Its flight recorder is a file that outlives it.
///
/// Threads: the loop's only.
class collection {
public:
    /// `send` takes a message to the host; it is called on the loop, also from inside on().
    collection(boost::asio::io_context& loop, std::function<void(link::message)> send);
    ~collection();  ///< Cuts what is still open; what is unfinished stays so in the record.

    /// A message of the host. Those that make no sense now, such as a second `welcome`, are
    /// dropped.
    void on(link::message what);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tinfoil::collection
