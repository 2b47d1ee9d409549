#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// An option or an argument of a command, as its help has it.
struct command_option {
    std::vector<std::string> names;  ///< `-f`, `--follow`; of an argument its name alone.
    std::string value;  ///< What it takes: `TEXT`, `FILE`, `FOLDER`; empty: it is a flag.
    std::string help;
    bool is_argument = false;
    bool is_required = false;
    bool takes_many = false;
};

/// A command that people can call. Pure data: manual pages and completions are made of it.
struct command_page {
    std::vector<std::string> path;  ///< `tinfoil`, `plugins`, `reload`.
    std::string about;
    std::vector<command_option> options;
    std::vector<command_page> commands;

    [[nodiscard]] std::string name(char between = ' ') const;
};

/// Hidden commands and options are left out; each command has its `--help`.
[[nodiscard]] command_page command_tree(const CLI::App& of);

/// Of the tree, in order: each before its own commands.
[[nodiscard]] std::vector<const command_page*> all_pages(const command_page& of);

}  // namespace tinfoil::cli
