#include "cli/cli.hpp"

#include "cli/budget_command.hpp"
#include "cli/completion_command.hpp"
#include "cli/config_command.hpp"
#include "cli/doctor_command.hpp"
#include "cli/load_command.hpp"
#include "cli/log_output.hpp"
#include "cli/logs_command.hpp"
#include "cli/manual.hpp"
#include "cli/mistyped.hpp"
#include "cli/plugins_command.hpp"
#include "cli/plugins_new_command.hpp"
#include "cli/rebalance_command.hpp"
#include "cli/rest_command.hpp"
#include "cli/restart_command.hpp"
#include "cli/sandbox_command.hpp"
#include "cli/shards_command.hpp"
#include "cli/stage_command.hpp"
#include "cli/status_command.hpp"
#include "cli/stop_command.hpp"
#include "cli/streams.hpp"
#include "cli/surroundings.hpp"
#include "cli/top_command.hpp"
#include "collection/probe.hpp"
#include "collection/process.hpp"
#include "host/build_facts.hpp"
#include "host/config.hpp"
#include "host/daemon.hpp"
#include "version.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <iostream>
#include <system_error>
#include <vector>

namespace tinfoil::cli {
namespace {

void add_run_flags(CLI::App& run, host::flags& given)
{
    run.add_flag("--sandbox", given.sandbox, "Run against a simulated Discord inside this process");
    add_setting_flags(run, given);
    run.add_flag("--in-process", given.in_process,
                 "Run shards and plugins inside this process, for a debugger");
    run.add_flag("--end-sessions", given.end_sessions,
                 "End the sessions at the end, so that the next start identifies");
    run.add_flag("--dev", given.dev,
                 "For authors: commands go to guilds (dev_guilds), where changes show at once, and "
                 "all that plugins log is shown");
    run.add_option("--for", given.run_for, "End after this time: 30s, 5m, 1h");
    run.add_option("--report", given.report, "Write a JSON summary of the run to this file")
        ->type_name("FILE");
    run.add_option("--log", given.log,
                   "How to tell what happens: auto, account, text, json, journal");
    run.add_option("--log-level", given.log_level,
                   "Least level that is written, for all or an area: warning, info,output=debug");
    run.add_option("--metrics", given.metrics,
                   "Serve metrics for Prometheus on this port of loopback, 0: a free one");
    run.add_option("--seed", given.seed, "Seed of the sandbox: the same people do the same things");
}

// A run of days is not to end with nothing to show for it.
result<void> check_report(const std::filesystem::path& file)
{
    if (file.empty())
        return {};
    std::error_code failed;
    const bool is_new = !std::filesystem::exists(file, failed);
    errno = 0;
    const bool is_open = std::ofstream(file, std::ios::app).is_open();
    const int why = errno;
    if (is_open && is_new)
        std::filesystem::remove(file, failed);
    if (is_open)
        return {};
    return error{errc::invalid_argument,
                 fmt::format("--report: {} can't be written: {}; does its folder exist, and may "
                             "this user write there?",
                             file.string(), std::strerror(why))};
}

int run(const host::flags& given)
{
    warn_of_variables();
    auto settings = host::make_config(given, variable);
    if (!settings)
        return fail(settings.error());
    if (const auto may = check_report(settings->report); !may)
        return fail(may.error());
    settings->read_again = [given] { return host::make_config(given, variable); };
    log_output output(settings->log, given.dev);
    const bool tells = settings->log_levels[static_cast<std::size_t>(host::log_area::host)] <=
                       host::log_level::info;
    if (tells)
        output.say(
            fmt::format("tinfoil {}{}", version,
                        settings->log == host::log_format::account ? "; Ctrl-C ends it" : ""));
    if (auto ended = host::run(*settings, output.people()); !ended)
        return fail(ended.error());
    if (tells)
        output.say(given.end_sessions || given.sandbox
                       ? "ended"
                       : "ended; the next start resumes its sessions");
    return EXIT_SUCCESS;
}

/// Every command with what was typed for it.
struct command_line {
    command_line();
    /// Does what was typed; the exit code.
    int obey();

    CLI::App app{"tinfoil runs Discord bots of any size", "tinfoil"};
    host::flags given;
    status_flags status;
    top_flags top;
    doctor_flags doctor;
    config_flags config;
    shards_flags shards;
    load_flags load, explained;
    rebalance_flags rebalance, drain;
    plugins_flags plugins;
    plugins_new_flags plugins_new;
    budget_flags budget;
    stop_flags stop;
    restart_flags restart;
    rest_flags rest;
    sandbox_flags sandbox;
    stage_flags stage;
    logs_flags logs;
    completion_flags completion;
    manual_flags manual;
    collection::process_arguments part;
    collection::probe_arguments probe;

private:
    CLI::App& add(const char* name, const char* means, std::function<int(CLI::App&)> run)
    {
        CLI::App* made = app.add_subcommand(name, means);
        runs.emplace_back(made, std::move(run));
        return *made;
    }
    void add_processes();

    std::vector<std::pair<CLI::App*, std::function<int(CLI::App&)>>> runs;
};

command_line::command_line()
{
    app.set_version_flag("--version", host::build_facts());
    app.require_subcommand(1);
    add_run_flags(add("run", "Run the bot", [this](CLI::App&) { return run(given); }), given);
    add_status_flags(
        add("status", "Show the host that runs", [this](CLI::App&) { return run_status(status); }),
        status);
    add_top_flags(add("top", "Watch shards, plugins, collections and REST buckets live",
                      [this](CLI::App&) { return run_top(top); }),
                  top);
    add_doctor_flags(add("doctor", "Look for what keeps the bot from running, and say what to do",
                         [this](CLI::App&) { return run_doctor(doctor); }),
                     doctor);
    add_config_flags(add("config", "Show every setting with where it comes from, or take them anew",
                         [this](CLI::App& typed) { return run_config(typed, config); }),
                     config);
    CLI::App& shards_command =
        add("shards", "Show shards, and change them while they serve", [this](CLI::App& typed) {
            return typed.got_subcommand("simulate-load") ? run_simulate_load(load)
                   : typed.got_subcommand("explain")     ? run_explain(explained)
                   : typed.got_subcommand("rebalance")   ? run_rebalance(rebalance)
                   : typed.got_subcommand("drain")       ? run_drain(drain)
                                                         : run_shards(shards);
        });
    add_shards_flags(shards_command, shards);
    add_simulate_load(shards_command, load);
    add_explain(shards_command, explained);
    add_rebalance(shards_command, rebalance);
    add_drain(shards_command, drain);
    CLI::App& plugins_command =
        add("plugins", "Show plugins, and change them while the bot runs", [this](CLI::App& typed) {
            return typed.got_subcommand("new") ? run_plugins_new(plugins_new)
                                               : run_plugins(typed, plugins);
        });
    add_plugins_commands(plugins_command, plugins);
    add_plugins_new(plugins_command, plugins_new);
    add_budget_flags(add("budget", "Show session starts: what is left, who spent them, who waits",
                         [this](CLI::App& typed) { return run_budget(typed, budget); }),
                     budget);
    add_stop_flags(
        add("stop", "End the host that runs", [this](CLI::App&) { return run_stop(stop); }), stop);
    add_restart_flags(add("restart",
                          "Restart the collections, one after the other, as a new executable",
                          [this](CLI::App&) { return run_restart(restart); }),
                      restart);
    add_rest_flags(add("rest", "Call Discord's API, by its own paths",
                       [this](CLI::App& typed) { return run_rest(typed, rest); }),
                   rest);
    CLI::App& sandbox_command =
        add("sandbox", "Serve a simulated Discord on this machine", [this](CLI::App& typed) {
            const int staged = run_stage(typed, stage);
            return staged >= 0 ? staged : run_sandbox(sandbox);
        });
    add_sandbox_flags(sandbox_command, sandbox);
    add_stage_commands(sandbox_command, stage);
    add_logs_commands(add("logs", "Show what the host that runs has logged",
                          [this](CLI::App& typed) { return run_logs(typed, logs); }),
                      logs);
    add_completion_flags(add("completion", "Print what makes a shell complete tinfoil's commands",
                             [this](CLI::App&) { return run_completion(app, completion); }),
                         completion);
    add_processes();
    check_numbers(app);
}

// Started by tinfoil itself, or by its package, so they are in no list.
void command_line::add_processes()
{
    CLI::App* manual_command = add("manual", "Write the man pages", [this](CLI::App&) {
                                   return run_manual(app, manual);
                               }).group("");
    add_manual_flags(*manual_command, manual);
    CLI::App& collection_command =
        add("collection", "Serve as a collection of a host that awaits one", [this](CLI::App&) {
            const auto ended = collection::run_process(part);
            return ended ? EXIT_SUCCESS : fail(ended.error());
        });
    CLI::Option* join =
        collection_command
            .add_option("--join", part.join,
                        "The host's socket, TINFOIL_SOCKET of an up command; TINFOIL_KEY says who "
                        "this is")
            ->type_name("SOCKET");
    // For those that tinfoil starts itself.
    for (CLI::Option* each :
         {collection_command.add_option("--link", part.link, "Its descriptor"),
          collection_command.add_option("--name", part.name, "NODE/NUMBER"),
          collection_command.add_option("--epoch", part.epoch, "Of the process"),
          collection_command.add_flag("--worker", part.worker, "For one plugin")})
        each->group("")->excludes(join);
    collection_command.callback([this] {
        if (part.join.empty() && part.link < 0)
            throw CLI::RequiredError("--join");
    });
    CLI::App* probe_command = add("probe", "A look into a plugin", [this](CLI::App&) {
                                  return collection::run_probe(probe);
                              }).group("");
    probe_command->add_option("--folder", probe.folder)->required();
    probe_command->add_option("--name", probe.name)->required();
    probe_command->add_option("--builds", probe.builds)->required();
    probe_command->add_option("--report", probe.report)->required();
}

int command_line::obey()
{
    for (const auto& [command, run] : runs)
        if (command->parsed())
            return run(*command);
    return EXIT_SUCCESS;
}

}  // namespace

void with_commands(const std::function<void(CLI::App&)>& look)
{
    command_line all;
    look(all.app);
}

int main(int argc, char** argv)
{
    hold_standard_streams();
    command_line all;
    int code = EXIT_SUCCESS;
    try {
        all.app.parse(argc, argv);
        code = all.obey();
    } catch (const CLI::Success& asked) {
        code = all.app.exit(asked);
        std::cout.flush();
    } catch (const CLI::ParseError& bad) {
        return fail({errc::invalid_argument,
                     explain(all.app, std::vector<std::string>(argv + 1, argv + argc), bad)});
    } catch (const std::system_error&) {
        // fmt throws where a full buffer can't be written.
        if (std::ferror(stdout) == 0)
            throw;
    }
    return finish_output(code);
}

}  // namespace tinfoil::cli
