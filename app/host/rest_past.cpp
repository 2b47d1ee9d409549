#include "host/rest_past.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace tinfoil::host {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

json::array ends_of(const std::vector<duration>& left, std::int64_t wall_ms)
{
    json::array made;
    made.reserve(left.size());
    for (const duration each : left)
        made.push_back(wall_ms + std::chrono::ceil<milliseconds>(each).count());
    return made;
}

std::vector<duration> left_of(const json::value* ends, std::int64_t wall_ms)
{
    std::vector<duration> made;
    if (ends == nullptr || !ends->is_array())
        return made;
    for (const json::value& each : ends->get_array())
        if (const auto* end = each.if_int64(); end != nullptr && *end > wall_ms)
            made.emplace_back(milliseconds(std::min(*end - wall_ms, past_ms_max)));
    return made;
}

}  // namespace

std::string to_text(const rest::past& of, std::int64_t wall_ms)
{
    return json::serialize(json::object{{"wall_ms", wall_ms},
                                        {"sent_until_ms", ends_of(of.sent, wall_ms)},
                                        {"invalid_until_ms", ends_of(of.invalid, wall_ms)}});
}

rest::past parse_past(const std::string& text, std::int64_t wall_ms)
{
    json::error_code failed;
    const json::value whole = json::parse(text, failed);
    const auto* object = failed ? nullptr : whole.if_object();
    if (object == nullptr)
        return {};
    const auto* written = object->if_contains("wall_ms");
    if (written == nullptr || !written->is_int64() || written->get_int64() > wall_ms)
        return {};
    return {left_of(object->if_contains("sent_until_ms"), wall_ms),
            left_of(object->if_contains("invalid_until_ms"), wall_ms)};
}

}  // namespace tinfoil::host
