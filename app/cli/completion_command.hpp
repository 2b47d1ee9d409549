#pragma once

#include "cli/command_tree.hpp"

#include <string>

namespace tinfoil::cli {

struct completion_flags {
    std::string shell;
};

/// `tinfoil completion bash|zsh|fish`.
void add_completion_flags(CLI::App& command, completion_flags& given);
int run_completion(const CLI::App& of, const completion_flags& given);

/// What the shell reads to complete commands, options and paths.
[[nodiscard]] std::string bash_completion(const command_page& of);
[[nodiscard]] std::string zsh_completion(const command_page& of);
[[nodiscard]] std::string fish_completion(const command_page& of);

}  // namespace tinfoil::cli
