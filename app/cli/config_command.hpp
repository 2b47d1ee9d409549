#pragma once

#include "cli/table.hpp"
#include "host/effective_settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct config_flags {
    host::flags given;
    bool json = false;
    bool running = false;  ///< Those of the host that runs.
};

/// `tinfoil config`: every setting with where it comes from; `tinfoil config reload` has the host
/// take what can change while it runs.
void add_config_flags(CLI::App& command, config_flags& given);
/// Prints it; the exit code.
int run_config(const CLI::App& command, const config_flags& given);

[[nodiscard]] std::string settings_table(const std::vector<host::effective_setting>& all,
                                         const sheet& on);
/// An answer of `POST /v1/config/reload`, a line for each setting.
[[nodiscard]] std::string changes_text(std::string_view answer, const sheet& on);

}  // namespace tinfoil::cli
