#pragma once

#include "cli/shards_change_command.hpp"
#include "cli/shards_history_command.hpp"
#include "host/config.hpp"
#include "host/status.hpp"
#include "host/status_json.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct shards_flags {
    host::flags where;
    bool json = false;
    std::string wake;  ///< A slot, or `all`; empty: list.
    shards_change_flags change;
    shards_history_flags history;
};

/// `tinfoil shards list`: the shards of the host that runs, or, when none does, those that its
/// state file remembers; `tinfoil shards wake SLOT|all`; and what changes shards. Adds all of it to
/// the command.
void add_shards_flags(CLI::App& command, shards_flags& given);
/// Prints them; the exit code.
int run_shards(const shards_flags& given);

/// The table, with a line end.
[[nodiscard]] std::string shards_table(const std::vector<host::shard_status>& all,
                                       host::shards_source from, bool colours);

}  // namespace tinfoil::cli
