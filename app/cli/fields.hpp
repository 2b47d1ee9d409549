#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace tinfoil::cli {

/// Fields of a host's answer. One that is missing, null or of another kind is nothing, 0 or empty:
/// a newer host may say it otherwise.
[[nodiscard]] const boost::json::value* field(const boost::json::value& from,
                                              std::string_view name);
[[nodiscard]] long long number(const boost::json::value& from, std::string_view name);
/// Safe to print, and cut after `width` characters.
[[nodiscard]] std::string text(const boost::json::value& from, std::string_view name,
                               std::size_t width = 200);
[[nodiscard]] const boost::json::array& list(const boost::json::value& from, std::string_view name);
[[nodiscard]] const boost::json::value& part(const boost::json::value& from, std::string_view name);

}  // namespace tinfoil::cli
