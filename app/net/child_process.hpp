#pragma once

#include "base/error.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::net {

/// From now on neither this process nor any that it starts leaves its memory in a file when it
/// crashes; that can't be taken back.
void forbid_core_dumps();

/// A process that this one started. The loop's thread only.
class child_process {
public:
    struct how {
        std::string executable;
        std::vector<std::string> arguments;  ///< Without the name of the program.
        /// Given to it as descriptors 3, 4, ...; they stay open here.
        std::vector<int> descriptors;
        std::vector<std::string> withheld;  ///< Names of variables that it does not get.
        std::vector<std::string> added;     ///< `NAME=value`, beside or in place of its own.
    };
    /// `ended` is called once, never inside this call, with how it ended, for people:
    /// `exit code 1`, `killed by signal 9`.
    static result<std::unique_ptr<child_process>>
    start(boost::asio::io_context& loop, const how& what, std::function<void(std::string)> ended);
    virtual ~child_process() = default;  ///< Kills it if it lives, and waits for its end.

    [[nodiscard]] virtual int pid() const = 0;
    virtual void kill() = 0;
    /// Holds up the thread until it has ended, for so long at most. `ended` is still called.
    virtual void await_end(std::chrono::milliseconds most) = 0;
};

}  // namespace tinfoil::net
