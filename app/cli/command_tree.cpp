#include "cli/command_tree.hpp"

#include <CLI/CLI.hpp>

namespace tinfoil::cli {
namespace {

command_option option_of(const CLI::Option& from)
{
    command_option made;
    made.help = from.get_description();
    made.is_required = from.get_required();
    made.is_argument = from.get_lnames().empty() && from.get_snames().empty();
    if (made.is_argument)
        made.names.push_back(from.get_name());
    for (const std::string& each : from.get_snames())
        made.names.push_back("-" + each);
    for (const std::string& each : from.get_lnames())
        made.names.push_back("--" + each);
    // A flag takes nothing, the one of the help among them.
    if (from.get_items_expected_max() > 0) {
        made.value = from.get_type_name().empty() ? "VALUE" : from.get_type_name();
        // A range stands behind it, as CLI11 prints it.
        made.value = made.value.substr(0, made.value.find_first_of(":{ "));
    }
    made.takes_many = from.get_items_expected_max() > 1;
    return made;
}

command_page page_of(const CLI::App& from, std::vector<std::string> path)
{
    command_page made;
    made.path = std::move(path);
    made.about = from.get_description();
    for (const CLI::Option* each : from.get_options())
        if (!each->get_group().empty())
            made.options.push_back(option_of(*each));
    for (const CLI::App* each :
         from.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
        auto below = made.path;
        below.push_back(each->get_name());
        made.commands.push_back(page_of(*each, std::move(below)));
    }
    return made;
}

}  // namespace

std::string command_page::name(char between) const
{
    std::string made;
    for (const std::string& each : path)
        made += (made.empty() ? "" : std::string(1, between)) + each;
    return made;
}

command_page command_tree(const CLI::App& of)
{
    return page_of(of, {of.get_name()});
}

std::vector<const command_page*> all_pages(const command_page& of)
{
    std::vector<const command_page*> all{&of};
    for (const command_page& each : of.commands) {
        const auto below = all_pages(each);
        all.insert(all.end(), below.begin(), below.end());
    }
    return all;
}

}  // namespace tinfoil::cli
