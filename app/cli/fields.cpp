#include "cli/fields.hpp"

#include "cli/text.hpp"

namespace tinfoil::cli {

namespace json = boost::json;

const json::value* field(const json::value& from, std::string_view name)
{
    const auto* object = from.if_object();
    const auto* found = object == nullptr ? nullptr : object->if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

long long number(const json::value& from, std::string_view name)
{
    const auto* found = field(from, name);
    json::error_code failed;
    const auto value = found == nullptr ? 0 : found->to_number<long long>(failed);
    return failed ? 0 : value;
}

std::string text(const json::value& from, std::string_view name, std::size_t width)
{
    const auto* found = field(from, name);
    return found != nullptr && found->is_string()
               ? printable(std::string_view(found->get_string()), width)
               : "";
}

const json::array& list(const json::value& from, std::string_view name)
{
    static const json::array none;
    const auto* found = field(from, name);
    return found != nullptr && found->is_array() ? found->get_array() : none;
}

const json::value& part(const json::value& from, std::string_view name)
{
    static const json::value none;
    const auto* found = field(from, name);
    return found == nullptr ? none : *found;
}

}  // namespace tinfoil::cli
