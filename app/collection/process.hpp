#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>

namespace tinfoil::collection {

/// How the host starts a collection's process, and a collection that of a worker.
struct process_arguments {
    bool worker = false;
    int link = -1;     ///< Descriptor of the link.
    std::string name;  ///< `NODE/NUMBER`, and of a worker `/PLUGIN`.
    std::uint64_t epoch = 0;
    std::string join;  ///< In place of all that: the socket by which it asks a host for its link.
};

/// A collection or a worker as a process of its own: serves the link until the host says stop. When
/// the link breaks the process ends at once, with everything in its record file: it never goes on
/// alone. It ignores the terminal's and the service manager's signals, which are the host's to
/// answer.
///
/// One that joins is not the child of its host, so those signals are for it; `TINFOIL_KEY` of its
/// environment says who it is. Errors are those of net::join_host.
result<void> run_process(const process_arguments& how);

}  // namespace tinfoil::collection
