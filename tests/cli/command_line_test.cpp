// All commands at once: what each has to offer, and what is said about a word that is none.
#include "cli/cli.hpp"
#include "cli/mistyped.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "support/catch.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <set>

using namespace tinfoil;
using namespace tinfoil::cli;

namespace {

// Commands for people, by how they are typed, that can be run: groups are not among them.
void collect(const CLI::App& at, const std::string& name,
             std::map<std::string, const CLI::App*>& to)
{
    for (const CLI::App* each : at.get_subcommands({})) {
        if (each->get_group().empty())
            continue;
        const std::string typed = name.empty() ? each->get_name() : name + " " + each->get_name();
        if (each->get_require_subcommand_min() == 0)
            to[typed] = each;
        collect(*each, typed, to);
    }
}

std::string explained(const std::vector<std::string>& typed)
{
    std::string text;
    with_commands([&](const CLI::App& app) { text = explain(app, typed, "why"); });
    return text;
}

}  // namespace

TEST_CASE("command line: every command has --json, but those for which it means nothing")
{
    const std::map<std::string, std::string> without{
        {"collection", "it serves a host, which tells of it"},
        {"completion", "it prints a script for a shell"},
        {"run", "it goes on until it is ended; --report writes its summary as JSON"},
        {"sandbox", "it goes on until it is ended; --info and --report write JSON"}};
    std::set<std::string> lacking, expected;
    for (const auto& [name, why] : without)
        expected.insert(name);
    with_commands([&](const CLI::App& app) {
        std::map<std::string, const CLI::App*> all;
        collect(app, "", all);
        CHECK(all.size() > 20);
        for (const auto& [name, command] : all)
            if (command->get_option_no_throw("--json") == nullptr)
                lacking.insert(name);
    });
    CHECK(lacking == expected);
}

TEST_CASE("command line: every command and every flag says what it does")
{
    with_commands([&](const CLI::App& app) {
        std::map<std::string, const CLI::App*> all;
        collect(app, "", all);
        for (const auto& [name, command] : all) {
            INFO(name);
            CHECK_FALSE(command->get_description().empty());
            for (const CLI::Option* each : command->get_options()) {
                INFO(each->get_name());
                CHECK_FALSE(each->get_description().empty());
            }
        }
    });
}

TEST_CASE("command line: a mistyped command or flag is answered with the one that was meant")
{
    CHECK(explained({"staus"}) ==
          "tinfoil has no command staus; did you mean status?\nwhat there is: tinfoil --help");
    CHECK(explained({"plugins", "relaod", "ping"}) ==
          "tinfoil plugins has no command relaod; did you mean reload?\n"
          "what there is: tinfoil plugins --help");
    CHECK(explained({"run", "--shrads", "4"}) ==
          "tinfoil run has no flag --shrads; did you mean --shards?\n"
          "what there is: tinfoil run --help");
    CHECK(explained({"run", "--shrads=4"}).find("did you mean --shards?") != std::string::npos);
    CHECK(explained({"frobnicate"}) ==
          "tinfoil has no command frobnicate\nwhat there is: tinfoil --help");
    // The value of a flag is no command, whatever it looks like.
    CHECK(explained({"run", "--state", "staus", "--pluginz", "x"}).find("--pluginz") !=
          std::string::npos);
    CHECK(explained({"sandbox", "sya"}).find("did you mean say?") != std::string::npos);
    CHECK(explained({"status", "\x1b[2J"}).find('\x1b') == std::string::npos);
    CHECK(explained({"shards"}) ==
          "tinfoil shards what? There are list, wake, split, merge, reshard, renew, move, cancel, "
          "history, operations, simulate-load, explain, rebalance, "
          "drain\nwhat there is: tinfoil shards --help");
    CHECK(explained({"run", "--for"}) == "why\nwhat there is: tinfoil run --help");
}

TEST_CASE("table: texts are cut where it is too wide, the widest first, and numbers never")
{
    const std::vector<column> columns{{"name"}, {"n", true}, {"why"}};
    const std::vector<std::vector<cell>> rows{{{"longer name"}, {"1234567"}, {"because of it"}}};
    CHECK(table(columns, rows, {false, 40}) == "name               n  why\n"
                                               "longer name  1234567  because of it\n");
    CHECK(table(columns, rows, {false, 30}) == "name              n  why\n"
                                               "longer na…  1234567  because …\n");
    CHECK(table(columns, rows, {false, 5}) == "name          n  why\n"
                                              "longe…  1234567  becau…\n");
    CHECK(cut("äöü", 3) == "äöü");
    CHECK(cut("äöüß", 3) == "äö…");
    CHECK(cut("abc", 0).empty());
    CHECK(cut("abc", 1) == "…");
}
