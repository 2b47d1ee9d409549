#include "sandbox/scenario.hpp"

#include "base/duration_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <sstream>
#include <toml++/toml.h>

namespace tinfoil::sandbox {
namespace {

namespace fs = std::filesystem;

error bad(const fs::path& file, const toml::node& where, const std::string& what)
{
    return {errc::invalid_argument,
            fmt::format("{}, line {}: {}", file.string(), where.source().begin.line, what)};
}

std::string text_of(const toml::node& from)
{
    if (const auto* text = from.as_string())
        return text->get();
    std::ostringstream out;
    from.visit([&](const auto& each) { out << each; });
    return out.str();
}

result<int> count_of(const fs::path& file, std::string_view key, const toml::node& from, int most)
{
    const auto number = from.value<std::int64_t>();
    if (!number || *number < 1 || *number > most)
        return bad(file, from,
                   fmt::format("{} has to be a whole number between 1 and {}", key, most));
    return static_cast<int>(*number);
}

// One of the tables named `at`.
result<std::pair<duration, discordsim::fault>> event_of(const fs::path& file,
                                                        const toml::table& from)
{
    std::string name;
    duration after{};
    std::map<std::string, std::string> with;
    for (const auto& [key, value] : from) {
        if (key == "fault") {
            name = text_of(value);
        } else if (key == "after") {
            const auto length = parse_duration(text_of(value));
            if (!length)
                return bad(file, value, "after has to be a length of time, as \"30s\"");
            after = *length;
        } else {
            with[std::string(key.str())] = text_of(value);
        }
    }
    auto made = discordsim::parse_fault(name, with);
    if (!made)
        return bad(file, from, made.error().detail);
    return std::pair(after, std::move(*made));
}

result<void> add_plan(scenario& to, const fs::path& file, const toml::node& from)
{
    const auto* list = from.as_array();
    if (list == nullptr)
        return bad(file, from, "write each event as a table of its own under [[at]]");
    for (const auto& each : *list) {
        const auto* one = each.as_table();
        if (one == nullptr)
            return bad(file, each, "write each event as a table of its own under [[at]]");
        auto made = event_of(file, *one);
        if (!made)
            return made.error();
        to.plan.push_back(std::move(*made));
    }
    return {};
}

// A text that one of the parsers has to take.
template <class T>
result<void> take(std::optional<std::string>& to, const fs::path& file, const toml::node& from,
                  result<T> (*parse)(std::string_view))
{
    to = text_of(from);
    if (const auto parsed = parse(*to); !parsed)
        return bad(file, from, parsed.error().detail);
    return {};
}

result<void> take_flag(bool& to, const fs::path& file, std::string_view key, const toml::node& from)
{
    const auto value = from.value_exact<bool>();
    if (!value)
        return bad(file, from, fmt::format("{} has to be true or false", key));
    to = *value;
    return {};
}

result<void> take_zipf(wishes& to, const fs::path& file, const toml::node& from)
{
    to.zipf = from.value<double>();
    if (!to.zipf)
        return bad(file, from, "zipf has to be a number; 1.1 is usual");
    if (const auto checked = check_zipf(*to.zipf); !checked)
        return bad(file, from, "zipf: " + checked.error().detail);
    return {};
}

error unknown(const fs::path& file, std::string_view key, const toml::node& from)
{
    std::string all = "title";
    for (const count_wish& each : count_wishes())
        all += fmt::format(", {}", each.key);
    return bad(file, from,
               fmt::format("there is no setting \"{}\"; there are {}, rate, mix, zipf, day_curve, "
                           "bursts, session_timeout, heartbeat_interval, privileged and [[at]]",
                           key, all));
}

// One at the top of the file.
result<void> take_setting(scenario& to, const fs::path& file, std::string_view key,
                          const toml::node& from)
{
    wishes& wanted = to.wanted;
    const auto all = count_wishes();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const count_wish& each) { return each.key == key; });
    if (found != all.end()) {
        const auto count = count_of(file, key, from, found->most);
        if (!count)
            return count.error();
        wanted.*found->to = *count;
        return {};
    }
    if (key == "title")
        return to.title = text_of(from), result<void>();
    if (key == "at")
        return add_plan(to, file, from);
    if (key == "rate")
        return take(wanted.rate, file, from, parse_rate);
    if (key == "session_timeout")
        return take(wanted.session_timeout, file, from, parse_session_timeout);
    if (key == "heartbeat_interval")
        return take(wanted.heartbeat_interval, file, from, parse_heartbeat_interval);
    if (key == "privileged")
        return take(wanted.privileged, file, from, parse_privileged);
    if (key == "zipf")
        return take_zipf(wanted, file, from);
    if (key == "mix")
        return take_flag(wanted.mix, file, key, from);
    if (key == "day_curve")
        return take_flag(wanted.day_curve, file, key, from);
    if (key == "bursts")
        return take_flag(wanted.bursts, file, key, from);
    return unknown(file, key, from);
}

}  // namespace

result<scenario> read_scenario(const fs::path& file)
{
    toml::table root;
    if (std::error_code failed; !fs::is_regular_file(file, failed))
        return error{errc::invalid_argument, file.string() + " is no file"};
    try {
        root = toml::parse_file(file.string());
    } catch (const toml::parse_error& failed) {
        const auto line = failed.source().begin.line;
        return error{
            errc::invalid_argument,
            line == 0 ? fmt::format("{}: {}", file.string(), failed.description())
                      : fmt::format("{}, line {}: {}", file.string(), line, failed.description())};
    }
    scenario made;
    for (const auto& [key, value] : root)
        if (auto taken = take_setting(made, file, key.str(), value); !taken)
            return taken.error();
    return made;
}

result<discordsim::fault> parse_fault_line(const std::string& line)
{
    std::istringstream words(line);
    std::string name, word;
    words >> name;
    std::map<std::string, std::string> with;
    while (words >> word) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return error{errc::invalid_argument,
                         "\"" + word + "\" is no parameter of a fault; write for example for=30s"};
        with[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return discordsim::parse_fault(name, with);
}

}  // namespace tinfoil::sandbox
