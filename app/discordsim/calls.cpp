// What people fill in for a command, checked as Discord's own client checks it.
#include "discordsim/calls.hpp"

#include "discordsim/form_errors.hpp"
#include "discordsim/options.hpp"
#include "discordsim/permissions.hpp"

#include <algorithm>
#include <span>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

std::string names_of(const json::array& options)
{
    std::string all;
    for (const auto& each : options)
        all += (all.empty() ? "" : ", ") + text_of(object_of(each), "name");
    return all.empty() ? "none" : all;
}

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto space = std::min(text.find(' '), text.size());
        if (space != 0)
            words.emplace_back(text.substr(0, space));
        text.remove_prefix(std::min(space + 1, text.size()));
    }
    return words;
}

bool is_name_of(const person& who, const std::string& text)
{
    const std::string id = to_string(who.id);
    return text == who.name || text == "@" + who.name || text == id || text == "<@" + id + ">" ||
           text == "<@!" + id + ">";
}

/// Fills in one command.
class filler {
public:
    filler(const call_place& at, const json::object& command, const wanted_call& wanted)
        : at_(at),
          wanted_(wanted),
          shown_((type_of_command(command) == command_type::chat ? "/" : "") +
                 text_of(command, "name"))
    {
    }

    // "Subcommands and Subcommand Groups": what is filled in lies below their names.
    result<json::array> options_below(const json::object& level, std::span<const std::string> words)
    {
        const json::array& all = list_of(level, "options");
        const bool has_subcommands =
            !all.empty() && is_subcommand(number_of(object_of(all.front()), "type"));
        if (!has_subcommands)
            return words.empty() ? filled(all)
                                 : bad("the command " + shown_ + " has no subcommand \"" +
                                       words.front() + "\"; write options as name:value");
        if (words.empty())
            return bad("the command " + shown_ + " needs one of its subcommands: " + names_of(all));
        for (const auto& each : all) {
            const json::object& one = object_of(each);
            if (text_of(one, "name") != words.front())
                continue;
            shown_ += " " + words.front();
            auto below = options_below(one, words.subspan(1));
            if (!below)
                return below.error();
            return json::array{json::object{{"name", words.front()},
                                            {"type", number_of(one, "type")},
                                            {"options", std::move(*below)}}};
        }
        return bad("the command " + shown_ + " has no subcommand \"" + words.front() +
                   "\"; it has " + names_of(all));
    }

    result<void> choose_target(std::int64_t type)
    {
        if (type == command_type::user) {
            const person* who = find_person(wanted_.target);
            if (who == nullptr)
                return bad("a user command needs somebody of the guild as its target, by name or "
                           "id; there is no \"" +
                           wanted_.target + "\"");
            add_user(*who);
            target_ = who->id;
            shown_ += " on " + who->name;
            return {};
        }
        const auto id =
            wanted_.target.empty()
                ? at_.in.last_message
                : discord::parse_snowflake(wanted_.target).value_or(discord::snowflake{});
        at_.all.recall(at_.in, at_.of);
        const written* found = id ? at_.all.find_message(at_.in, &at_.of, id) : nullptr;
        if (found == nullptr)
            return bad("a message command needs the id of a message of the channel as its target; "
                       "there is no \"" +
                       wanted_.target + "\"");
        add("messages", id, message_json(*found, true));
        target_ = id;
        shown_ += " on a message of " + found->author.name;
        return {};
    }

    [[nodiscard]] filled_call done(const json::object& command, json::array options)
    {
        filled_call made;
        made.data = {{"id", text_of(command, "id")},
                     {"type", type_of_command(command)},
                     {"name", text_of(command, "name")}};
        if (const auto in = text_of(command, "guild_id"); !in.empty())
            made.data["guild_id"] = in;
        if (target_)
            made.data["target_id"] = to_string(target_);
        else
            made.data["options"] = std::move(options);
        if (!resolved_.empty())
            made.data["resolved"] = std::move(resolved_);
        made.shown = std::move(shown_);
        made.completes = !wanted_.completes.empty();
        return made;
    }

private:
    result<json::array> filled(const json::array& options);
    result<json::value> value_of(const json::object& option, const std::string& given);
    result<json::value> resolved(std::int64_t type, const json::object& option,
                                 const std::string& given);
    std::optional<json::value> channel_named(const json::object& option, const std::string& given);
    std::optional<json::value> role_named(const std::string& given);
    json::value attach(const std::string& name);
    [[nodiscard]] const person* find_person(const std::string& given) const;
    void add(const char* kind, discord::snowflake id, json::object what)
    {
        auto& all = resolved_[kind];
        if (!all.is_object())
            all = json::object();
        all.get_object()[to_string(id)] = std::move(what);
    }
    void add_user(const person& who);

    const call_place& at_;
    const wanted_call& wanted_;
    std::string shown_;
    json::object resolved_;
    discord::snowflake target_;
};

result<json::array> filler::filled(const json::array& options)
{
    json::array made;
    const std::string command = "the command " + shown_;
    std::size_t used = 0;
    bool focused = wanted_.completes.empty();
    for (const auto& each : options) {
        const json::object& option = object_of(each);
        const std::string name = text_of(option, "name");
        const bool is_focused = !wanted_.completes.empty() && name == wanted_.completes;
        if (is_focused && !flag_of(option, "autocomplete"))
            return bad("the option \"" + name + "\" has no autocomplete");
        focused = focused || is_focused;
        const auto* found = wanted_.options.if_contains(name);
        used += found != nullptr ? 1 : 0;
        if (found == nullptr && !is_focused) {
            // What is not there yet is no mistake while something is still typed.
            if (flag_of(option, "required") && wanted_.completes.empty())
                return bad("the option \"" + name + "\" is required");
            continue;
        }
        const std::string given = text_of(wanted_.options, name);
        auto value = is_focused ? typed_so_far(option, given) : value_of(option, given);
        if (!value)
            return value.error();
        shown_.append(" ").append(name).append(":").append(given);
        json::object filled{
            {"type", number_of(option, "type")}, {"name", name}, {"value", std::move(*value)}};
        if (is_focused)
            filled["focused"] = true;
        made.push_back(std::move(filled));
    }
    for (const auto& each : wanted_.options)
        if (used != wanted_.options.size() && !has_option(options, each.key()))
            return bad(command + " has no option \"" + std::string(each.key()) + "\"; it has " +
                       names_of(options));
    if (!focused)
        return bad(command + " has no option \"" + wanted_.completes + "\"; it has " +
                   names_of(options));
    return made;
}

result<json::value> filler::value_of(const json::object& option, const std::string& given)
{
    const std::int64_t type = number_of(option, "type");
    auto value = is_resolved(type) ? resolved(type, option, given) : plain_value(option, given);
    if (!value)
        return bad("the option \"" + text_of(option, "name") + "\" can't be \"" + given + "\"; " +
                   value.error().detail);
    return value;
}

// Its error says what could have been written.
result<json::value> filler::resolved(std::int64_t type, const json::object& option,
                                     const std::string& given)
{
    if (type == option_type::attachment)
        return given.empty() ? result<json::value>(bad("write the name of a file"))
                             : result<json::value>(attach(given));
    if (type == option_type::channel) {
        if (auto found = channel_named(option, given))
            return std::move(*found);
        return bad("write a channel of the guild, of a type that the option takes, by name or id");
    }
    if (type != option_type::role)
        if (const person* who = find_person(given); who != nullptr)
            return add_user(*who), json::value(to_string(who->id));
    if (type != option_type::user)
        if (auto found = role_named(given))
            return std::move(*found);
    return bad(type == option_type::user ? "write somebody of the guild, by name or id"
               : type == option_type::role
                   ? "write a role of the guild, by name or id"
                   : "write somebody or a role of the guild, by name or id");
}

const person* filler::find_person(const std::string& given) const
{
    const world& all = at_.all;
    if (is_name_of(all.bot, given))
        return &all.bot;
    for (const person& each : at_.of.people)
        if (is_name_of(each, given))
            return &each;
    return nullptr;
}

// "Resolved Data Structure": members without user, deaf and mute, and with their permissions.
void filler::add_user(const person& who)
{
    const bool is_bot = who.id == at_.all.bot.id;
    person here = who;
    if (is_bot)
        here.in = at_.of.own;
    add("users", who.id, user_json(here));
    json::object member = bare_member_json(here, joined_text(who.id, at_.of.id));
    member.erase("deaf");
    member.erase("mute");
    member["permissions"] =
        std::to_string(permissions_of(at_.of, {who.id, here.in.roles}, &at_.in));
    add("members", who.id, std::move(member));
}

std::optional<json::value> filler::channel_named(const json::object& option,
                                                 const std::string& given)
{
    const json::array& types = list_of(option, "channel_types");
    for (const auto* all : {&at_.of.channels, &at_.of.threads})
        for (const channel& each : *all) {
            const std::string id = to_string(each.id);
            const bool is_meant = given == each.name || given == "#" + each.name || given == id ||
                                  given == "<#" + id + ">";
            const bool is_taken = types.empty() || std::any_of(types.begin(), types.end(),
                                                               [&](const json::value& one) {
                                                                   return one == each.type;
                                                               });
            if (!is_meant || !is_taken)
                continue;
            json::object partial = channel_json(each, at_.of);
            partial.erase("permission_overwrites");
            partial["permissions"] =
                std::to_string(permissions_of(at_.of, {at_.by.id, at_.by.in.roles}, &each));
            add("channels", each.id, std::move(partial));
            return json::value(id);
        }
    return std::nullopt;
}

std::optional<json::value> filler::role_named(const std::string& given)
{
    for (const role& each : at_.of.roles) {
        const std::string id = to_string(each.id);
        if (given != each.name && given != "@" + each.name && given != id &&
            given != "<@&" + id + ">")
            continue;
        add("roles", each.id, role_json(each, at_.of));
        return json::value(id);
    }
    return std::nullopt;
}

// Nobody has its bytes; as with the files of messages.
json::value filler::attach(const std::string& name)
{
    const auto id = at_.all.new_id(at_.now);
    const std::string url = "https://cdn.discordapp.com/ephemeral-attachments/" +
                            to_string(at_.in.id) + "/" + to_string(id) + "/" + name;
    add("attachments", id,
        json::object{{"id", to_string(id)},
                     {"filename", name},
                     {"size", name.size()},
                     {"url", url},
                     {"proxy_url", url},
                     {"ephemeral", true},
                     {"content_type", "application/octet-stream"}});
    return json::value(to_string(id));
}

}  // namespace

const json::object* find_command(const json::array& all, const wanted_call& wanted)
{
    const std::vector<std::string> words = words_of(wanted.command);
    const json::object* found = nullptr;
    for (const auto& each : all) {
        const json::object& one = object_of(each);
        const bool is_chat = type_of_command(one) == command_type::chat;
        const std::string& name = is_chat && !words.empty() ? words.front() : wanted.command;
        // Of two with the same name the one with a target is a menu's.
        if (text_of(one, "name") == name && (found == nullptr || is_chat == wanted.target.empty()))
            found = &one;
    }
    return found;
}

result<filled_call> fill_in(const call_place& at, const json::object& command,
                            const wanted_call& wanted)
{
    filler made(at, command, wanted);
    const std::int64_t type = type_of_command(command);
    if (type != command_type::chat) {
        if (!wanted.options.empty() || !wanted.completes.empty())
            return bad("the command \"" + text_of(command, "name") +
                       "\" of a menu takes no options");
        if (auto chosen = made.choose_target(type); !chosen)
            return chosen.error();
        return made.done(command, {});
    }
    if (!wanted.target.empty())
        return bad("the command /" + text_of(command, "name") +
                   " takes no target; only commands of menus do");
    const std::vector<std::string> words = words_of(wanted.command);
    auto options = made.options_below(
        command, std::span(words).subspan(std::min<std::size_t>(1, words.size())));
    if (!options)
        return options.error();
    return made.done(command, std::move(*options));
}

}  // namespace tinfoil::discordsim
