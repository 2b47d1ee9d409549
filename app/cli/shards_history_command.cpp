#include "cli/shards_history_command.hpp"

#include "cli/operation_text.hpp"
#include "cli/surroundings.hpp"
#include "host/operations_control.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {

void add_shards_history(CLI::App& shards, host::flags& where, shards_history_flags& given)
{
    const auto add = [&](const char* name, const char* what) {
        CLI::App* made = shards.add_subcommand(name, what);
        add_host_flags(*made, where);
        made->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
        made->callback([&given, name] { given.typed = name; });
        return made;
    };
    add("history", "What became of operations on shards, and whether each was exact")
        ->add_option("--last", given.last, "How many (default: 20)")
        ->check(CLI::Range(std::size_t{1}, host::operations_control::history_max));
    add("operations", "The operations on shards that run and wait");
}

int run_shards_history(const std::filesystem::path& state, const shards_history_flags& given)
{
    const auto answer =
        net::control_client(state).call("GET", fmt::format("/v1/operations?last={}", given.last));
    if (!answer)
        return fail(answer.error());
    if (given.json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    const std::int64_t now = net::wall_clock_ms();
    const auto all = host::parse_operations(answer->json, now);
    if (!all)
        return fail(all.error());
    fmt::print("{}", given.typed == "history" ? history_text(all->past, now, shows_colours())
                                              : operations_text(*all, now, shows_colours()));
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
