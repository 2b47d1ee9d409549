#pragma once

#include "sandbox/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// What was typed after `tinfoil sandbox`.
struct sandbox_flags {
    std::string listen = "127.0.0.1:0";
    bool plain = false, smooth = false, mix = false, day_curve = false, bursts = false;
    std::string info, log, report;
    std::optional<std::string> rate, run_for;
    std::optional<double> zipf;
    std::uint64_t seed = 1;
    std::string scenario;
    std::vector<std::string> faults;
    std::optional<int> guilds, people, shards, max_concurrency;
    std::size_t replay_events = discordsim::settings{}.replay_events;
};

void add_sandbox_flags(CLI::App& command, sandbox_flags& given);

/// An invalid_argument that names the flag when one can't be used.
[[nodiscard]] result<sandbox::run_settings> sandbox_settings(const sandbox_flags& given);

/// Serves a simulated Discord until it is ended; the exit code of share/doc/exit-codes.md.
int run_sandbox(const sandbox_flags& given);

}  // namespace tinfoil::cli
