#include "host/rest_settings.hpp"

#include "base/likely_meant.hpp"

#include <boost/json.hpp>

#include <array>
#include <fmt/format.h>
#include <functional>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

/// A whole number with its name, its range, and where it goes.
template <class Into>
struct number {
    std::string_view name;
    std::int64_t least, most;
    std::function<void(Into&, std::int64_t)> set;
};

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

template <class Into, class Numbers>
result<void> take(Into& into, const Numbers& known, std::string_view where,
                  const json::key_value_pair& field)
{
    for (const auto& each : known) {
        if (each.name != field.key())
            continue;
        const auto* given = field.value().if_int64();
        if (given == nullptr || *given < each.least || *given > each.most)
            return bad(fmt::format("{} in {} needs a whole number from {} to {}", each.name, where,
                                   each.least, each.most));
        each.set(into, *given);
        return {};
    }
    std::vector<std::string> names;
    for (const auto& each : known)
        names.emplace_back(each.name);
    const std::string meant = did_you_mean(field.key(), names);
    return bad(
        fmt::format("there is no setting {} in {}{}", std::string_view(field.key()), where,
                    meant.empty() ? fmt::format("; known are {}", fmt::join(names, ", ")) : meant));
}

result<rest::budget> parse_budget(const std::string& where, const json::value& from)
{
    using rest::budget;
    static const std::array<number<budget>, 4> known{
        {{"requests_per_second", 0, 10'000,
          [](budget& of, std::int64_t to) { of.per_second = static_cast<int>(to); }},
         {"in_flight", 1, 1'000,
          [](budget& of, std::int64_t to) { of.in_flight = static_cast<int>(to); }},
         {"waiting", 1, 10'000,
          [](budget& of, std::int64_t to) { of.waiting = static_cast<std::size_t>(to); }},
         {"invalid", 1, 9'000,
          [](budget& of, std::int64_t to) { of.invalid = static_cast<std::size_t>(to); }}}};
    if (!from.is_object())
        return bad(fmt::format("write {} as a table", where));
    budget made;
    for (const auto& field : from.get_object())
        if (auto taken = take(made, known, where, field); !taken)
            return taken.error();
    return made;
}

}  // namespace

result<rest_choice> parse_rest_settings(std::string_view text)
{
    static const std::array<number<rest_choice>, 2> known{
        {{"requests_per_second", 1, 10'000,
          [](rest_choice& of, std::int64_t to) { of.requests_per_second = static_cast<int>(to); }},
         {"connections", 16, 1'000,
          [](rest_choice& of, std::int64_t to) { of.connections = static_cast<int>(to); }}}};
    boost::system::error_code failed;
    const json::value whole = json::parse(text, failed);
    if (failed || !whole.is_object())
        return bad("write [rest] as a table");
    rest_choice made;
    for (const auto& field : whole.get_object()) {
        if (field.key() != "budgets") {
            if (auto taken = take(made, known, "[rest]", field); !taken)
                return taken.error();
            continue;
        }
        if (!field.value().is_object())
            return bad("write a plugin's budget as [rest.budgets.NAME]");
        for (const auto& each : field.value().get_object()) {
            const std::string name(each.key());
            auto budget = parse_budget("[rest.budgets." + name + "]", each.value());
            if (!budget)
                return budget.error();
            made.budgets.emplace(name, *budget);
        }
    }
    return made;
}

}  // namespace tinfoil::host
