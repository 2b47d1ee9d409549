#include "host/log_settings.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace tinfoil::host {
namespace {

template <class All>
std::string names_of(const All& all)
{
    std::vector<std::string_view> names;
    for (const auto each : all)
        names.push_back(name(each));
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string names_of_log_areas()
{
    return names_of(log_areas);
}

std::string names_of_log_levels()
{
    return names_of(log_levels);
}

result<log_format> parse_log_format(std::string_view text, bool journal_listens)
{
    if (text == "auto")
        return journal_listens ? log_format::journal : log_format::account;
    if (text == "account")
        return log_format::account;
    if (text == "text")
        return log_format::text;
    if (text == "json")
        return log_format::json;
    if (text == "journal")
        return log_format::journal;
    return error{errc::invalid_argument,
                 fmt::format("\"{}\" is no way to tell what happens; write auto, account, text, "
                             "json or journal",
                             text)};
}

result<log_book::levels> parse_log_levels(std::string_view text, log_book::levels from)
{
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(','));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        const std::size_t equals = one.find('=');
        const std::string_view area = equals == one.npos ? "all" : one.substr(0, equals);
        const std::string_view wanted = equals == one.npos ? one : one.substr(equals + 1);
        const auto level = parse_log_level(wanted);
        if (!level)
            return error{errc::invalid_argument,
                         fmt::format("\"{}\" is no level; there are {}, as in info,output=debug",
                                     wanted, names_of_log_levels())};
        const auto of = parse_log_area(area);
        if (!of && area != "all")
            return error{errc::invalid_argument,
                         fmt::format("\"{}\" is no area of the log; there are {}, and all", area,
                                     names_of_log_areas())};
        for (const log_area each : log_areas)
            if (!of || each == *of)
                from[static_cast<std::size_t>(each)] = *level;
    }
    return from;
}

log_book::levels usual_log_levels(bool development)
{
    log_book::levels made;
    made.fill(log_level::info);
    if (development)
        made[static_cast<std::size_t>(log_area::output)] = log_level::debug;
    return made;
}

}  // namespace tinfoil::host
