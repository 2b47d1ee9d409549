#include "cli/config_command.hpp"

#include "cli/fields.hpp"
#include "cli/streams.hpp"
#include "cli/surroundings.hpp"
#include "cli/text.hpp"
#include "net/control_client.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t text_width = 200;

std::string shown(const std::string& value)
{
    return value.empty() ? "-" : printable(value, text_width);
}

std::vector<host::effective_setting> read_settings(const std::string& answer)
{
    json::error_code failed;
    const json::value whole = json::parse(answer, failed);
    std::vector<host::effective_setting> all;
    for (const json::value& each : list(whole, "settings"))
        all.push_back({text(each, "key"), text(each, "value"), text(each, "from")});
    return all;
}

int show_running(const config_flags& given)
{
    const auto state = state_of(given.given);
    if (!state)
        return fail(state.error());
    const auto answer = net::control_client(*state).call("GET", "/v1/config");
    if (!answer)
        return fail(answer.error());
    if (given.json)
        fmt::print("{}\n", answer->json);
    else
        fmt::print("{}", settings_table(read_settings(answer->json), output_sheet()));
    return EXIT_SUCCESS;
}

int reload(const config_flags& given)
{
    const auto state = state_of(given.given);
    if (!state)
        return fail(state.error());
    const auto answer = net::control_client(*state).call("POST", "/v1/config/reload", "{}");
    if (!answer)
        return fail(answer.error());
    if (given.json)
        fmt::print("{}\n", answer->json);
    else
        fmt::print("{}", changes_text(answer->json, output_sheet()));
    return EXIT_SUCCESS;
}

}  // namespace

std::string settings_table(const std::vector<host::effective_setting>& all, const sheet& on)
{
    std::vector<std::vector<cell>> rows;
    for (const host::effective_setting& each : all)
        rows.push_back({{printable(each.key, text_width)},
                        {shown(each.value)},
                        {printable(each.from, text_width),
                         each.from == "default" ? colour::dim : colour::plain}});
    return table({{"setting"}, {"value"}, {"from"}}, rows, on);
}

std::string changes_text(std::string_view answer, const sheet& on)
{
    json::error_code failed;
    const json::value whole = json::parse({answer.data(), answer.size()}, failed);
    const json::array& all = list(whole, "changed");
    if (all.empty())
        return "every setting is what it was\n";
    std::vector<std::vector<cell>> rows;
    for (const json::value& each : all) {
        const std::string when = text(each, "takes_effect");
        rows.push_back({{text(each, "key")},
                        {shown(text(each, "before"))},
                        {shown(text(each, "after"))},
                        when == "now" ? cell{"now", colour::green}
                        : when == "next_process"
                            ? cell{"with each collection's next start", colour::yellow}
                            : cell{"with the next start of tinfoil run", colour::yellow}});
    }
    return table({{"setting"}, {"before"}, {"after"}, {"takes effect"}}, rows, on);
}

void add_config_flags(CLI::App& command, config_flags& given)
{
    command.require_subcommand(0, 1);
    command.add_flag("--sandbox", given.given.sandbox, "As tinfoil run --sandbox has them");
    add_setting_flags(command, given.given);
    command.add_flag("--running", given.running, "Those of the host that runs");
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
    CLI::App* again = command.add_subcommand(
        "reload", "Have the host that runs read file and environment again; SIGHUP does it, too");
    add_host_flags(*again, given.given);
    again->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_config(const CLI::App& command, const config_flags& given)
{
    if (command.got_subcommand("reload"))
        return reload(given);
    if (given.running)
        return show_running(given);
    warn_of_variables();
    const auto all = host::effective_settings(given.given, variable);
    if (!all)
        return fail(all.error());
    if (given.json)
        fmt::print("{}\n", host::settings_json(*all));
    else
        fmt::print("{}", settings_table(*all, output_sheet()));
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
