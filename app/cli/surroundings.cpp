#include "cli/surroundings.hpp"

#include "cli/streams.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/ioctl.h>
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

bool is_error_terminal()
{
    return ::isatty(STDERR_FILENO) == 1;
}

bool shows_colours()
{
    return is_terminal() && is_able_terminal() && !variable("NO_COLOR");
}

sheet output_sheet()
{
    std::size_t width = 0;
    if (const auto given = variable("COLUMNS")) {
        const auto [end, failed] =
            std::from_chars(given->data(), given->data() + given->size(), width);
        if (failed != std::errc{} || end != given->data() + given->size())
            width = 0;
    }
    winsize size{};
    if (width == 0 && is_terminal() && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    return {shows_colours(), width == 0 ? sheet::endless : width};
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

void add_setting_flags(CLI::App& command, host::flags& given)
{
    command
        .add_option("--plugins", given.plugins,
                    "Folder of plugins (default: $XDG_DATA_HOME/tinfoil/plugins)")
        ->type_name("FOLDER");
    command
        .add_option("--state", given.state,
                    "Folder of the state file (default: below $XDG_STATE_HOME/tinfoil)")
        ->type_name("FOLDER");
    command.add_option("--shards", given.shards, "auto, or how many shards to run from now on");
    command.add_option("--collections", given.collections,
                       "How many processes share the shards (default: 1)");
    command
        .add_option("--token-file", given.token_file,
                    "File with the bot token (default: DISCORD_TOKEN)")
        ->type_name("FILE");
    command.add_option("--api", given.api,
                       "Base URL of the API (default: https://discord.com/api/v10)");
    command
        .add_option("--ca-file", given.ca_file,
                    "PEM file of a certificate authority to trust as well")
        ->type_name("FILE");
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
