#include "cli/mistyped.hpp"

#include "base/likely_meant.hpp"
#include "cli/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace tinfoil::cli {
namespace {

constexpr std::size_t word_width = 60;

const CLI::App* command_of(const CLI::App& at, const std::string& word)
{
    for (const CLI::App* each : at.get_subcommands({}))
        if (each->get_name() == word)
            return each;
    return nullptr;
}

// What is for people only: the rest tinfoil starts itself.
std::vector<std::string> commands_below(const CLI::App& at)
{
    std::vector<std::string> all;
    for (const CLI::App* each : at.get_subcommands({}))
        if (!each->get_group().empty())
            all.push_back(each->get_name());
    return all;
}

std::vector<std::string> flags_of(const CLI::App& at)
{
    std::vector<std::string> all;
    for (const CLI::Option* each : at.get_options())
        for (const std::string& name : each->get_lnames())
            all.push_back("--" + name);
    return all;
}

bool takes_words(const CLI::App& at)
{
    const auto options = at.get_options();
    return std::any_of(options.begin(), options.end(),
                       [](const CLI::Option* each) { return each->get_positional(); });
}

struct finding {
    std::string command = "tinfoil";  // As far as it was understood.
    std::optional<std::string> wrong;
};

finding find_wrong_word(const CLI::App& app, const std::vector<std::string>& typed)
{
    finding made;
    const CLI::App* at = &app;
    bool is_value = false;
    for (const std::string& word : typed) {
        if (std::exchange(is_value, false))
            continue;
        if (word == "--")
            break;
        if (word.starts_with("--")) {
            const std::string name = word.substr(0, word.find('='));
            const auto known = flags_of(*at);
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                made.wrong = fmt::format("{} has no flag {}{}", made.command,
                                         printable(name, word_width), did_you_mean(name, known));
                return made;
            }
            is_value = word == name && at->get_option(name)->get_items_expected_max() > 0;
        } else if (const CLI::App* below = command_of(*at, word)) {
            at = below;
            made.command += " " + word;
        } else if (!takes_words(*at) && !commands_below(*at).empty()) {
            made.wrong =
                fmt::format("{} has no command {}{}", made.command, printable(word, word_width),
                            did_you_mean(word, commands_below(*at)));
            return made;
        }
    }
    if (at->get_require_subcommand_min() != 0)
        made.wrong = fmt::format("{} what? There are {}", made.command,
                                 fmt::join(commands_below(*at), ", "));
    return made;
}

}  // namespace

std::string explain(const CLI::App& app, const std::vector<std::string>& typed,
                    const std::string& why)
{
    const finding found = find_wrong_word(app, typed);
    return fmt::format("{}\nwhat there is: {} --help", found.wrong.value_or(why), found.command);
}

}  // namespace tinfoil::cli
