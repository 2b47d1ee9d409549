#pragma once

#include "cli/table.hpp"
#include "host/config.hpp"
#include "host/rebalance_json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct rebalance_flags {
    host::flags where;
    std::optional<std::uint32_t> collections, max_moves;
    std::string drained;  ///< A collection, as typed.
    bool keep_plan = false, undo = false;
    bool dry_run = false, yes = false, no_wait = false, json = false;
    bool cancel = false, status = false;
};

/// `tinfoil shards rebalance`: even load over collections, by an operator's wish. The command it
/// made.
CLI::App* add_rebalance(CLI::App& shards, rebalance_flags& given);
/// The exit code: 11 for one that is refused or fails, 130 when Ctrl-C left it going.
int run_rebalance(const rebalance_flags& given);

/// `tinfoil shards drain COLLECTION`: all shards of one collection to the others. The command it
/// made.
CLI::App* add_drain(CLI::App& shards, rebalance_flags& given);
int run_drain(const rebalance_flags& given);

/// The plan with what it costs; `steps_max` of its steps. Ends with a line end.
[[nodiscard]] std::string plan_text(const host::rebalance_quote& of, std::size_t steps_max,
                                    const sheet& on);
/// Why the errand of that number can't be followed to its end: the host is at another one by now.
/// Empty: it is that one.
[[nodiscard]] std::string superseded(const host::errand_view& now, std::uint64_t errand);
/// Each step, and what became of all. Ends with a line end.
[[nodiscard]] std::string errand_text(const host::errand_view& of, const sheet& on);
/// `2 of 5 steps are done; now: moves 3/16 from 0 to 2`, for those who wait.
[[nodiscard]] std::string errand_line(const host::errand_view& of);

}  // namespace tinfoil::cli
