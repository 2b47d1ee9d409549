#pragma once

#include <boost/json.hpp>

#include <string_view>
#include <tinfoil/snowflake.hpp>
#include <vector>

namespace tinfoil {

/// A text member; empty when there is none. Lives as long as `from`.
inline std::string_view text_in(const boost::json::object& from, std::string_view key)
{
    const auto* found = from.if_contains({key.data(), key.size()});
    return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                  : std::string_view();
}

/// An id; 0 when there is none.
inline snowflake id_in(const boost::json::object& from, std::string_view key)
{
    return to_snowflake(text_in(from, key));
}

/// A list of ids, as a member has of its roles; empty when there is none.
inline std::vector<snowflake> ids_in(const boost::json::object& from, std::string_view key)
{
    std::vector<snowflake> made;
    const auto* found = from.if_contains({key.data(), key.size()});
    if (found == nullptr || !found->is_array())
        return made;
    for (const auto& each : found->get_array())
        if (each.is_string())
            made.push_back(to_snowflake(std::string_view(each.get_string())));
    return made;
}

}  // namespace tinfoil
