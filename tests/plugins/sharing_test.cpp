// What plugins share, on a stage: tests/plugins_for_tests/neighbour.cpp.
#include "support/catch.hpp"

#include <tinfoil/testing.hpp>

namespace tinfoil::testing {
namespace {

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("stage: messages to the plugin, from elsewhere and from itself")
{
    stage here(TINFOIL_TEST_PLUGINS "/neighbour.so");
    const auto echoed = here.message("echo", "hello");
    CHECK(echoed.ok());
    CHECK(echoed.text() == "hello from 1");
    CHECK(here.message("later", "x").text() == "x, 3 s later");
    const auto late = here.message("later", "x", std::chrono::seconds(1));
    CHECK(late.how() == delivery::timed_out);
    const auto thrown = here.message("throw");
    CHECK(thrown.how() == delivery::refused);
    CHECK(thrown.text() == "its handler threw: no");
    CHECK(here.message("unknown").how() == delivery::refused);
    here.advance(std::chrono::seconds(10));
    CHECK(here.pending() == 1);  // Its watch.
    CHECK(here.logged() == list{"error: the handler of the message throw threw: no"});
    const auto own = here.message("ask", std::to_string(here.guild()));
    CHECK(own.text() == "0: hello from 0");
}

TEST_CASE("stage: messages of the plugin to other collections")
{
    stage here(TINFOIL_TEST_PLUGINS "/neighbour.so");
    // Nobody serves that guild as long as there is no other collection.
    CHECK(
        here.message("ask", "12345").text().find("no collection of this bot serves guild 12345") !=
        std::string::npos);
    list got;
    here.collection([&](const sent_message& what) {
        got.push_back(what.name + " " + what.text + (what.is_request ? " ?" : ""));
        return message_reply(0, delivery::ok, "there");
    });
    CHECK(here.message("ask", "12345").text() == "1: there");
    here.message("spread", "news");
    CHECK(got == list{"echo hello ?", "echo news"});
}

TEST_CASE("stage: values of the plugin and of all plugins, their end, and who watches them")
{
    stage here(TINFOIL_TEST_PLUGINS "/neighbour.so");
    CHECK(here.message("once", "a").text() == "mine");
    CHECK(here.message("once", "b").text() == "taken by a");
    CHECK(here.message("visit").text() == "1");
    CHECK(here.message("visit").text() == "2");
    here.put_shared("switch/x", "on");
    here.put_shared("other", "on");
    CHECK(here.logged() == list{"info: switch/x is on"});
    CHECK(here.message("list", "").text() == "owner=a visits=2 ");
    // The owner's time is up after a minute.
    here.advance(std::chrono::seconds(61));
    CHECK(here.message("list", "").text() == "visits=2 ");
    here.restart();
    CHECK(here.message("list", "v").text() == "visits=2 ");
    CHECK(here.shared_values().size() == 2);
}

}  // namespace tinfoil::testing
