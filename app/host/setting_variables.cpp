#include "host/setting_variables.hpp"

#include "base/likely_meant.hpp"
#include "host/setting_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace tinfoil::host {

std::vector<std::string> mistyped_variables(const std::vector<std::string>& names)
{
    constexpr std::string_view prefix = "TINFOIL_";
    // By their ends, or the prefix would make all of them alike.
    std::vector<std::string> known{"CONFIG", "SOCKET", "KEY", "JOURNAL_SOCKET"};
    for (const setting& each : settings)
        known.push_back(setting_reader::variable_of(std::string(each.key)).substr(prefix.size()));
    std::vector<std::string> all;
    for (const std::string& each : names) {
        if (!each.starts_with(prefix))
            continue;
        const std::string end = each.substr(prefix.size());
        if (std::find(known.begin(), known.end(), end) != known.end())
            continue;
        if (const auto meant = likely_meant(end, known))
            all.push_back(
                fmt::format("{} is no setting; did you mean {}{}?", each, prefix, *meant));
    }
    return all;
}

}  // namespace tinfoil::host
