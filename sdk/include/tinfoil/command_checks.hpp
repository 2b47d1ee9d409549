#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <tinfoil/command_info.hpp>

/// What is wrong with a table of commands, so that it does not compile: the compiler says that the
/// one of these that was called is no constant expression. Discord Docs/Application Commands.
namespace tinfoil::detail::wrong {

void the_name_of_a_slash_command_and_of_an_option_is_1_to_32_lower_case_letters_digits_dashes_or_underscores();
void the_name_of_a_command_in_a_menu_has_1_to_32_characters();
void a_description_of_a_command_or_an_option_has_1_to_100_characters();
void a_command_in_a_menu_has_no_description();
void a_command_in_a_menu_has_no_options();
void two_commands_of_a_type_have_the_same_name();
void there_are_more_than_100_slash_commands_or_15_of_a_menu();
void there_are_more_than_25_options();
void two_options_have_the_same_name();
void a_required_option_stands_behind_one_that_is_not_required();
void subcommands_stand_beside_other_options();
void a_subcommand_is_in_a_subcommand_or_a_group_is_in_a_group();
void a_group_holds_something_that_is_no_subcommand();
void a_group_holds_no_subcommand();
void only_a_subcommand_or_a_group_has_options();
void a_subcommand_is_never_required();
void only_text_and_numbers_have_choices_and_autocomplete();
void there_are_more_than_25_choices();
void the_name_of_a_choice_and_its_text_have_1_to_100_characters();
void two_choices_have_the_same_name();
void an_option_has_choices_and_autocomplete();
void only_numbers_have_min_value_and_max_value();
void min_value_is_greater_than_max_value_or_beyond_what_a_number_holds();
void min_value_and_max_value_of_an_integer_are_whole();
void only_a_text_has_min_length_and_max_length();
void min_length_is_0_to_6000_and_max_length_1_to_6000_and_not_less();
void only_a_channel_has_channel_types();
void a_translation_is_for_a_locale_that_discord_does_not_have();
void a_command_has_more_than_8000_characters();

}  // namespace tinfoil::detail::wrong

namespace tinfoil::detail {

// Code points.
constexpr std::size_t length_of(std::string_view text)
{
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
}

constexpr bool has_length(std::string_view text, std::size_t least, std::size_t most)
{
    return length_of(text) >= least && length_of(text) <= most;
}

// "Application Command Naming"; of other scripts than Latin only Discord knows what is a letter.
constexpr bool is_command_name(std::string_view text)
{
    return has_length(text, 1, 32) && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      c == '\'' || static_cast<unsigned char>(c) >= 0x80;
           });
}

inline constexpr std::string_view locales[] = {
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr",    "it", "lt",
    "hu", "nl", "no", "pl",    "pt-BR", "ro",    "fi",     "sv", "vi",    "tr", "cs",
    "el", "bg", "ru", "uk",    "hi",    "th",    "zh-CN",  "ja", "zh-TW", "ko"};

template <class List>
constexpr bool has_twins(const List& all)
{
    for (const auto& each : all)
        for (const auto& other : all)
            if (&each != &other && std::string_view(each.name) == other.name)
                return true;
    return false;
}

consteval void check_translations(std::initializer_list<translation> all, bool of_names,
                                  bool of_menu = false)
{
    for (const translation& each : all) {
        if (std::find(std::begin(locales), std::end(locales), each.locale) == std::end(locales))
            wrong::a_translation_is_for_a_locale_that_discord_does_not_have();
        if (of_names && of_menu && !has_length(each.text, 1, 32))
            wrong::the_name_of_a_command_in_a_menu_has_1_to_32_characters();
        if (of_names && !of_menu && !is_command_name(each.text))
            wrong::
                the_name_of_a_slash_command_and_of_an_option_is_1_to_32_lower_case_letters_digits_dashes_or_underscores();
        if (!of_names && !has_length(each.text, 1, 100))
            wrong::a_description_of_a_command_or_an_option_has_1_to_100_characters();
    }
}

consteval void check_choices(const command_option& of)
{
    const bool takes =
        of.type == option::text || of.type == option::integer || of.type == option::number;
    if (!takes && (of.choices.size() != 0 || of.autocomplete))
        wrong::only_text_and_numbers_have_choices_and_autocomplete();
    if (of.choices.size() != 0 && of.autocomplete)
        wrong::an_option_has_choices_and_autocomplete();
    if (of.choices.size() > 25)
        wrong::there_are_more_than_25_choices();
    if (has_twins(of.choices))
        wrong::two_choices_have_the_same_name();
    for (const choice& each : of.choices)
        if (!has_length(each.name, 1, 100) ||
            (of.type == option::text && !has_length(each.text, 1, 100)))
            wrong::the_name_of_a_choice_and_its_text_have_1_to_100_characters();
}

consteval void check_limits(const command_option& of)
{
    constexpr double most = 9007199254740992.0;  // 2^53
    const bool has_least = of.min_value == of.min_value, has_most = of.max_value == of.max_value;
    const bool is_number = of.type == option::integer || of.type == option::number;
    if (!is_number && (has_least || has_most))
        wrong::only_numbers_have_min_value_and_max_value();
    for (const double each : {of.min_value, of.max_value})
        if (each == each && (each > most || each < -most))
            wrong::min_value_is_greater_than_max_value_or_beyond_what_a_number_holds();
        else if (each == each && of.type == option::integer &&
                 each != static_cast<double>(static_cast<long long>(each)))
            wrong::min_value_and_max_value_of_an_integer_are_whole();
    if (has_least && has_most && of.min_value > of.max_value)
        wrong::min_value_is_greater_than_max_value_or_beyond_what_a_number_holds();
    if (of.type != option::text && (of.min_length != -1 || of.max_length != -1))
        wrong::only_a_text_has_min_length_and_max_length();
    if (of.min_length < -1 || of.min_length > 6000 || of.max_length < -1 || of.max_length == 0 ||
        of.max_length > 6000 || (of.max_length != -1 && of.min_length > of.max_length))
        wrong::min_length_is_0_to_6000_and_max_length_1_to_6000_and_not_less();
    if (of.type != option::channel && of.channel_types.size() != 0)
        wrong::only_a_channel_has_channel_types();
}

// How deep it lies: of a command, a group or a subcommand.
consteval void check_options(std::initializer_list<command_option> all, option within,
                             bool within_command)
{
    if (all.size() > 25)
        wrong::there_are_more_than_25_options();
    if (has_twins(all))
        wrong::two_options_have_the_same_name();
    bool was_optional = false;
    std::size_t commands = 0;
    for (const command_option& each : all) {
        const bool is_command = each.type == option::subcommand || each.type == option::group;
        commands += is_command ? 1 : 0;
        if (!is_command_name(each.name))
            wrong::
                the_name_of_a_slash_command_and_of_an_option_is_1_to_32_lower_case_letters_digits_dashes_or_underscores();
        if (!has_length(each.description, 1, 100))
            wrong::a_description_of_a_command_or_an_option_has_1_to_100_characters();
        if (is_command && each.required)
            wrong::a_subcommand_is_never_required();
        if (!is_command && each.required && was_optional)
            wrong::a_required_option_stands_behind_one_that_is_not_required();
        if (!is_command && each.options.size() != 0)
            wrong::only_a_subcommand_or_a_group_has_options();
        if (each.type == option::group && each.options.size() == 0)
            wrong::a_group_holds_no_subcommand();
        if (within == option::group && !within_command && each.type != option::subcommand)
            wrong::a_group_holds_something_that_is_no_subcommand();
        if (within == option::subcommand && is_command)
            wrong::a_subcommand_is_in_a_subcommand_or_a_group_is_in_a_group();
        was_optional = was_optional || !each.required;
        check_translations(each.name_localizations, true);
        check_translations(each.description_localizations, false);
        check_choices(each);
        check_limits(each);
        if (is_command)
            check_options(each.options, each.type, false);
    }
    if (commands != 0 && commands != all.size())
        wrong::subcommands_stand_beside_other_options();
}

// "Application Command Object": of translations only the longest counts.
constexpr std::size_t longest(std::string_view text, std::initializer_list<translation> all)
{
    std::size_t most = length_of(text);
    for (const translation& each : all)
        most = std::max(most, length_of(each.text));
    return most;
}

constexpr std::size_t size_of(std::initializer_list<command_option> all)
{
    std::size_t size = 0;
    for (const command_option& each : all) {
        size += longest(each.name, each.name_localizations) +
                longest(each.description, each.description_localizations) + size_of(each.options);
        for (const choice& one : each.choices)
            size += longest(one.name, one.name_localizations) + length_of(one.text);
    }
    return size;
}

consteval void check_command(const command_info& of)
{
    const bool is_menu = of.type != command_type::chat;
    if (is_menu && !has_length(of.name, 1, 32))
        wrong::the_name_of_a_command_in_a_menu_has_1_to_32_characters();
    if (!is_menu && !is_command_name(of.name))
        wrong::
            the_name_of_a_slash_command_and_of_an_option_is_1_to_32_lower_case_letters_digits_dashes_or_underscores();
    if (is_menu && (*of.description != 0 || of.description_localizations.size() != 0))
        wrong::a_command_in_a_menu_has_no_description();
    if (!is_menu && !has_length(of.description, 1, 100))
        wrong::a_description_of_a_command_or_an_option_has_1_to_100_characters();
    if (is_menu && of.options.size() != 0)
        wrong::a_command_in_a_menu_has_no_options();
    check_translations(of.name_localizations, true, is_menu);
    check_translations(of.description_localizations, false);
    check_options(of.options, option::group, true);
    if (longest(of.name, of.name_localizations) +
            longest(of.description, of.description_localizations) + size_of(of.options) >
        8000)
        wrong::a_command_has_more_than_8000_characters();
}

consteval void check_commands(std::initializer_list<command_info> all)
{
    std::size_t of_type[4] = {};
    for (const command_info& each : all) {
        check_command(each);
        ++of_type[static_cast<int>(each.type)];
        for (const command_info& other : all)
            if (&each != &other && each.type == other.type &&
                std::string_view(each.name) == other.name)
                wrong::two_commands_of_a_type_have_the_same_name();
    }
    if (of_type[1] > 100 || of_type[2] > 15 || of_type[3] > 15)
        wrong::there_are_more_than_100_slash_commands_or_15_of_a_menu();
}

}  // namespace tinfoil::detail
