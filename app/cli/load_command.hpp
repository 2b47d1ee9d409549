#pragma once

#include "cli/table.hpp"
#include "host/config.hpp"
#include "host/rebalance_target.hpp"
#include "scaling/record.hpp"
#include "scaling/rehearsal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct load_flags {
    std::string file;  ///< A load curve, or stored decisions.
    std::string curve;
    std::uint64_t seed = 1;
    bool all = false;
    bool json = false;
    host::flags where;                    ///< Of the host, for decisions without a file.
    std::optional<std::uint64_t> number;  ///< Of a decision.
    bool list = false;
};

/// `tinfoil shards simulate-load FILE|--curve NAME`: what the scaler would do on a load curve; it
/// needs no host. The command it made.
CLI::App* add_simulate_load(CLI::App& shards, load_flags& given);
/// Prints it; the exit code.
int run_simulate_load(const load_flags& given);

/// `tinfoil shards explain [FILE]`: decisions of a file or of the host that runs, each with its
/// inputs, made again. The command it made.
CLI::App* add_explain(CLI::App& shards, load_flags& given);
int run_explain(const load_flags& given);

/// What a rehearsal came to, as a table with a line end. `all`: with what was refused.
[[nodiscard]] std::string rehearsal_screen(const scaling::rehearsal& of, bool all, const sheet& on);
/// The same as lines of JSON, one a decision (scaling::to_line(), with `at_s`), and a last one with
/// the sums.
[[nodiscard]] std::string rehearsal_json(const scaling::rehearsal& of);
/// A line for each. Ends with a line end.
[[nodiscard]] std::string decisions_table(const std::vector<host::decision_view>& all,
                                          std::int64_t wall_ms, const sheet& on);
/// A decision with what it was made of.
[[nodiscard]] std::string explanation(const scaling::replayed& of, const sheet& on);

}  // namespace tinfoil::cli
