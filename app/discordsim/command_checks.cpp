#include "discordsim/command_checks.hpp"

#include "discordsim/options.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

constexpr std::int64_t name_max = 32, description_max = 100, size_max = 8000;
// "Application Command Option Choice Structure".
constexpr std::int64_t choice_text_max = 100;
constexpr std::int64_t option_type_max = option_type::attachment;
constexpr std::int64_t command_type_max = 4;

std::string below(const std::string& where, std::string_view name)
{
    return (where.empty() ? where : where + ".") + std::string(name);
}

std::string item(const std::string& where, std::string_view list, std::size_t at)
{
    return below(where, list) + "." + std::to_string(at);
}

// The code point that `left` begins with, taken away from it; bodies are well-formed UTF-8.
char32_t next_code_point(std::string_view& left)
{
    const auto first = static_cast<unsigned char>(left.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t made = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t at = 1; at < std::min(size, left.size()); ++at)
        made = made << 6 | (static_cast<unsigned char>(left[at]) & 0x3FU);
    left.remove_prefix(std::min(size, left.size()));
    return made;
}

// "Application Command Naming": letters and digits of any script, `-`, `_` and `'`, and lower case
// where there is one. Of other scripts what is no letter is known only where people would use it.
bool may_be_in_name(char32_t each)
{
    if (each < 0x80)
        return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '-' ||
               each == '_' || each == '\'';
    constexpr std::array<std::pair<char32_t, char32_t>, 9> refused{{{0x80, 0xA9},
                                                                    {0xAB, 0xB1},
                                                                    {0xC0, 0xDE},
                                                                    {0xF7, 0xF7},
                                                                    {0x391, 0x3A9},
                                                                    {0x400, 0x42F},
                                                                    {0x2000, 0x206F},
                                                                    {0x2600, 0x27BF},
                                                                    {0x1F300, 0x1FAFF}}};
    return std::none_of(refused.begin(), refused.end(), [&](const auto& range) {
        return each >= range.first && each <= range.second;
    });
}

bool is_name(std::string_view text)
{
    if (text.empty() || length_of(text) > name_max)
        return false;
    while (!text.empty())
        if (!may_be_in_name(next_code_point(text)))
            return false;
    return true;
}

// -1 for what is no number; `usual` without one.
std::int64_t type_of(const json::object& of, std::int64_t usual)
{
    const auto* found = of.if_contains("type");
    if (found == nullptr || found->is_null())
        return usual;
    json::error_code failed;
    const json::value written =
        found->is_string() ? json::parse(found->get_string(), failed) : *found;
    const auto type = failed ? -1 : written.to_number<std::int64_t>(failed);
    return failed ? -1 : type;
}

// "Localization": of several only the longest counts.
std::int64_t longest(const json::object& of, std::string_view key)
{
    std::int64_t most = length_of(text_of(of, key));
    const auto* all = of.if_contains(std::string(key) + "_localizations");
    if (all != nullptr && all->is_object())
        for (const auto& each : all->get_object())
            if (each.value().is_string())
                most = std::max(most, length_of(each.value().get_string()));
    return most;
}

class checker {
public:
    explicit checker(form_errors& wrong) : wrong_(wrong) {}

    void chat(const json::object& command, const std::string& where)
    {
        names(command, where);
        if (text_of(command, "description").empty())
            wrong_.add(below(where, "description"), "BASE_TYPE_REQUIRED", "This field is required");
        options(command, where, option_type::group);
        if (size_of(command) > size_max)
            wrong_.add(where, "APPLICATION_COMMAND_TOO_LARGE",
                       "Command exceeds maximum size (8000)");
    }
    void menu(const json::object& command, const std::string& where)
    {
        if (!text_of(command, "description").empty())
            wrong_.add(below(where, "description"),
                       "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
                       "Context menu commands cannot have description");
        without_options(command, where);
    }
    void without_options(const json::object& command, const std::string& where)
    {
        if (!list_of(command, "options").empty())
            wrong_.add(below(where, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID",
                       "Context menu commands cannot have options");
    }

private:
    void names(const json::object& of, const std::string& where)
    {
        const auto is_wrong = [&](std::string_view name, const std::string& at) {
            if (!is_name(name))
                wrong_.add(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        };
        is_wrong(text_of(of, "name"), below(where, "name"));
        translations(of, below(where, "name_localizations"), is_wrong);
        translations(of, below(where, "description_localizations"),
                     [&](std::string_view text, const std::string& at) {
                         if (text.empty() || length_of(text) > description_max)
                             wrong_.add(at, "BASE_TYPE_BAD_LENGTH",
                                        "Must be between 1 and 100 in length.");
                     });
    }
    template <class Check>
    void translations(const json::object& of, const std::string& where, const Check& check)
    {
        const auto dot = where.rfind('.');
        const auto* all = of.if_contains(where.substr(dot == where.npos ? 0 : dot + 1));
        if (all == nullptr || !all->is_object())
            return;
        for (const auto& each : all->get_object())
            if (each.value().is_string())
                check(std::string_view(each.value().get_string()),
                      where + "." + std::string(each.key()));
    }
    // `deepest` is the kind of subcommand that may be here: a group, one in a group, or none.
    void options(const json::object& of, const std::string& where, std::int64_t deepest)
    {
        const json::array& all = list_of(of, "options");
        std::set<std::string> seen;
        bool was_optional = false, has_values = false, has_subcommands = false;
        for (std::size_t at = 0; at < all.size(); ++at) {
            const json::object& each = object_of(all[at]);
            const std::string place = item(where, "options", at);
            const std::int64_t type = type_of(each, 0);
            names(each, place);
            if (!seen.insert(text_of(each, "name")).second)
                wrong_.add(below(place, "name"), "APPLICATION_COMMAND_OPTIONS_DUPLICATE_NAME",
                           "Option names must be unique");
            (is_subcommand(type) ? has_subcommands : has_values) = true;
            if (flag_of(each, "required") && was_optional)
                wrong_.add(place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                           "Required options must be placed before non-required options");
            was_optional = was_optional || !flag_of(each, "required");
            option(each, type, place, deepest);
        }
        if (has_values && (has_subcommands || deepest == option_type::subcommand))
            wrong_.add(below(where, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                       "Sub-command and sub-command group option types are mutually exclusive to "
                       "all other types");
    }
    void option(const json::object& each, std::int64_t type, const std::string& place,
                std::int64_t deepest)
    {
        if (type < 1 || type > option_type_max)
            return wrong_.add(below(place, "type"), "BASE_TYPE_CHOICES",
                              "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.");
        if (is_subcommand(type) && type > deepest)
            return wrong_.add(below(place, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                              "Sub-commands and sub-command groups can't be nested here");
        if (is_subcommand(type))
            return options(each, place, type - 1);
        if (!list_of(each, "options").empty())
            wrong_.add(below(place, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                       "Only sub-commands and sub-command groups have options");
        choices(each, type, place);
    }
    // "Application Command Option Structure": of text and numbers, and not beside autocomplete.
    void choices(const json::object& of, std::int64_t type, const std::string& where)
    {
        const json::array& all = list_of(of, "choices");
        const bool takes = type == option_type::string || type == option_type::integer ||
                           type == option_type::number;
        if (!takes && (!all.empty() || flag_of(of, "autocomplete")))
            wrong_.add(where, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                       "Only text and numbers have choices and autocomplete");
        if (!all.empty() && flag_of(of, "autocomplete"))
            wrong_.add(where, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
                       "An option with choices can't have autocomplete");
        std::set<std::string> seen;
        for (std::size_t at = 0; takes && at < all.size(); ++at) {
            const json::object& each = object_of(all[at]);
            const std::string place = item(where, "choices", at);
            if (!seen.insert(text_of(each, "name")).second)
                wrong_.add(below(place, "name"), "APPLICATION_COMMAND_OPTIONS_DUPLICATE_CHOICE",
                           "Choice names must be unique");
            if (const auto* value = each.if_contains("value"); value != nullptr)
                choice(*value, type, below(place, "value"));
        }
    }
    void choice(const json::value& value, std::int64_t type, const std::string& where)
    {
        if (type == option_type::string) {
            if (value.is_string() && length_of(value.get_string()) > choice_text_max)
                wrong_.add(where, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.");
            return;
        }
        json::error_code failed;
        const json::value number =
            value.is_string() ? json::parse(value.get_string(), failed) : value;
        const bool is_whole = number.is_int64() || number.is_uint64();
        if (failed || !number.is_number() || (type == option_type::integer && !is_whole))
            wrong_.add(where, "NUMBER_TYPE_COERCE",
                       "Value \"" + text_of(json::object{{"value", value}}, "value") +
                           "\" is not " + (type == option_type::integer ? "int." : "number."));
    }
    // "Application Command Object": names, descriptions and values together.
    static std::int64_t size_of(const json::object& of)
    {
        std::int64_t size =
            longest(of, "name") + longest(of, "description") + length_of(text_of(of, "value"));
        for (const char* key : {"options", "choices"})
            for (const auto& each : list_of(of, key))
                size += size_of(object_of(each));
        return size;
    }

    form_errors& wrong_;
};

}  // namespace

void check_command(const json::object& command, const std::string& where, form_errors& wrong)
{
    checker look(wrong);
    const std::int64_t type = type_of(command, command_type::chat);
    if (type < 1 || type > command_type_max)
        return wrong.add(below(where, "type"), "BASE_TYPE_CHOICES",
                         "Value must be one of {1, 2, 3, 4}.");
    if (type == command_type::chat)
        look.chat(command, where);
    else if (type == command_type::user || type == command_type::message)
        look.menu(command, where);
    else
        look.without_options(command, where);
}

}  // namespace tinfoil::discordsim
