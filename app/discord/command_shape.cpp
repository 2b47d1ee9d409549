#include "discord/command_shape.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tinfoil::discord {
namespace {

namespace json = boost::json;
using names = std::initializer_list<std::string_view>;

bool is_among(std::string_view what, names all)
{
    return std::find(all.begin(), all.end(), what) != all.end();
}

// Discord writes 3.0 for some numbers that were sent as 3.
json::value plain_number(const json::value& from)
{
    const double* number = from.if_double();
    if (number == nullptr || std::floor(*number) != *number || std::abs(*number) > 0x1p53)
        return from;
    return static_cast<std::int64_t>(*number);
}

bool says_nothing(std::string_view key, const json::value& value)
{
    if (value.is_null())
        return true;
    if (const auto* text = value.if_string())
        return key == "description" && text->empty();
    if (const auto* list = value.if_array())
        return list->empty() && !is_among(key, {"contexts", "integration_types"});
    if (const auto* object = value.if_object())
        return object->empty();
    if (const auto* flag = value.if_bool())
        return *flag ? is_among(key, {"dm_permission", "default_permission"})
                     : is_among(key, {"required", "autocomplete", "nsfw"});
    return false;
}

json::object canonical(const json::object& from);

json::value canonical_value(std::string_view key, const json::value& from)
{
    if (const auto* object = from.if_object())
        return canonical(*object);
    const auto* list = from.if_array();
    if (list == nullptr)
        return plain_number(from);
    json::array made;
    for (const auto& each : *list)
        made.push_back(canonical_value("", each));
    if (is_among(key, {"contexts", "integration_types", "channel_types"}))
        std::sort(made.begin(), made.end(), [](const json::value& a, const json::value& b) {
            return json::serialize(a) < json::serialize(b);
        });
    return made;
}

json::object canonical(const json::object& from)
{
    json::object made;
    for (const auto& each : from)
        if (json::value value = canonical_value(each.key(), each.value());
            !says_nothing(each.key(), value))
            made[each.key()] = std::move(value);
    return made;
}

// What Discord has without its being declared only when somebody else set it.
bool is_told(std::string_view key)
{
    return is_among(key, {"type", "name", "name_localizations", "description",
                          "description_localizations", "options", "default_member_permissions",
                          "nsfw", "required", "choices", "value", "channel_types", "min_value",
                          "max_value", "min_length", "max_length", "autocomplete"});
}

bool matches(const json::object& declared, const json::object& at_discord);

bool matches(const json::value& declared, const json::value& at_discord)
{
    const auto *list = declared.if_array(), *other = at_discord.if_array();
    if (list != nullptr && other != nullptr)
        return std::equal(list->begin(), list->end(), other->begin(), other->end(),
                          [](const auto& a, const auto& b) { return matches(a, b); });
    const auto *object = declared.if_object(), *found = at_discord.if_object();
    if (object != nullptr && found != nullptr)
        return matches(*object, *found);
    return declared == at_discord;
}

bool matches(const json::object& declared, const json::object& at_discord)
{
    for (const auto& each : declared)
        if (const auto* found = at_discord.if_contains(each.key());
            found == nullptr || !matches(each.value(), *found))
            return false;
    return std::none_of(at_discord.begin(), at_discord.end(), [&](const auto& each) {
        return is_told(each.key()) && !declared.contains(each.key());
    });
}

}  // namespace

int command_type(const json::object& command)
{
    const auto* type = command.if_contains("type");
    const auto* number = type == nullptr ? nullptr : type->if_int64();
    return number == nullptr ? 1 : static_cast<int>(std::clamp<std::int64_t>(*number, 0, 255));
}

json::object canonical_command(const json::object& command, bool is_global)
{
    json::object made = canonical(command);
    for (const char* added : {"id", "application_id", "guild_id", "version"})
        made.erase(added);
    if (!is_global)
        for (const char* each : {"contexts", "integration_types", "dm_permission"})
            made.erase(each);
    if (command_type(made) == 1)
        made.erase("type");
    return made;
}

bool is_as_declared(const json::object& declared, const json::object& at_discord)
{
    // The older word for a part of the newer one, which Discord derives from it.
    if (!declared.contains("contexts") || !declared.contains("dm_permission"))
        return matches(declared, at_discord);
    json::object without = declared;
    without.erase("dm_permission");
    return matches(without, at_discord);
}

json::object command_edit(const json::object& declared, const json::object& sent)
{
    json::object made = declared;
    made.erase("type");
    for (const auto& each : sent) {
        if (declared.contains(each.key()) || each.key() == "type")
            continue;
        json::value none;
        if (is_among(each.key(), {"dm_permission", "default_permission"}))
            none = true;
        else if (each.key() == "nsfw")
            none = false;
        else if (each.key() == "description")
            none = "";
        else if (each.key() == "options")
            none = json::array();
        made[each.key()] = std::move(none);
    }
    return made;
}

}  // namespace tinfoil::discord
