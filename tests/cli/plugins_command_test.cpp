#include "cli/plugins_command.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::cli;

TEST_CASE("plugins: answers are grouped by outcome, those that failed last, with what happened "
          "where")
{
    const std::string text =
        answers_text({{"greeter",
                       "refused",
                       "1.0.0",
                       "1.1.0",
                       "bad\nconfig",
                       "",
                       {{0, "refused", "1.0.0", "bad", 0, 0, 0, 0, ""}}},
                      {"ping",
                       "reloaded",
                       "1.3.0",
                       "1.3.0",
                       "",
                       "",
                       {{0, "reloaded", "1.3.0", "", 2210, 14, 1, 2, "a thread"}}},
                      {"moderator", "loaded", "1.0.0", "1.0.0", "", "", {}}},
                     false);
    CHECK(text == "loaded: moderator 1.0.0 runs\n"
                  "reloaded: ping 1.3.0 runs\n"
                  "  collection 0: reloaded, runs 1.3.0, 14 events waited, 2.2 ms at most, 1 "
                  "handler cut off, 2 old copies stay in memory: a thread\n"
                  "refused: greeter 1.1.0 refused: bad\\nconfig; 1.0.0 goes on\n"
                  "  collection 0: refused, runs 1.0.0, no event waited\n");
}

TEST_CASE("plugins: the list shows what runs and why something does not")
{
    const std::string text =
        plugins_table({{"ping", "1.2.0", "ping.so", "running", "", "1.1.0", 1, "a thread"},
                       {"", "", "x.so", "refused", "it is empty", "", 0, ""}},
                      false);
    CHECK(text.find("ping    1.2.0    running  1.1.0") != std::string::npos);
    CHECK(text.find("1 old copy stays in memory: a thread") != std::string::npos);
    CHECK(text.find("refused  -       x.so     it is empty") != std::string::npos);
    CHECK(plugins_table({}, false) == "no plugins\n");
}
