#include "host/presence_settings.hpp"

#include "base/likely_meant.hpp"
#include "discord/gateway_command.hpp"
#include "discord/opcode.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

result<void> check_keys(const json::object& of, const std::vector<std::string>& known,
                        std::string_view where)
{
    for (const auto& each : of) {
        const std::string key(each.key());
        if (std::find(known.begin(), known.end(), key) != known.end())
            continue;
        const std::string meant = did_you_mean(key, known);
        return bad(fmt::format("there is no setting {} in {}{}", key, where,
                               meant.empty() ? fmt::format("; known are {}", fmt::join(known, ", "))
                                             : meant));
    }
    return {};
}

result<void> check_activity(const json::value& which)
{
    constexpr std::int64_t playing = 0, competing = 5;
    constexpr std::string_view where = "an activity of [presence]";
    const auto* of = which.if_object();
    if (of == nullptr)
        return bad(R"(activities in [presence] are tables, as { name = "the door", type = 3 })");
    if (auto known = check_keys(*of, {"name", "type", "url", "state"}, where); !known)
        return known;
    const auto* name = of->if_contains("name");
    if (name == nullptr || !name->is_string() || name->get_string().empty())
        return bad(fmt::format("{} needs a name, a text", where));
    for (const char* key : {"url", "state"})
        if (const auto* text = of->if_contains(key); text != nullptr && !text->is_string())
            return bad(fmt::format("{} of {} is a text", key, where));
    const auto* type = of->if_contains("type");
    const auto* number = type == nullptr ? nullptr : type->if_int64();
    if (type != nullptr && (number == nullptr || *number < playing || *number > competing))
        return bad(fmt::format("type of {} is 0 playing, 1 streaming, 2 listening, 3 watching, 4 "
                               "custom or 5 competing",
                               where));
    return {};
}

}  // namespace

result<std::string> parse_presence_settings(std::string_view text)
{
    json::error_code failed;
    const json::value whole = json::parse({text.data(), text.size()}, failed);
    const auto* of = failed ? nullptr : whole.if_object();
    if (of == nullptr)
        return bad("write [presence] as a table with status and activities");
    if (auto known = check_keys(*of, {"status", "activities", "afk", "since"}, "[presence]");
        !known)
        return known.error();
    if (const auto* all = of->if_contains("activities"); all != nullptr && all->is_array())
        for (const json::value& each : all->get_array())
            if (auto sound = check_activity(each); !sound)
                return sound.error();
    const auto made = discord::read_command(discord::opcode::presence_update, text);
    if (!made)
        return bad(made.error().text);
    return made->data;
}

}  // namespace tinfoil::host
