#include "cli/mistyped.hpp"

#include "base/likely_meant.hpp"
#include "cli/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <regex>
#include <utility>

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

bool has_short_flag(const CLI::App& at, const std::string& letter)
{
    return at.get_option_no_throw("-" + letter) != nullptr;
}

struct finding {
    const CLI::App* at;
    std::string command = "tinfoil";  // As far as it was understood.
    std::optional<std::string> wrong;
};

bool takes_value(const CLI::Option& of)
{
    return of.get_items_expected_max() > 0;
}

// What is wrong with a word that begins as flags do; `is_value` is whether the next belongs to it.
std::optional<std::string> wrong_flag(const finding& by, const std::string& word, bool& is_value)
{
    if (word.starts_with("--")) {
        const std::string name = word.substr(0, word.find('='));
        const auto known = flags_of(*by.at);
        if (std::find(known.begin(), known.end(), name) == known.end())
            return fmt::format("{} has no flag {}{}", by.command, printable(name, word_width),
                               did_you_mean(name, known));
        is_value = word == name && takes_value(*by.at->get_option(name));
        return std::nullopt;
    }
    // `-fn5` is `-f -n 5`.
    for (std::size_t at = 1; at < word.size(); ++at) {
        const std::string letter = word.substr(at, 1);
        if (!has_short_flag(*by.at, letter))
            return fmt::format("{} has no flag -{}", by.command, printable(letter, word_width));
        if (takes_value(*by.at->get_option("-" + letter))) {
            is_value = at + 1 == word.size();
            break;
        }
    }
    return std::nullopt;
}

finding find_wrong_word(const CLI::App& app, const std::vector<std::string>& typed)
{
    finding made{&app, "tinfoil", std::nullopt};
    bool is_value = false;
    for (const std::string& word : typed) {
        if (std::exchange(is_value, false))
            continue;
        if (word == "--")
            break;
        const bool is_number = word.find_first_not_of("0123456789.", 1) == std::string::npos;
        if (word.size() > 1 && word.front() == '-' && (!is_number || !takes_words(*made.at))) {
            made.wrong = wrong_flag(made, word, is_value);
            if (made.wrong)
                return made;
        } else if (const CLI::App* below = command_of(*made.at, word)) {
            made.at = below;
            made.command += " " + word;
        } else if (!takes_words(*made.at) && !commands_below(*made.at).empty()) {
            made.wrong =
                fmt::format("{} has no command {}{}", made.command, printable(word, word_width),
                            did_you_mean(word, commands_below(*made.at)));
            return made;
        }
    }
    if (made.at->get_require_subcommand_min() != 0)
        made.wrong = fmt::format("{} what? There are {}", made.command,
                                 fmt::join(commands_below(*made.at), ", "));
    return made;
}

// `a whole number from 0 to 2000`: CLI11 writes a range behind the type.
std::string value_of(const CLI::Option& of)
{
    const std::string type = of.get_type_name();
    static const std::regex range(R"(in \[([0-9]+) - ([0-9]+)\])");
    std::smatch found;
    if (std::regex_search(type, found, range))
        return fmt::format("a whole number from {} to {}", found[1].str(), found[2].str());
    if (type.find("POSITIVE") != std::string::npos)
        return "a number above 0";
    if (type.starts_with("UINT"))
        return "a whole number from 0 to 18446744073709551615";
    if (type.starts_with("INT"))
        return "a whole number";
    return type.starts_with("FLOAT") ? "a number" : "";
}

const CLI::Option* option_named(const CLI::App& at, const std::string& name)
{
    const auto all = at.get_options();
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const CLI::Option* each) { return each->get_name() == name; });
    return found == all.end() ? nullptr : *found;
}

std::string in_brackets(const CLI::Option& of)
{
    return of.get_description().empty() ? "" : " (" + of.get_description() + ")";
}

// CLI11 tells what failed in words of its own, which begin with the option or end with it.
std::string in_words(const finding& by, const CLI::ParseError& bad)
{
    const std::string why = bad.what();
    std::smatch found;
    const auto named = [&](const char* pattern) -> const CLI::Option* {
        return std::regex_match(why, found, std::regex(pattern)) ? option_named(*by.at, found[1])
                                                                 : nullptr;
    };
    if (const auto* of = named("(.*) is required"))
        return fmt::format("{} needs {}{}", by.command, of->get_name(), in_brackets(*of));
    if (const auto* of = named("(.*): [0-9]+ required .* missing"))
        return fmt::format("{} needs a value{}", of->get_name(), in_brackets(*of));
    if (const auto* of = named("(.*): At Most ([0-9]+) required but received ([0-9]+)"))
        return fmt::format("{} takes {} {}, and {} are given", by.command, found[2].str(),
                           of->get_name(), found[3].str());
    if (const auto* of = named("(.*) excludes .*"))
        return fmt::format("{} and {} do not go together", of->get_name(),
                           why.substr(why.rfind(' ') + 1));
    const CLI::Option* of = named("Could not convert: (.*) = (.*)");
    if (of == nullptr)
        of = named("(.*): Value (.*) not in range .*");
    if (of != nullptr && !value_of(*of).empty())
        return fmt::format("{} takes {}, and \"{}\" is none{}", of->get_name(), value_of(*of),
                           printable(found[2].str(), word_width), in_brackets(*of));
    if (std::regex_match(why, found, std::regex("The following arguments? w.* expected: (.*)")))
        return fmt::format("{} has no place for {}", by.command,
                           printable(found[1].str(), word_width));
    return why;
}

void check_number(CLI::Option& of)
{
    const std::string type = of.get_type_name();
    const bool is_signed = type.starts_with("INT");
    if (!is_signed && !type.starts_with("UINT"))
        return;
    of.check(CLI::Validator(
        [is_signed](std::string& text) {
            std::uint64_t natural = 0;
            std::int64_t whole = 0;
            const char *begin = text.data(), *end = begin + text.size();
            const auto read = is_signed ? std::from_chars(begin, end, whole)
                                        : std::from_chars(begin, end, natural);
            const bool is_number = read.ec == std::errc{} && read.ptr == end;
            return is_number ? std::string() : "Value " + text + " not in range of its type";
        },
        std::string()));
}

}  // namespace

std::string explain(const CLI::App& app, const std::vector<std::string>& typed,
                    const CLI::ParseError& why)
{
    const finding found = find_wrong_word(app, typed);
    return fmt::format("{}\nwhat there is: {} --help",
                       found.wrong ? *found.wrong : in_words(found, why), found.command);
}

void check_numbers(CLI::App& of)
{
    for (CLI::Option* each : of.get_options())
        check_number(*each);
    for (CLI::App* each : of.get_subcommands({}))
        check_numbers(*each);
}

}  // namespace tinfoil::cli
