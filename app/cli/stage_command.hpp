#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// What was typed behind `tinfoil sandbox say`, `call`, `watch`, `fault` or `verdict`.
struct stage_flags {
    std::string info;  ///< Empty: of the sandbox that was started last.
    std::string guild, channel, text, as, target, completes;
    std::vector<std::string> parameters;
    bool json = false;
};

/// Adds them below `tinfoil sandbox`.
void add_stage_commands(CLI::App& sandbox, stage_flags& given);

/// Runs the one that was typed; the exit code, or -1 when it was none of them.
int run_stage(const CLI::App& sandbox, const stage_flags& given);

/// Where a sandbox is described that was not told another file.
[[nodiscard]] std::string usual_info();

}  // namespace tinfoil::cli
