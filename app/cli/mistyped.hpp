#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace tinfoil::cli {

/// A sentence about arguments that could not be parsed: which word is wrong and what was probably
/// meant, or else what `why` comes to, and the command that lists what there is. `typed` is without
/// the program's name.
[[nodiscard]] std::string explain(const CLI::App& app, const std::vector<std::string>& typed,
                                  const CLI::ParseError& why);

/// Has every option that is a whole number, of all commands, refuse what is none, negative where it
/// can't be, or too large; CLI11 itself takes -3 for 18446744073709551613.
void check_numbers(CLI::App& of);

}  // namespace tinfoil::cli
