#include "cli/inspection.hpp"

#include "cli/surroundings.hpp"
#include "cli/text.hpp"
#include "discord/intents.hpp"
#include "host/status_json.hpp"
#include "plugin/inspection.hpp"

#include <boost/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t width = 400;

json::array texts(const std::vector<std::string>& all)
{
    json::array made;
    for (const std::string& each : all)
        made.emplace_back(host::valid(each));
    return made;
}

std::string joined(const std::vector<std::string>& all)
{
    std::string made;
    for (const std::string& each : all)
        made += (made.empty() ? "" : ", ") + printable(each, width);
    return made.empty() ? "none" : made;
}

void print_json(const std::string& file, const plugin::inspection& of)
{
    fmt::print("{}\n", json::serialize(json::object{
                           {"file", host::valid(file)},
                           {"bytes", of.bytes},
                           {"manifest", json::parse(of.manifest_text)},
                           {"build_id", of.facts.build_id},
                           {"needs", texts(of.facts.needed)},
                           {"missing", texts(of.missing)},
                           {"runpath", host::valid(of.facts.runpath)},
                           {"initialisers", of.facts.initialisers},
                           {"exports", texts(of.facts.exports)},
                           {"unloadable", of.kept.empty()},
                           {"kept_why", of.kept.empty() ? json::value() : json::value(of.kept)},
                           {"warnings", texts(of.warnings)}}));
}

void print_text(const plugin::inspection& of)
{
    const auto line = [](const char* title, const std::string& text) {
        fmt::print("{:<13} {}\n", title, text);
    };
    line("plugin", printable(of.about.name, width) + " " + printable(of.about.version, width));
    if (!of.about.description.empty())
        line("description", printable(of.about.description, width));
    line("events", joined(of.about.events));
    line("intents", of.about.intents == 0 ? "none" : discord::intent_names(of.about.intents));
    line("commands", joined(of.about.command_names));
    line("state", of.about.state_version == 0
                      ? "none"
                      : "version " + std::to_string(of.about.state_version));
    line("size", fmt::format("{} bytes", of.bytes));
    line("build id", of.facts.build_id.empty() ? "none" : of.facts.build_id);
    line("needs", joined(of.facts.needed));
    if (!of.missing.empty())
        line("missing", joined(of.missing) + " (not where libraries usually are)");
    line("initialisers", std::to_string(of.facts.initialisers));
    line("exports", joined(of.facts.exports));
    line("unloads", of.kept.empty() ? "yes" : "old versions may stay in memory: " + of.kept);
    for (const std::string& each : of.warnings)
        line("warning", printable(each, width));
}

}  // namespace

int inspect_plugin(const std::string& file, bool as_json)
{
    std::error_code failed;
    if (std::filesystem::status(file, failed).type() == std::filesystem::file_type::not_found)
        return fail({errc::invalid_argument, "there is no file " + printable(file, width)});
    const auto found = plugin::inspect(file);
    if (!found)
        return fail(
            {found.error().code == errc::malformed ? errc::plugin_refused : found.error().code,
             printable(file, width) + ": " + found.error().detail});
    if (as_json)
        print_json(file, *found);
    else
        print_text(*found);
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
