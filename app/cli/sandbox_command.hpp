#pragma once

#include "sandbox/run.hpp"
#include "sandbox/wishes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// What was typed after `tinfoil sandbox`.
struct sandbox_flags : sandbox::wishes {
    std::string listen = "127.0.0.1:0";
    bool plain = false, smooth = false;
    std::string info, log, report;
    std::optional<std::string> run_for;
    std::uint64_t seed = 1;
    std::string scenario;
    std::vector<std::string> faults;
};

void add_sandbox_flags(CLI::App& command, sandbox_flags& given);

/// An invalid_argument that names the flag when one can't be used.
[[nodiscard]] result<sandbox::run_settings> sandbox_settings(const sandbox_flags& given);

/// Serves a simulated Discord until it is ended; the exit code of share/doc/exit-codes.md.
int run_sandbox(const sandbox_flags& given);

}  // namespace tinfoil::cli
