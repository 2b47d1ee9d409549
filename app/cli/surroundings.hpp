#pragma once

#include "base/error.hpp"
#include "cli/table.hpp"
#include "host/config.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// A variable of the environment; nothing when it is unset or empty.
[[nodiscard]] std::optional<std::string> variable(const std::string& name);

/// Prints the error to stderr; the exit code to end with.
int fail(const error& why);

/// stdout is a terminal.
[[nodiscard]] bool is_terminal();
/// stderr is.
[[nodiscard]] bool is_error_terminal();
/// stdout is a terminal, and nobody set NO_COLOR.
[[nodiscard]] bool shows_colours();
/// As wide as COLUMNS says, or else the terminal; endless for files and pipes, which nobody wants
/// to have anything cut off.
[[nodiscard]] sheet output_sheet();

/// The flags that say which host is meant, by the rules of `tinfoil run`.
void add_host_flags(CLI::App& command, host::flags& given);
/// The flags that are settings as well: those of `tinfoil run` that say what it runs with.
void add_setting_flags(CLI::App& command, host::flags& given);
[[nodiscard]] result<std::filesystem::path> state_of(const host::flags& given);

}  // namespace tinfoil::cli
