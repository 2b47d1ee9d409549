#include "host/scaling_settings.hpp"

#include "base/duration_text.hpp"
#include "base/likely_meant.hpp"
#include "scaling/record_fields.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <tuple>

namespace tinfoil::host {
namespace {

namespace json = boost::json;
namespace fields = scaling::fields;

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

result<void> take(int& into, const json::value& given)
{
    constexpr std::int64_t most = 1'000'000;
    const auto* number = given.if_int64();
    if (number == nullptr || *number < 0 || *number > most)
        return bad("needs a whole number");
    into = static_cast<int>(*number);
    return {};
}

result<void> take(duration& into, const json::value& given)
{
    const auto* text = given.if_string();
    const auto length = text == nullptr ? std::nullopt : parse_duration(*text);
    if (!length)
        return bad("needs a length of time as \"30s\"");
    into = *length;
    return {};
}

result<void> take(scaling::mode& into, const json::value& given)
{
    const auto* text = given.if_string();
    const auto known = text == nullptr ? std::nullopt : scaling::parse_mode(*text);
    if (!known)
        return bad(R"(is "auto", "advise" or "off")");
    into = *known;
    return {};
}

result<void> take(scaling::plan_changes& into, const json::value& given)
{
    const auto* text = given.if_string();
    const auto known = text == nullptr ? std::nullopt : scaling::parse_plan_changes(*text);
    if (!known)
        return bad(R"(is "after-shadow", "yes" or "no")");
    into = *known;
    return {};
}

// Whether there is a setting of that name.
result<bool> take_named(scaling::policy& into, std::string_view key, const json::value& given)
{
    result<bool> made = false;
    const auto look = [&](const auto& field) {
        if (key != field.key || !made || *made)
            return;
        auto taken = take(into.*field.member, given);
        made = taken ? result<bool>(true) : result<bool>(taken.error());
    };
    std::apply([&](const auto&... each) { (look(each), ...); }, fields::of<scaling::policy>);
    return made;
}

std::vector<std::string> names()
{
    std::vector<std::string> all;
    std::apply([&](const auto&... each) { (all.emplace_back(each.key), ...); },
               fields::of<scaling::policy>);
    return all;
}

std::string text_of(int of)
{
    return std::to_string(of);
}

std::string text_of(duration of)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
    constexpr std::int64_t second = 1'000, minute = 60 * second;
    if (ms % minute == 0)
        return fmt::format("{}m", ms / minute);
    return ms % second == 0 ? fmt::format("{}s", ms / second) : fmt::format("{}ms", ms);
}

template <class Named>
std::string text_of(Named of)
{
    return std::string(name(of));
}

}  // namespace

result<scaling_choice> parse_scaling_settings(std::string_view text)
{
    boost::system::error_code failed;
    const json::value whole = json::parse({text.data(), text.size()}, failed);
    if (failed || !whole.is_object())
        return bad("write [scaler] as a table");
    scaling_choice made;
    for (const auto& [key, value] : whole.get_object()) {
        const auto taken = take_named(made.given, key, value);
        if (!taken)
            return bad(
                fmt::format("{} in [scaler] {}", std::string_view(key), taken.error().detail));
        if (!*taken) {
            const std::string meant = did_you_mean(std::string(key), names());
            return bad(fmt::format(
                "there is no setting {} in [scaler]{}", std::string_view(key),
                meant.empty() ? "; share/doc/scaler.md lists those that there are" : meant));
        }
        made.named.emplace(key);
        made.has_min = made.has_min || key == "collections_min";
        made.has_max = made.has_max || key == "collections_max";
    }
    return made;
}

result<scaling::policy> policy_of(const scaling_choice& given, std::uint32_t collections,
                                  bool in_process)
{
    scaling::policy made = given.given;
    const int count = static_cast<int>(collections);
    if (!given.has_min)
        made.collections_min = given.has_max ? std::min(count, made.collections_max) : count;
    if (!given.has_max)
        made.collections_max = std::max(count, made.collections_min);
    if (in_process) {
        if (made.collections_max != 1)
            return bad(fmt::format("--in-process holds one collection, and scaler.collections_max "
                                   "is {}",
                                   made.collections_max));
    }
    if (auto sound = scaling::check(made); !sound)
        return sound.error();
    return made;
}

std::string to_string(const collections_kept& of)
{
    return fmt::format("{} {} {}{}", of.min, of.max, of.now, of.is_wish ? " wish" : "");
}

std::optional<collections_kept> read_kept(std::string_view text, const scaling::policy& with)
{
    collections_kept made;
    std::istringstream in{std::string(text)};
    std::string wish;
    if (!(in >> made.min >> made.max >> made.now))
        return std::nullopt;
    made.is_wish = static_cast<bool>(in >> wish) && wish == "wish";
    const bool is_possible = made.now >= 1 && made.now <= scaling::collections_limit &&
                             (made.is_wish || (made.now >= made.min && made.now <= made.max));
    if (!is_possible || made.min != with.collections_min || made.max != with.collections_max)
        return std::nullopt;
    return made;
}

std::vector<std::pair<std::string, std::string>> written(const scaling::policy& of)
{
    std::vector<std::pair<std::string, std::string>> all;
    std::apply(
        [&](const auto&... each) { (all.emplace_back(each.key, text_of(of.*each.member)), ...); },
        fields::of<scaling::policy>);
    return all;
}

}  // namespace tinfoil::host
