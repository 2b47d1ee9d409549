#include "cli/completion_command.hpp"
#include "cli/manual.hpp"
#include "support/catch.hpp"

using namespace tinfoil::cli;

namespace {

command_page small_tree()
{
    command_page root{{"tinfoil"}, "Runs bots", {{{"-h", "--help"}, "", "Help"}}, {}};
    command_page run{{"tinfoil", "run"},
                     "Run it's bot",
                     {{{"-s", "--state"}, "FOLDER", ".state -- of \\ it"},
                      {{"FILE"}, "FILE", "What", true, true, true}},
                     {}};
    root.commands.push_back(run);
    return root;
}

}  // namespace

TEST_CASE("manual: a page escapes what troff would read as its own")
{
    const std::string page = manual_page(small_tree().commands[0]);
    CHECK(page.find(".TH TINFOIL\\-RUN 1 ") == 0);
    CHECK(page.find("tinfoil\\-run \\- Run it's bot\n") != std::string::npos);
    CHECK(page.find(
              "\\fB\\-s\\fR, \\fB\\-\\-state\\fR \\fIFOLDER\\fR\n\\&.state \\-\\- of \\e it\n") !=
          std::string::npos);
    CHECK(page.find("\\fIFILE\\fR...") != std::string::npos);
    CHECK(page.find("\\fBtinfoil\\fR(1)") != std::string::npos);
}

TEST_CASE("manual: the page of a command names those below it")
{
    CHECK(manual_page(small_tree()).find("\\fBtinfoil\\-run\\fR(1)\nRun it's bot\n") !=
          std::string::npos);
}

TEST_CASE("completion: quotes of a help text end no quotes of a shell")
{
    CHECK(zsh_completion(small_tree()).find("'run:Run it'\\''s bot'") != std::string::npos);
    CHECK(fish_completion(small_tree()).find("-d 'Run it\\'s bot'") != std::string::npos);
}
