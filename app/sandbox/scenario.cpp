#include "sandbox/scenario.hpp"

#include "base/duration_text.hpp"

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

}  // namespace

result<scenario> read_scenario(const fs::path& file)
{
    toml::table root;
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
    // The same bounds as the flags have.
    const std::map<std::string, std::pair<std::optional<int>*, int>, std::less<>> counts{
        {"guilds", {&made.guilds, 50'000}},
        {"people", {&made.people, 1'000}},
        {"shards", {&made.shards, 100'000}},
        {"max_concurrency", {&made.max_concurrency, 10'000}}};
    for (const auto& [key, value] : root) {
        if (const auto found = counts.find(key.str()); found != counts.end()) {
            const auto& [to, most] = found->second;
            const auto count = count_of(file, key.str(), value, most);
            if (!count)
                return count.error();
            *to = *count;
        } else if (key == "title") {
            made.title = text_of(value);
        } else if (key == "rate") {
            made.rate = text_of(value);
        } else if (key == "at") {
            if (auto added = add_plan(made, file, value); !added)
                return added.error();
        } else {
            return bad(file, value,
                       fmt::format("there is no setting \"{}\"; there are title, guilds, people, "
                                   "shards, max_concurrency, rate and [[at]]",
                                   key.str()));
        }
    }
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
