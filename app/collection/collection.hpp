#pragma once

#include "dispatch/charge.hpp"
#include "link/message.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace tinfoil::collection {

/// Holds shards and runs plugins, on one loop. It does what its host's messages say and tells its
/// host what happens (share/doc/link.md); it decides nothing about the plan and never identifies
/// without a turn. Its flight recorder is a file that outlives it.
///
/// Threads: the loop's only.
class collection {
public:
    struct surroundings {
        std::string name = "collection";  ///< `NODE/NUMBER`, for processes of its own.
        std::string executable = "/proc/self/exe";
        /// Is called once, before any code of a plugin runs: see last_words. May be empty.
        std::function<void(dispatch::charge&, duration hung)> guard;
    };
    /// `send` takes a message to the host; it is called on the loop, also from inside on().
    collection(boost::asio::io_context& loop, std::function<void(link::message)> send,
               surroundings with);
    ~collection();  ///< Cuts what is still open; what is unfinished stays so in the record.

    /// A message of the host. Those that make no sense now, such as a second `welcome`, are
    /// dropped.
    void on(link::message what);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tinfoil::collection
