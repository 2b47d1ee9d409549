#include "cli/surroundings.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace tinfoil::cli {

std::optional<std::string> variable(const std::string& name)
{
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0')
        return std::nullopt;
    return value;
}

int fail(const error& why)
{
    fmt::print(stderr, "tinfoil: {}\n", why.detail);
    return exit_code(why.code);
}

bool is_terminal()
{
    return ::isatty(STDOUT_FILENO) == 1;
}

bool shows_colours()
{
    return is_terminal() && !variable("NO_COLOR");
}

void add_host_flags(CLI::App& command, host::flags& given)
{
    command.add_flag("--sandbox", given.sandbox, "The host that runs with --sandbox");
    command
        .add_option("--state", given.state,
                    "State folder of the host (default: that of tinfoil run)")
        ->type_name("FOLDER");
    command
        .add_option("--config", given.config_file,
                    "Settings file (default: tinfoil.toml here or below XDG_CONFIG_HOME)")
        ->type_name("FILE");
}

result<std::filesystem::path> state_of(const host::flags& given)
{
    return host::state_folder(given, variable);
}

}  // namespace tinfoil::cli
