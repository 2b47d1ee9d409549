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
    with_commands([&](const CLI::App& app) {
        text = explain(app, typed, CLI::ParseError("why", CLI::ExitCodes::BaseClass));
    });
    return text;
}

// What is said first of these words, which can't be parsed.
std::string refused(std::vector<std::string> typed)
{
    std::string text;
    with_commands([&](CLI::App& app) {
        try {
            std::vector<std::string> reversed(typed.rbegin(), typed.rend());
            app.parse(reversed);
        } catch (const CLI::ParseError& bad) {
            text = explain(app, typed, bad);
        }
    });
    return text.substr(0, text.find('\n'));
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

TEST_CASE("command line: a short flag is no command, and a bad value is told with what is wanted")
{
    CHECK(refused({"config", "-x"}) == "tinfoil config has no flag -x");
    CHECK(refused({"budget", "-z"}) == "tinfoil budget has no flag -z");
    CHECK(refused({"sandbox", "-x"}) == "tinfoil sandbox has no flag -x");
    CHECK(refused({"logs", "-fx"}) == "tinfoil logs has no flag -x");
    for (const std::string bad : {"2001", "abc", "99999999999999999999"})
        CHECK(refused({"logs", "-n", bad}) ==
              "--lines takes a whole number from 0 to 2000, and \"" + bad +
                  "\" is none (How many of the last lines)");
    CHECK(refused({"logs", "-n", "-1"}).starts_with("--lines "));
    CHECK(refused({"logs", "-n", "5", "lvel"}) ==
          "tinfoil logs has no command lvel; did you mean level?");
}

TEST_CASE("command line: what can't be parsed is a sentence that says what is wanted")
{
    for (const std::string bad : {"abc", "-3", "99999999999999999999", "1x"}) {
        INFO(bad);
        CHECK(
            refused({"run", "--seed=" + bad})
                .starts_with("--seed takes a whole number from 0 to 18446744073709551615, and \"" +
                             bad + "\" is none"));
    }
    CHECK(refused({"run", "--seed", "18446744073709551615"}).empty());
    CHECK(refused({"run", "--for"}) == "--for needs a value (End after this time: 30s, 5m, 1h)");
    CHECK(refused({"shards", "wake"}).starts_with("tinfoil shards wake needs "));
    CHECK(refused({"shards", "split", "0/1", "0/2"}) ==
          "tinfoil shards split takes 1 shard, and 2 are given");
    CHECK(refused({"shards", "reshard", "100001"})
              .starts_with("count takes a whole number from 1 to 100000, and \"100001\" is none"));
    CHECK(refused({"status", "now"}) == "tinfoil status has no place for now");
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
