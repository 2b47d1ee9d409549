#pragma once

#include "cli/table.hpp"
#include "host/config.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct budget_flags {
    host::flags where;
    bool json = false;
    std::optional<int> plan;
    std::optional<std::string> slot;
};

/// `tinfoil budget`: what is left of Discord's session starts, who spent them, who waits, and what
/// a number of IDENTIFYs would leave; of the host that runs, or of its state file. `tinfoil budget
/// release` lets shards that wait spend the reserve. Adds `release` to the command.
void add_budget_flags(CLI::App& command, budget_flags& given);
/// Prints it; the exit code.
int run_budget(const CLI::App& command, const budget_flags& given);

/// The screen for an answer of `GET /v1/budget`, with a line end.
[[nodiscard]] std::string budget_screen(const boost::json::value& answer, const sheet& on);

}  // namespace tinfoil::cli
