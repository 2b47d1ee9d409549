// Discord Docs/Application Commands.
#include "discordsim/command_checks.hpp"
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "Registering a Command": "global rate limit of 200 application command creates per day, per
// guild".
constexpr std::size_t creates_max = 200;
constexpr duration creates_window = std::chrono::hours(24);
// "Application Command Types" and how many of each there may be.
constexpr std::size_t chat_commands_max = 100, menu_commands_max = 15, entry_points_max = 1;
constexpr std::int64_t type_entry_point = 4;

std::int64_t type_of(const json::object& command)
{
    return number_in(command, "type").value_or(1);
}

// Where the path says: the commands of a guild, or global ones. Nothing when that is refused.
json::array* commands_at(const call& got)
{
    if (got.id(1) != got.all().application) {
        got.refuse(403, 20012, "You are not authorized to perform this action on this application");
        return nullptr;
    }
    if (got.path[2] == "commands")
        return &got.all().commands;
    const guild* of = got.guild_at(3);
    return of == nullptr ? nullptr : &got.all().guild_commands[of->id];
}

discord::snowflake scope_of(const call& got)
{
    return got.path[2] == "commands" ? discord::snowflake{} : got.id(3);
}

json::object* named(json::array& in, const json::object& like)
{
    for (auto& each : in)
        if (text_in(each.as_object(), "name") == text_in(like, "name") &&
            type_of(each.as_object()) == type_of(like))
            return &each.as_object();
    return nullptr;
}

json::object* command_at(const call& got, json::array& in)
{
    for (auto& each : in)
        if (text_in(each.as_object(), "id") == got.path.back())
            return &each.as_object();
    got.refuse(404, 10063, "Unknown application command");
    return nullptr;
}

// True when one more may be created today; counts it.
bool may_create(const call& got)
{
    auto& made = got.memory.commands_made[scope_of(got)];
    while (!made.empty() && got.now - made.front() >= creates_window)
        made.pop_front();
    if (made.size() >= creates_max) {
        got.refuse(429, 30034,
                   "Max number of daily application command creates has been reached (200)");
        return false;
    }
    made.push_back(got.now);
    return true;
}

// "Application Command Structure".
json::object completed(const call& got, const json::object& given)
{
    json::object made{{"default_member_permissions", nullptr},
                      {"dm_permission", true},
                      {"contexts", nullptr},
                      {"integration_types", json::array{0}},
                      {"nsfw", false},
                      {"name_localizations", nullptr},
                      {"description_localizations", nullptr},
                      {"description", ""},
                      {"type", 1}};
    for (const auto& each : given)
        made[each.key()] = each.value();
    made["application_id"] = to_string(got.all().application);
    if (scope_of(got))
        made["guild_id"] = to_string(scope_of(got));
    made["version"] = to_string(got.all().new_id(got.now));
    return made;
}

json::object with_id(const call& got, json::object command)
{
    command["id"] = std::to_string(got.all().application.value + ++got.memory.commands);
    return command;
}

bool has_room(const call& got, const json::array& in, const json::object& more)
{
    const auto same =
        static_cast<std::size_t>(std::count_if(in.begin(), in.end(), [&](const auto& each) {
            return type_of(each.as_object()) == type_of(more);
        }));
    const std::size_t most = type_of(more) == 1                  ? chat_commands_max
                             : type_of(more) == type_entry_point ? entry_points_max
                                                                 : menu_commands_max;
    if (same < most)
        return true;
    got.refuse(400, 30032,
               "Maximum number of application commands reached (" + std::to_string(most) + ")");
    return false;
}

// Whether Discord would take it; `where` is the way to it.
bool is_command(const call& got, const json::object& command, const std::string& where)
{
    form_errors wrong;
    check_command(command, where, wrong);
    // "Entry Point Commands": an application has one, for all guilds.
    if (scope_of(got) && type_of(command) == type_entry_point)
        wrong.add((where.empty() ? where : where + ".") + "type", "BASE_TYPE_CHOICES",
                  "Value must be one of {1, 2, 3}.");
    if (wrong.any())
        got.reply(wrong.answer(), 400);
    return !wrong.any();
}

void list(const call& got)
{
    if (const auto* all = commands_at(got); all != nullptr)
        got.reply(*all);
}

// "Create Global Application Command": one with the same name and type is overwritten, with 200.
void create(const call& got)
{
    auto* all = commands_at(got);
    if (all == nullptr)
        return;
    const json::object& given = got.object();
    if (!is_command(got, given, ""))
        return;
    if (json::object* same = named(*all, given); same != nullptr) {
        const auto id = same->at("id");
        *same = completed(got, given);
        (*same)["id"] = id;
        return got.reply(*same);
    }
    if (!has_room(got, *all, given) || !may_create(got))
        return;
    all->push_back(with_id(got, completed(got, given)));
    got.reply(all->back(), 201);
}

void get(const call& got)
{
    auto* all = commands_at(got);
    const json::object* found = all == nullptr ? nullptr : command_at(got, *all);
    if (found != nullptr)
        got.reply(*found);
}

void update(const call& got)
{
    auto* all = commands_at(got);
    json::object* found = all == nullptr ? nullptr : command_at(got, *all);
    if (found == nullptr)
        return;
    json::object changed = *found;
    for (const auto& each : got.object())
        if (each.key() != "id" && each.key() != "type")
            changed[each.key()] = each.value();
    if (!is_command(got, changed, ""))
        return;
    if (const json::object* same = named(*all, changed); same != nullptr && same != found)
        return got.invalid("name", "APPLICATION_COMMANDS_DUPLICATE_NAME",
                           "Application command names must be unique");
    *found = std::move(changed);
    (*found)["version"] = to_string(got.all().new_id(got.now));
    got.reply(*found);
}

void remove(const call& got)
{
    auto* all = commands_at(got);
    if (all == nullptr || command_at(got, *all) == nullptr)
        return;
    all->erase(std::find_if(all->begin(), all->end(), [&](const auto& each) {
        return text_in(each.as_object(), "id") == got.path.back();
    }));
    got.done();
}

// "Bulk Overwrite Global Application Commands": those that were there keep their ids, and only new
// ones count towards the daily limit.
void overwrite_all(const call& got)
{
    auto* all = commands_at(got);
    if (all == nullptr)
        return;
    json::array made;
    for (const auto& each : got.body.as_array()) {
        const json::object& given = each.as_object();
        if (!is_command(got, given, std::to_string(made.size())))
            return;
        if (named(made, given) != nullptr)
            return got.invalid(std::to_string(made.size()) + ".name",
                               "APPLICATION_COMMANDS_DUPLICATE_NAME",
                               "Application command names must be unique");
        if (!has_room(got, made, given))
            return;
        json::object* same = named(*all, given);
        if (same == nullptr && !may_create(got))
            return;
        json::object next = completed(got, given);
        if (same != nullptr)
            next["id"] = same->at("id");
        made.push_back(same != nullptr ? std::move(next) : with_id(got, std::move(next)));
    }
    *all = std::move(made);
    got.reply(*all);
}

}  // namespace

std::span<const handling> command_handlings()
{
    static constexpr handling all[] = {{"list_application_commands", list},
                                       {"create_application_command", create},
                                       {"get_application_command", get},
                                       {"update_application_command", update},
                                       {"delete_application_command", remove},
                                       {"bulk_set_application_commands", overwrite_all},
                                       {"list_guild_application_commands", list},
                                       {"create_guild_application_command", create},
                                       {"get_guild_application_command", get},
                                       {"update_guild_application_command", update},
                                       {"delete_guild_application_command", remove},
                                       {"bulk_set_guild_application_commands", overwrite_all}};
    return all;
}

}  // namespace tinfoil::discordsim
