#pragma once

#include "scaling/record.hpp"
#include "scaling/rehearsal.hpp"

#include <optional>
#include <string>

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
};

/// `tinfoil shards simulate-load FILE|--curve NAME`: what the scaler would do on a load curve; it
/// needs no host. The command it made.
CLI::App* add_simulate_load(CLI::App& shards, load_flags& given);
/// Prints it; the exit code.
int run_simulate_load(const load_flags& given);

/// `tinfoil shards explain FILE`: stored decisions, each with its inputs, made again. The command
/// it made.
CLI::App* add_explain(CLI::App& shards, load_flags& given);
int run_explain(const load_flags& given);

/// What a rehearsal came to, as a table with a line end. `all`: with what was refused.
[[nodiscard]] std::string rehearsal_screen(const scaling::rehearsal& of, bool all, bool colours);
/// The same as lines of JSON, one a decision (scaling::to_line(), with `at_s`), and a last one with
/// the sums.
[[nodiscard]] std::string rehearsal_json(const scaling::rehearsal& of);
/// A decision with what it was made of.
[[nodiscard]] std::string explanation(const scaling::replayed& of, bool colours);

}  // namespace tinfoil::cli
