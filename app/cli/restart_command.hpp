#pragma once

#include "cli/table.hpp"
#include "host/config.hpp"
#include "host/restart_control.hpp"

#include <cstddef>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct restart_flags {
    host::flags where;
    bool dry_run = false, yes = false, no_wait = false, json = false;
    bool cancel = false, status = false;
};

/// `tinfoil restart`: restarts the collections of the host that runs, one after the other, as the
/// executable that is on the disk now.
void add_restart_flags(CLI::App& command, restart_flags& given);
/// The exit code: 11 for one that is refused or stopped at a collection, 130 when Ctrl-C left it
/// going.
int run_restart(const restart_flags& given);

/// What it would be. Ends with a line end.
[[nodiscard]] std::string restart_quote_text(const host::restart_quote& of, const sheet& on);
/// Each collection, and what became of all. Ends with a line end.
[[nodiscard]] std::string restart_text(const host::restart_progress& of, const sheet& on);
/// `2 of 4 collections are back; collection 3: resuming 5/16 shards`, for those who wait.
[[nodiscard]] std::string restart_line(const host::restart_progress& of);

}  // namespace tinfoil::cli
