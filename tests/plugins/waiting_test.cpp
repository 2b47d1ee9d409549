// What plugins wait for: people, time, threads of their own, and their end.
#include "support/catch.hpp"

#include <tinfoil/testing.hpp>

namespace tinfoil::testing {
namespace {

using list = std::vector<std::string>;
using namespace std::chrono_literals;

std::string file()
{
    return std::string(TINFOIL_TEST_PLUGINS) + "/waiter.so";
}

bool has(const list& all, const char* line)
{
    return std::find(all.begin(), all.end(), line) != all.end();
}

}  // namespace

TEST_CASE("sdk: a task waits for the next use of a message's button, by whom it wants")
{
    stage here(file());
    here.call("/ask", {}, "alice");
    CHECK(here.pending() == 2);
    here.click("Yes", "bob");
    CHECK(here.last() == "too late");
    here.click("Yes", "alice");
    CHECK(here.messages()[0].at("content") == "Tea for alice");
    CHECK(here.messages()[0].at("components").as_array().empty());
    CHECK(here.pending() == 1);
    CHECK(here.unanswered() == 0);
    CHECK(here.logged() == list());
}

TEST_CASE("sdk: a task that waits for nobody goes on when the time is up")
{
    stage here(file());
    here.call("/ask");
    here.advance(29s);
    CHECK(here.last() == "Tea?");
    here.advance(1s);
    CHECK(here.last() == "Nobody answers");
    CHECK(here.pending() == 1);
}

TEST_CASE("sdk: a task waits for what somebody says")
{
    stage here(file());
    here.call("/race");
    here.call("/race");
    here.say("later", "bob");
    CHECK(here.pending() == 3);
    here.event("MESSAGE_CREATE",
               {{"id", "1"}, {"content", "now"}, {"author", {{"id", "5"}, {"username", "bob"}}}});
    CHECK(here.pending() == 1);
    CHECK(here.messages()[0].at("content") == "said by bob");
    CHECK(here.messages()[1].at("content") == "said by bob");
    here.call("/race");
    here.advance(10s);
    CHECK(here.last() == "time is up");
    CHECK(here.logged() == list());
}

TEST_CASE("sdk: work on a thread comes back home, with what it throws, and ends with the plugin")
{
    stage here(file());
    here.call("/think");
    here.wait_for_thread();
    while (here.last() != "1000, thrown 1000")
        here.wait_for_thread();
    CHECK(here.pending() == 2);
    here.restart();
    CHECK(here.pending() == 1);
    CHECK(here.logged() == list());
}

TEST_CASE("sdk: a modal comes back to the task that opened it")
{
    stage here(file());
    here.call("/form");
    here.submit({{"what", "tea"}});
    CHECK(here.last() == "Ordered tea");
    here.call("/form");
    here.advance(60s);
    CHECK(here.pending() == 1);
    CHECK(here.unanswered() == 0);
}

TEST_CASE("sdk: tasks are cancelled, and time out, with their destructors")
{
    stage here(file());
    here.call("/idle");
    CHECK(here.logged() == list{"info: the task is gone"});
    // Five seconds are too many for a first answer.
    here.advance(5s);
    CHECK(here.logged().at(1) == "info: the task is gone");
    CHECK(has(here.logged(), "info: the task is gone"));
    CHECK(here.unanswered() == 1);
}

TEST_CASE("sdk: a repeated task goes on until it is cancelled")
{
    stage here(file());
    here.advance(5h);
    CHECK(here.logged() == list{"info: tick 1", "info: tick 2"});
    CHECK(here.pending() == 0);
}

TEST_CASE("sdk: autocomplete suggests while somebody types, and menus know their target")
{
    stage here(file());
    CHECK(here.type("/tea", "kind", "g") == list{"green", "ginger"});
    here.call("/tea", {{"kind", "green"}});
    CHECK(here.last() == "One green");
    here.call_on("Wave", here.person("bob"));
    CHECK(here.last() == "Hello bob");
    CHECK(here.unanswered() == 0);
}

TEST_CASE("sdk: what nobody handles is said in the log")
{
    stage here(file());
    here.call("/nobody");
    CHECK(here.type("/tea", "pot", "1") == list());
    CHECK(here.logged() == list{"warning: nothing handles the command nobody",
                                "warning: nothing handles the autocomplete of /tea pot"});
    CHECK(here.unanswered() == 2);
}

TEST_CASE("sdk: a stage says what is not there")
{
    stage here(file());
    CHECK_THROWS_WITH(here.call("/coffee"), "the plugin has no command \"coffee\"");
    CHECK_THROWS_WITH(here.click("Yes"), "no message of the bot has components");
    CHECK_THROWS_WITH(here.submit({}), "no modal has been opened");
    CHECK_THROWS_AS(stage("/nowhere.so"), failure);
    CHECK_THROWS_WITH(here.say("x", "alice", "nowhere"), "there is no channel nowhere");
}

}  // namespace tinfoil::testing
