#include "discord/application.hpp"

#include <boost/json.hpp>

namespace tinfoil::discord {
namespace {

constexpr std::uint64_t bit(int position)
{
    return std::uint64_t{1} << position;
}

}  // namespace

result<application> parse_application(std::string_view json)
{
    boost::system::error_code failed;
    const boost::json::value document = boost::json::parse({json.data(), json.size()}, failed);
    const auto* object = failed ? nullptr : document.if_object();
    const auto* id = object == nullptr ? nullptr : object->if_contains("id");
    const auto parsed = id != nullptr && id->is_string()
                            ? parse_snowflake(std::string_view(id->get_string()))
                            : std::nullopt;
    if (!parsed || !*parsed)
        return error{errc::malformed,
                     "GET /applications/@me answered something that is no application; "
                     "is the API address right?"};
    application found{.id = *parsed, .name = "", .flags = 0};
    if (const auto* name = object->if_contains("name"); name != nullptr && name->is_string())
        found.name = name->get_string().c_str();
    if (const auto* flags = object->if_contains("flags"); flags != nullptr && flags->is_number()) {
        boost::system::error_code out_of_range;
        found.flags = flags->to_number<std::uint64_t>(out_of_range);
        if (out_of_range)
            found.flags = 0;
    }
    return found;
}

std::uint64_t granted_privileged_intents(std::uint64_t flags)
{
    struct grant {
        std::uint64_t flags, intent;
    };
    constexpr grant grants[] = {
        {bit(12) | bit(13), bit(8)},   // presence: GUILD_PRESENCES
        {bit(14) | bit(15), bit(1)},   // members: GUILD_MEMBERS
        {bit(18) | bit(19), bit(15)},  // message content: MESSAGE_CONTENT
    };
    std::uint64_t granted = 0;
    for (const grant& each : grants)
        if ((flags & each.flags) != 0)
            granted |= each.intent;
    return granted;
}

}  // namespace tinfoil::discord
