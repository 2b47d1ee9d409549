#pragma once

#include "cli/table.hpp"
#include "host/config.hpp"
#include "host/status.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct status_flags {
    host::flags where;
    bool json = false;
};

/// `tinfoil status`: one screen about the host that runs.
void add_status_flags(CLI::App& command, status_flags& given);
/// Prints it; the exit code.
int run_status(const status_flags& given);

/// The screen, with a line end. `now_ms`: since 1970.
[[nodiscard]] std::string status_screen(const host::status& what,
                                        const std::filesystem::path& state, std::int64_t now_ms,
                                        const sheet& on);

/// `14 ready, 2 resuming`, the best news first; `none` when there are none.
[[nodiscard]] std::string shard_summary(const std::map<gateway::state, std::size_t>& counts,
                                        const sheet& on);

}  // namespace tinfoil::cli
