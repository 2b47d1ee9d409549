#pragma once

#include "cli/command_tree.hpp"

#include <string>

namespace tinfoil::cli {

struct manual_flags {
    std::string folder;
};

/// `tinfoil manual --folder DIR`, which packaging calls: a page for each command.
void add_manual_flags(CLI::App& command, manual_flags& given);
int run_manual(const CLI::App& of, const manual_flags& given);

/// A page of section 1, as man(7) has it.
[[nodiscard]] std::string manual_page(const command_page& of);

}  // namespace tinfoil::cli
