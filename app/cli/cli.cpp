#include "cli/cli.hpp"

#include "cli/account.hpp"
#include "cli/budget_command.hpp"
#include "cli/plugins_command.hpp"
#include "cli/plugins_new_command.hpp"
#include "cli/rest_command.hpp"
#include "cli/sandbox_command.hpp"
#include "cli/shards_command.hpp"
#include "cli/stage_command.hpp"
#include "cli/status_command.hpp"
#include "cli/stop_command.hpp"
#include "cli/surroundings.hpp"
#include "collection/probe.hpp"
#include "collection/process.hpp"
#include "host/config.hpp"
#include "host/daemon.hpp"
#include "net/clock.hpp"
#include "version.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

void add_run_flags(CLI::App& run, host::flags& given)
{
    run.add_flag("--sandbox", given.sandbox, "Run against a simulated Discord inside this process");
    run.add_option("--plugins", given.plugins,
                   "Folder of plugins (default: $XDG_DATA_HOME/tinfoil/plugins)");
    run.add_option("--state", given.state,
                   "Folder of the state file (default: below $XDG_STATE_HOME/tinfoil)");
    run.add_option("--shards", given.shards, "auto, or how many shards to run from now on");
    run.add_option("--collections", given.collections,
                   "How many processes share the shards (default: 1)");
    run.add_flag("--in-process", given.in_process,
                 "Run shards and plugins inside this process, for a debugger");
    run.add_flag("--end-sessions", given.end_sessions,
                 "End the sessions at the end, so that the next start identifies");
    run.add_option("--token-file", given.token_file,
                   "File with the bot token (default: DISCORD_TOKEN)");
    run.add_option("--api", given.api,
                   "Base URL of the API (default: https://discord.com/api/v10)");
    run.add_option("--ca-file", given.ca_file,
                   "PEM file of a certificate authority to trust as well");
    run.add_option("--config", given.config_file,
                   "Settings file (default: tinfoil.toml here or below XDG_CONFIG_HOME)");
    run.add_flag("--dev", given.dev,
                 "For authors: commands go to guilds (dev_guilds), where changes show at once, and "
                 "all that plugins log is shown");
    run.add_option("--for", given.run_for, "End after this time: 30s, 5m, 1h");
    run.add_option("--report", given.report, "Write a JSON summary of the run to this file");
    run.add_option("--seed", given.seed, "Seed of the sandbox: the same people do the same things");
}

int run(const host::flags& given)
{
    auto settings = host::make_config(given, variable);
    if (!settings)
        return fail(settings.error());
    account people(shows_colours(), net::now, [](const std::string& line) {
        fmt::print("{}\n", line);
        std::fflush(stdout);
    });
    if (given.dev)
        people.show_all_of_plugins();
    people.note(fmt::format("tinfoil {}; Ctrl-C ends it", version));
    if (auto ended = host::run(*settings, people); !ended)
        return fail(ended.error());
    people.note(given.end_sessions || given.sandbox ? "ended"
                                                    : "ended; the next start resumes its sessions");
    return EXIT_SUCCESS;
}

// `tinfoil sandbox say`, as far as it was understood.
std::string typed_commands(const CLI::App& app)
{
    std::string typed = "tinfoil";
    for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
        at = at->get_subcommands().front();
        typed += " " + at->get_name();
    }
    return typed;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app{"tinfoil runs Discord bots of any size", "tinfoil"};
    app.set_version_flag("--version", std::string(version));
    app.require_subcommand(1);
    host::flags given;
    CLI::App* run_command = app.add_subcommand("run", "Run the bot");
    add_run_flags(*run_command, given);
    status_flags status;
    CLI::App* status_command = app.add_subcommand("status", "Show the host that runs");
    add_status_flags(*status_command, status);
    shards_flags shards;
    CLI::App* shards_command = app.add_subcommand("shards", "Show shards, and change them while they serve");
    add_shards_flags(*shards_command, shards);
    plugins_flags plugins;
    CLI::App* plugins_command =
        app.add_subcommand("plugins", "Show plugins, and change them while the bot runs");
    add_plugins_commands(*plugins_command, plugins);
    budget_flags budget;
    CLI::App* budget_command = app.add_subcommand(
        "budget", "Show session starts: what is left, who spent them, who waits");
    add_budget_flags(*budget_command, budget);
    plugins_new_flags plugins_new;
    CLI::App* plugins_new_command = add_plugins_new(*plugins_command, plugins_new);
    stop_flags stop;
    CLI::App* stop_command = app.add_subcommand("stop", "End the host that runs");
    add_stop_flags(*stop_command, stop);
    rest_flags rest;
    CLI::App* rest_app = app.add_subcommand("rest", "Call Discord's API, by its own paths");
    add_rest_flags(*rest_app, rest);
    sandbox_flags sandbox;
    CLI::App* sandbox_command =
        app.add_subcommand("sandbox", "Serve a simulated Discord on this machine");
    add_sandbox_flags(*sandbox_command, sandbox);
    stage_flags stage;
    add_stage_commands(*sandbox_command, stage);
    // Started by tinfoil itself, so it is in no list.
    collection::process_arguments part;
    CLI::App* collection_command = app.add_subcommand("collection", "One collection")->group("");
    collection_command->add_option("--link", part.link)->required();
    collection_command->add_option("--name", part.name)->required();
    collection_command->add_option("--epoch", part.epoch)->required();
    collection_command->add_flag("--worker", part.worker);
    collection::probe_arguments probe;
    CLI::App* probe_command = app.add_subcommand("probe", "A look into a plugin")->group("");
    probe_command->add_option("--folder", probe.folder)->required();
    probe_command->add_option("--name", probe.name)->required();
    probe_command->add_option("--builds", probe.builds)->required();
    probe_command->add_option("--report", probe.report)->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return app.exit(asked);
    } catch (const CLI::ParseError& bad) {
        return fail({errc::invalid_argument,
                     fmt::format("{}\nwhat there is: {} --help", bad.what(), typed_commands(app))});
    }
    if (collection_command->parsed()) {
        const auto ended = collection::run_process(part);
        return ended ? EXIT_SUCCESS : fail(ended.error());
    }
    if (probe_command->parsed())
        return collection::run_probe(probe);
    if (status_command->parsed())
        return run_status(status);
    if (shards_command->parsed())
        return run_shards(shards);
    if (budget_command->parsed())
        return run_budget(*budget_command, budget);
    if (plugins_new_command->parsed())
        return run_plugins_new(plugins_new);
    if (plugins_command->parsed())
        return run_plugins(*plugins_command, plugins);
    if (stop_command->parsed())
        return run_stop(stop);
    if (rest_app->parsed())
        return run_rest(*rest_app, rest);
    if (sandbox_command->parsed()) {
        const int staged = run_stage(*sandbox_command, stage);
        return staged >= 0 ? staged : run_sandbox(sandbox);
    }
    return run(given);
}

}  // namespace tinfoil::cli
