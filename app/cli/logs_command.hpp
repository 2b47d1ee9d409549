#pragma once

#include "host/config.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct logs_flags {
    host::flags where;
    bool follow = false, json = false;
    std::size_t lines = 100;
    std::optional<std::string> area, level;
    // Of `logs level`.
    std::string level_area, new_level;
};

/// `tinfoil logs`: the last lines of the host that runs, and which of them it writes.
void add_logs_commands(CLI::App& command, logs_flags& given);
/// The exit code: 4 when no host runs.
int run_logs(const CLI::App& command, const logs_flags& given);

}  // namespace tinfoil::cli
