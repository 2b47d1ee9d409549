#include "discordsim/options.hpp"

#include "discordsim/form_errors.hpp"

#include <algorithm>
#include <optional>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "Application Command Option Type": between -2^53+1 and 2^53-1.
constexpr std::int64_t integer_most = (1LL << 53) - 1;
constexpr std::int64_t text_most = 6000;

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

const json::value* find(const json::object& in, std::string_view key)
{
    return in.if_contains({key.data(), key.size()});
}

std::string written(const json::value& value)
{
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::optional<double> limit(const json::object& option, std::string_view key)
{
    const auto* found = find(option, key);
    json::error_code failed;
    if (found == nullptr || !found->is_number())
        return std::nullopt;
    const double value = found->to_number<double>(failed);
    return failed ? std::nullopt : std::optional(value);
}

std::optional<json::value> number_in(std::int64_t type, const std::string& text)
{
    json::error_code failed;
    json::value value = json::parse(text, failed);
    if (failed || !value.is_number())
        return std::nullopt;
    if (type == option_type::number)
        return value;
    const bool fits =
        value.is_int64() && value.get_int64() <= integer_most && value.get_int64() >= -integer_most;
    return fits ? std::optional(std::move(value)) : std::nullopt;
}

result<json::value> chosen(const json::array& choices, const std::string& text)
{
    std::string all;
    for (const auto& each : choices) {
        const json::object& one = object_of(each);
        const auto* value = find(one, "value");
        if (value != nullptr && (text == text_of(one, "name") || text == written(*value)))
            return *value;
        all += (all.empty() ? "" : ", ") + text_of(one, "name");
    }
    return bad("it is one of " + all);
}

result<json::value> number_within(const json::object& option, const std::string& text)
{
    const std::int64_t type = number_of(option, "type");
    auto value = number_in(type, text);
    if (!value)
        return bad(type == option_type::number ? "write a number" : "write a whole number");
    json::error_code failed;
    const double number = value->to_number<double>(failed);
    if (const auto least = limit(option, "min_value"); least && number < *least)
        return bad("it is at least " + written(option.at("min_value")));
    if (const auto most = limit(option, "max_value"); most && number > *most)
        return bad("it is at most " + written(option.at("max_value")));
    return std::move(*value);
}

result<json::value> text_within(const json::object& option, const std::string& text)
{
    const auto length = length_of(text);
    const std::int64_t least = number_of(option, "min_length");
    const auto* max = find(option, "max_length");
    const std::int64_t most = max != nullptr ? number_of(option, "max_length") : text_most;
    if (length < least)
        return bad("it has at least " + std::to_string(least) + " characters");
    if (length > most)
        return bad("it has at most " + std::to_string(most) + " characters");
    return json::value(text);
}

}  // namespace

const json::object& object_of(const json::value& from)
{
    static const json::object nothing;
    return from.is_object() ? from.get_object() : nothing;
}

std::string text_of(const json::object& from, std::string_view key)
{
    const auto* found = find(from, key);
    return found == nullptr || found->is_null() ? "" : written(*found);
}

std::int64_t number_of(const json::object& from, std::string_view key)
{
    const auto* found = find(from, key);
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

bool flag_of(const json::object& from, std::string_view key)
{
    const auto* found = find(from, key);
    return found != nullptr && found->is_bool() && found->get_bool();
}

const json::array& list_of(const json::object& from, std::string_view key)
{
    static const json::array nothing;
    const auto* found = find(from, key);
    return found != nullptr && found->is_array() ? found->get_array() : nothing;
}

std::int64_t type_of_command(const json::object& command)
{
    const std::int64_t type = number_of(command, "type");
    return type == 0 ? command_type::chat : type;
}

bool has_option(const json::array& options, std::string_view name)
{
    return std::any_of(options.begin(), options.end(), [&](const json::value& each) {
        return text_of(object_of(each), "name") == name;
    });
}

result<json::value> plain_value(const json::object& option, const std::string& text)
{
    if (const json::array& choices = list_of(option, "choices"); !choices.empty())
        return chosen(choices, text);
    switch (number_of(option, "type")) {
    case option_type::boolean:
        if (text != "true" && text != "false")
            return bad("write true or false");
        return json::value(text == "true");
    case option_type::integer:
    case option_type::number:
        return number_within(option, text);
    default:
        return text_within(option, text);
    }
}

result<json::value> typed_so_far(const json::object& option, const std::string& text)
{
    const std::int64_t type = number_of(option, "type");
    if (type == option_type::integer || type == option_type::number)
        if (auto number = number_in(type, text))
            return std::move(*number);
    return json::value(text);
}

}  // namespace tinfoil::discordsim
