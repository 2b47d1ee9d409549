// The plugins that tinfoil ships, against the simulated Discord.
#include "support/catch.hpp"

#include <tinfoil/testing.hpp>

namespace tinfoil::testing {
namespace {

namespace json = boost::json;

std::string file(const char* plugin)
{
    return std::string(TINFOIL_PLUGINS) + "/" + plugin + ".so";
}

std::vector<std::string> contents(const stage& here, std::string_view channel = "general")
{
    std::vector<std::string> made;
    for (const json::object& each : here.messages(channel))
        made.emplace_back(text_in(each, "content"));
    return made;
}

std::size_t count(const stage& here, std::string_view method, std::string_view end)
{
    std::size_t found = 0;
    for (const request& each : here.requests())
        found += each.method == method && each.path.ends_with(end) && each.status < 300 ? 1 : 0;
    return found;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("ping: answers the message and the command")
{
    stage here(file("ping"));
    here.say("!ping");
    CHECK(here.last() == "pong");
    here.say("ping");
    CHECK(contents(here) == list{"!ping", "pong", "ping"});
    here.call("/ping");
    CHECK(contents(here).back() == "pong");
    CHECK(here.unanswered() == 0);
    CHECK(here.logged() == list());
    CHECK(here.pending() == 0);
}

TEST_CASE("greeter: the words of a guild are kept over a restart")
{
    stage here(file("greeter"), {{"greeting", "Hello {user}"}});
    here.call("/greeting");
    CHECK(here.last() == "New members read: Hello {user}");
    here.call("/greeting", {{"text", "Sit down, {user}"}});
    here.restart();
    here.call("/greeting");
    CHECK(here.last() == "New members read: Sit down, {user}");
    CHECK(here.logged() == list());
}

TEST_CASE("moderator: a message with a forbidden word goes, with a reason, and others stay")
{
    stage here(file("moderator"), {{"words", json::array{"Ass"}}});
    here.say("a class of its own");
    here.say("what an ASS!");
    CHECK(contents(here) == list{"a class of its own"});
    REQUIRE(here.requests().size() == 1);
    CHECK(here.requests()[0].reason == "The word ass is not wanted here");
}

TEST_CASE("moderator: who is exempt may say anything")
{
    stage here(file("moderator"),
               {{"words", json::array{"ass"}}, {"exempt_roles", json::array{"7"}}});
    json::object said{{"id", std::to_string(here.guild() + 1)},
                      {"channel_id", std::to_string(here.channel())},
                      {"guild_id", std::to_string(here.guild())},
                      {"content", "ass"},
                      {"author", {{"id", "5"}, {"username", "mod"}}},
                      {"member", {{"roles", json::array{"7"}}}}};
    said["member"] = json::object{{"roles", json::array{"7"}}};
    here.event("MESSAGE_CREATE", said);
    CHECK(here.requests().empty());
}

TEST_CASE("moderator: a flood is stopped, and what came before is not")
{
    stage here(file("moderator"), {{"flood_messages", 3}, {"flood_timeout", "1h"}});
    here.say("before");
    here.advance(std::chrono::minutes(1));
    for (int i = 0; i < 4; ++i)
        here.say("buy now");
    CHECK(contents(here) == list{"before"});
    CHECK(count(here, "POST", "/bulk-delete") == 1);
    CHECK(!text_in(here.member("alice"), "communication_disabled_until").empty());
    CHECK(here.requests().front().reason == "4 messages in 8 seconds");
    CHECK(here.logged() == list());
}

TEST_CASE("moderator: /purge deletes what is asked for")
{
    stage here(file("moderator"));
    for (const char* each : {"one", "two", "three"})
        here.say(each, "bob");
    here.advance(std::chrono::minutes(1));
    here.say("mine", "alice");
    here.call("/purge", {{"count", "3"}, {"user", "bob"}}, "carol");
    CHECK(here.last() == "Deleted 2 messages.");
    CHECK(count(here, "POST", "/bulk-delete") == 1);
    here.call("/purge", {{"count", "100"}}, "carol");
    CHECK(here.unanswered() == 0);
}

TEST_CASE("moderator: /timeout begins and ends one")
{
    stage here(file("moderator"));
    here.person("bob");
    here.call("/timeout", {{"user", "bob"}, {"minutes", "5"}, {"reason", "shouting"}});
    CHECK(!text_in(here.member("bob"), "communication_disabled_until").empty());
    CHECK(here.requests().front().reason == "By alice: shouting");
    here.call("/timeout", {{"user", "bob"}, {"minutes", "0"}});
    CHECK(text_in(here.member("bob"), "communication_disabled_until").empty());
    CHECK(here.last().ends_with("may write again."));
}

TEST_CASE("moderator: a report asks why, and says it where moderators read")
{
    stage quiet(file("moderator"));
    quiet.call_on("Report", quiet.say("rude"));
    CHECK(quiet.last().starts_with("Nobody reads reports here"));

    const std::string where = [] {
        stage any(file("moderator"));
        return std::to_string(any.channel("help"));
    }();
    stage here(file("moderator"), {{"reports_channel", json::string(where)}});
    const snowflake said = here.say("rude", "bob");
    here.call_on("Report", said, "carol");
    here.submit({{"why", "It is rude"}}, "carol");
    REQUIRE(here.messages("help").size() == 1);
    const json::value card = here.messages("help")[0].at("embeds").at(0);
    CHECK(card.at("description") == "It is rude");
    CHECK(std::string(card.at("url").as_string()).ends_with("/" + std::to_string(said)));
    CHECK(here.last() == "Thank you. A moderator will have a look.");
    CHECK(here.logged() == list());
}

TEST_CASE("moderator: wrong settings are refused by name")
{
    const auto refusal = [](json::object settings) -> std::string {
        try {
            stage here(file("moderator"), std::move(settings));
        } catch (const failure& why) {
            return why.what();
        }
        return "";
    };
    CHECK(refusal({{"flood_messages", "many"}}) ==
          "moderator refused to start: the setting plugins.moderator.flood_messages has to be a "
          "whole number from 2 to 50, and is \"many\"");
    CHECK(refusal({{"wrods", json::array{}}}) ==
          "moderator refused to start: there is no setting plugins.moderator.wrods; there are "
          "words, flood_messages, flood_window, flood_timeout, exempt_roles, reports_channel");
    CHECK(refusal({{"flood_window", "1h"}}) ==
          "moderator refused to start: the setting plugins.moderator.flood_window has to be a time "
          "as \"30s\", \"10m\" or \"2h\" from 1 to 300 s, and is \"1h\"");
}

namespace {

list bars(const stage& here)
{
    list made;
    for (const auto& each : here.last_message().at("embeds").at(0).at("fields").as_array())
        made.emplace_back(std::string(each.at("name").as_string()) + " " +
                          std::string(each.at("value").as_string()));
    return made;
}

}  // namespace

TEST_CASE("polls: people vote, change their minds, and take votes back")
{
    stage here(file("polls"), {{"bar_width", 4}});
    here.call("/poll", {{"question", "Tea?"}, {"answers", "yes | no |  maybe "}});
    CHECK(bars(here) == list{"yes ░░░░ 0", "no ░░░░ 0", "maybe ░░░░ 0"});
    here.click("yes", "alice");
    here.click("yes", "bob");
    here.click("no", "carol");
    here.click("no", "bob");
    CHECK(bars(here) == list{"yes █░░░ 1", "no ██░░ 2", "maybe ░░░░ 0"});
    here.click("yes", "alice");
    CHECK(bars(here) == list{"yes ░░░░ 0", "no ████ 2", "maybe ░░░░ 0"});
    CHECK(here.unanswered() == 0);
    CHECK(here.logged() == list());
}

TEST_CASE("polls: goes on after a restart, and ends when it is to end")
{
    stage here(file("polls"), {{"bar_width", 4}});
    here.call("/poll", {{"question", "Tea?"}, {"answers", "yes|no"}, {"minutes", "10"}});
    here.click("yes", "alice");
    here.restart();
    here.click("no", "bob");
    CHECK(bars(here) == list{"yes ██░░ 1", "no ██░░ 1"});
    here.advance(std::chrono::minutes(9));
    CHECK(here.last_message().at("components").as_array().size() == 1);
    here.advance(std::chrono::minutes(2));
    CHECK(here.last_message().at("embeds").at(0).at("description") == "Ended");
    CHECK(here.last_message().at("components").as_array().empty());
    CHECK(here.values() == std::vector<std::pair<std::string, std::string>>{{"open", "[]"}});
    CHECK(here.pending() == 0);
    CHECK(here.logged() == list());
}

TEST_CASE("polls: what makes no poll is answered so")
{
    stage here(file("polls"));
    here.call("/poll", {{"question", "Tea?"}, {"answers", "yes"}});
    CHECK(here.last().starts_with("A poll has 2 to 10 answers"));
    CHECK(here.values().empty());
}

TEST_CASE("stats: asks all collections, says who is silent, and keeps the total")
{
    stage here(file("stats"));
    here.say("one");
    here.say("two");
    here.call("/stats");
    // Its own answers count: they are messages too.
    CHECK(here.last() == "**2** messages in **1** guilds, seen by 1 collection since they began; "
                         "**2** messages ever.");
    const std::uint32_t other = here.collection([](const sent_message& asked) {
        CHECK(asked.name == "counts");
        CHECK(asked.is_request);
        return message_reply(0, delivery::ok, R"({"messages":40,"guilds":3})");
    });
    CHECK(other == 1);
    here.collection([](const sent_message&) { return message_reply(0, delivery::timed_out, ""); });
    here.call("/stats");
    here.advance(std::chrono::seconds(2));
    CHECK(here.last() == "**43** messages in **4** guilds, seen by 2 collections since they began; "
                         "**3** messages ever.\n1 did not answer.");
    CHECK(here.unanswered() == 0);
    // A new start begins anew with what it saw, and goes on with what all saw ever.
    here.say("three");
    here.advance(std::chrono::seconds(10));
    here.restart();
    CHECK(here.message("counts").text() == R"({"messages":0,"guilds":1})");
    CHECK(here.values() == std::vector<std::pair<std::string, std::string>>{{"messages", "5"}});
    CHECK(here.logged() == list());
}

}  // namespace tinfoil::testing
