// What people who try a bot out fill in: something that fits, and not always everything.
#include "discordsim/calls.hpp"
#include "discordsim/form_errors.hpp"
#include "discordsim/options.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

constexpr std::array words{"Hello {user}, come in!", "{user} is here, put the kettle on",
                           "Good to see you, {user}"};
constexpr std::int64_t usual_numbers = 100;
// Whatever a bot registers as a limit.
constexpr std::int64_t number_most = 1LL << 53, length_most = 6000;

std::int64_t limit(const json::object& option, const char* key, std::int64_t otherwise)
{
    const auto* found = option.if_contains(key);
    return found != nullptr && found->is_int64()
               ? std::clamp(found->get_int64(), -number_most, number_most)
               : otherwise;
}

std::string any_number(const json::object& option, random_source& random)
{
    const std::int64_t least = limit(option, "min_value", 0);
    const std::int64_t most = limit(option, "max_value", least + usual_numbers - 1);
    const auto drawn =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(usual_numbers)));
    return std::to_string(most < least ? most : least + drawn % (most - least + 1));
}

std::string any_text(const json::object& option, random_source& random)
{
    std::string text = words[random.below(words.size())];
    const std::int64_t least = std::min(number_of(option, "min_length"), length_most);
    const std::int64_t most = number_of(option, "max_length");
    while (length_of(text) < least)
        text += "!";
    if (most > 0 && length_of(text) > most)
        text.resize(static_cast<std::size_t>(most));
    return text;
}

std::string any_channel(const call_place& at, const json::object& option, random_source& random)
{
    const json::array& types = list_of(option, "channel_types");
    std::vector<std::string> all;
    for (const channel& each : at.of.channels)
        if (types.empty() || std::any_of(types.begin(), types.end(),
                                         [&](const json::value& one) { return one == each.type; }))
            all.push_back(to_string(each.id));
    return all.empty() ? "" : all[random.below(all.size())];
}

std::string any_value(const call_place& at, const json::object& option, random_source& random)
{
    if (const auto& choices = list_of(option, "choices"); !choices.empty())
        return text_of(object_of(choices[random.below(choices.size())]), "name");
    switch (number_of(option, "type")) {
    case option_type::string:
        return any_text(option, random);
    case option_type::integer:
    case option_type::number:
        return any_number(option, random);
    case option_type::boolean:
        return random.below(2) == 0 ? "true" : "false";
    case option_type::channel:
        return any_channel(at, option, random);
    case option_type::role:
        return to_string(at.of.roles[random.below(at.of.roles.size())].id);
    case option_type::attachment:
        return "notes.txt";
    default:
        return at.of.people.empty() ? to_string(at.all.bot.id)
                                    : to_string(at.of.people[random.below(at.of.people.size())].id);
    }
}

}  // namespace

wanted_call make_up_call(const call_place& at, const json::object& command, random_source& random)
{
    wanted_call made;
    made.command = text_of(command, "name");
    if (type_of_command(command) == command_type::user && !at.of.people.empty())
        made.target = to_string(at.of.people[random.below(at.of.people.size())].id);
    if (type_of_command(command) != command_type::chat)
        return made;
    const json::object* level = &command;
    for (;;) {
        const json::array& all = list_of(*level, "options");
        if (all.empty() || !is_subcommand(number_of(object_of(all.front()), "type")))
            break;
        level = &object_of(all[random.below(all.size())]);
        made.command += " " + text_of(*level, "name");
    }
    for (const auto& each : list_of(*level, "options")) {
        const json::object& option = object_of(each);
        if (!flag_of(option, "required") && random.below(2) == 0)
            continue;
        made.options[text_of(option, "name")] = any_value(at, option, random);
    }
    return made;
}

}  // namespace tinfoil::discordsim
