#include "host/rest_past.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace tinfoil::host {
namespace {

namespace json = boost::json;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::int64_t end_of(duration left, std::int64_t wall_ms)
{
    return wall_ms + duration_cast<milliseconds>(left).count();
}

}  // namespace

std::string to_text(const rest::past& of, std::int64_t wall_ms)
{
    return json::serialize(json::object{{"wall_ms", wall_ms},
                                        {"sent", of.sent},
                                        {"sent_until_ms", end_of(of.sent_for, wall_ms)},
                                        {"invalid", of.invalid},
                                        {"invalid_until_ms", end_of(of.invalid_for, wall_ms)}});
}

rest::past parse_past(const std::string& text, std::int64_t wall_ms)
{
    json::error_code failed;
    const json::value whole = json::parse(text, failed);
    const auto* object = failed ? nullptr : whole.if_object();
    const auto number = [&](const char* key) -> std::int64_t {
        const auto* found = object == nullptr ? nullptr : object->if_contains(key);
        return found != nullptr && found->is_int64() ? std::max<std::int64_t>(found->get_int64(), 0)
                                                     : 0;
    };
    const std::int64_t written = number("wall_ms");
    if (written == 0 || written > wall_ms)
        return {};
    const auto left = [&](const char* key) {
        return milliseconds(std::max<std::int64_t>(number(key) - wall_ms, 0));
    };
    return {static_cast<std::size_t>(number("sent")), left("sent_until_ms"),
            static_cast<std::size_t>(number("invalid")), left("invalid_until_ms")};
}

}  // namespace tinfoil::host
