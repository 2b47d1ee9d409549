#pragma once

#include "cli/table.hpp"
#include "host/config.hpp"
#include "host/plugin_shelf.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct plugins_flags {
    host::flags where;
    bool json = false;
    std::vector<std::string> names;
    std::string file;  ///< To inspect.
};

/// `tinfoil plugins list | reload | rollback | load | unload | enable | disable | inspect`.
void add_plugins_commands(CLI::App& command, plugins_flags& given);
/// Does what was asked for; the exit code.
int run_plugins(const CLI::App& command, const plugins_flags& given);

/// The table, with a line end.
[[nodiscard]] std::string plugins_table(const std::vector<host::plugin_line>& all, const sheet& on);
/// What became of orders, grouped by outcome, those that failed last.
[[nodiscard]] std::string answers_text(const std::vector<host::plugin_answer>& all,
                                       const sheet& on);

}  // namespace tinfoil::cli
