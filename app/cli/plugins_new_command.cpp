#include "cli/plugins_new_command.hpp"

#include "cli/surroundings.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>

namespace tinfoil::cli {
namespace {

namespace fs = std::filesystem;

// @NAME@ is the plugin's name, @CLASS@ the same as C++ writes names.
constexpr const char* cmake_file = R"(cmake_minimum_required(VERSION 3.25)
project(@NAME@ LANGUAGES CXX)
find_package(tinfoil REQUIRED)
enable_testing()
tinfoil_add_plugin(@NAME@ @NAME@.cpp)
tinfoil_add_plugin_test(@NAME@_test @NAME@ @NAME@_test.cpp)
)";

constexpr const char* plugin_file = R"(#include <tinfoil/plugin.hpp>

using namespace tinfoil;

// What the plugin is and wants. It is read from the file before any code of it runs.
constexpr about info{.name = "@NAME@",
                     .version = "0.1.0",
                     .description = "Says hello",
                     .commands = {{.name = "@COMMAND@",
                                   .description = "Says hello to somebody",
                                   .options = {{.name = "whom",
                                                .description = "To you, if you don't say",
                                                .type = option::user}}}},
                     .settings = {{.name = "greeting",
                                   .description = "How it begins",
                                   .type = setting::text,
                                   .text = "Hello"}}};

class @CLASS@ : public plugin {
public:
    explicit @CLASS@(host& from) : plugin(from), greeting_(setting<std::string>("greeting"))
    {
        command("@COMMAND@", [this](interaction called) -> task<> {
            const user_view whom = called.option<user_view>("whom").value_or(called.user());
            message answer(greeting_ + ", " + whom.mention() + "!");
            answer.row(button(custom_id("wave", whom.id()), "Wave back").emoji("👋"));
            // value() throws if Discord refuses, which ends in the log.
            (co_await called.reply(answer)).value();
        });
        component("wave", [](interaction used) -> task<> {
            message answer(used.user().mention() + " waves.");
            (co_await used.reply(answer)).value();
        });
    }

private:
    std::string greeting_;
};

TINFOIL_PLUGIN(@CLASS@, info)
)";

constexpr const char* test_file =
    R"(#include <tinfoil/testing.hpp>

using namespace tinfoil::testing;

// Runs the plugin against a simulated Discord, in virtual time.
int main()
{
    return play({
        {"it says hello, and people wave back",
         [] {
             stage here(PLUGIN_FILE);
             here.call("/@COMMAND@");
             const std::string alice = "<@" + std::to_string(here.person("alice")) + ">";
             expect(here.last(), "Hello, " + alice + "!");
             here.click("Wave back");
             expect(here.last(), alice + " waves.");
             expect(here.unanswered() == 0, "every use was answered");
         }},
        {"the greeting is a setting",
         [] {
             stage here(PLUGIN_FILE, {{"greeting", "Ahoy"}});
             here.call("/@COMMAND@");
             expect(here.last().starts_with("Ahoy, "), "it begins with the setting");
         }},
    });
}
)";

constexpr const char* readme_file = R"(# @NAME@

    cmake -B build && cmake --build build && ctest --test-dir build --output-on-failure
    tinfoil run --sandbox --plugins build/plugins

Settings, in `tinfoil.toml`:

    [plugins.@NAME@]
    greeting = "Hello"

The book is `sdk/README.md` of tinfoil.
)";

bool is_plugin_name(std::string_view text)
{
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

// A name of C++ and of CMake may not begin with a digit or have a dash.
std::string class_name(const std::string& name)
{
    std::string made =
        std::isdigit(static_cast<unsigned char>(name.front())) != 0 ? "_" + name : name;
    std::replace(made.begin(), made.end(), '-', '_');
    return made + "_plugin";
}

std::string filled(std::string text, const std::string& name)
{
    const std::array<std::pair<std::string_view, std::string>, 3> words{
        {{"@NAME@", name}, {"@COMMAND@", name}, {"@CLASS@", class_name(name)}}};
    for (const auto& [word, value] : words)
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at))
            text.replace(at, word.size(), value);
    return text;
}

}  // namespace

CLI::App* add_plugins_new(CLI::App& plugins, plugins_new_flags& given)
{
    CLI::App* made = plugins.add_subcommand(
        "new", "Write a folder with a plugin that builds at once, and its test");
    made->add_option("NAME", given.name, "1 to 32 of a-z, 0-9, - and _")->required();
    made->add_option("--folder", given.folder, "Where (default: NAME, in this folder)");
    made->add_flag("--json", given.json, "Say as JSON what was written where");
    return made;
}

result<void> write_new_plugin(const std::string& name, const fs::path& folder)
{
    if (!is_plugin_name(name))
        return error{
            errc::invalid_argument,
            fmt::format("\"{}\" can't name a plugin: use 1 to 32 of a-z, 0-9, - and _", name)};
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        return error{errc::invalid_argument, fmt::format("the folder {} can't be made: {}",
                                                         folder.string(), failed.message())};
    if (!fs::is_empty(folder, failed) || failed)
        return error{
            errc::invalid_argument,
            fmt::format("the folder {} is not empty; name another by --folder", folder.string())};
    const std::array<std::pair<std::string, const char*>, 4> files{{{"CMakeLists.txt", cmake_file},
                                                                    {name + ".cpp", plugin_file},
                                                                    {name + "_test.cpp", test_file},
                                                                    {"README.md", readme_file}}};
    for (const auto& [file, text] : files) {
        std::ofstream to(folder / file);
        to << filled(text, name);
        to.close();
        if (!to)
            return error{errc::invalid_argument,
                         fmt::format("{} can't be written", (folder / file).string())};
    }
    return {};
}

int run_plugins_new(const plugins_new_flags& given)
{
    const fs::path folder = given.folder.empty() ? fs::path(given.name) : fs::path(given.folder);
    if (auto written = write_new_plugin(given.name, folder); !written)
        return fail(written.error());
    if (given.json) {
        fmt::print("{}\n", boost::json::serialize(boost::json::object{
                               {"name", given.name}, {"folder", host::valid(folder.string())}}));
        return EXIT_SUCCESS;
    }
    fmt::print("{0} is in {1}. Build it, test it, and run it in a sandbox:\n"
               "  cd {1}\n"
               "  cmake -B build && cmake --build build && ctest --test-dir build\n"
               "  tinfoil run --sandbox --plugins build/plugins\n",
               given.name, folder.string());
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
