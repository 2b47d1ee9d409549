// The live view as golden screens, and its answers to keys; no terminal is needed.
#include "cli/top_command.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;

namespace {

host::shard_status shard(std::uint32_t id, gateway::state state, std::uint64_t events_milli)
{
    host::shard_status made;
    made.slot = {id, 3};
    made.collection = id % 2;
    made.state = state;
    made.in_state_ms = 754'000;
    made.has_session = true;
    made.sequence = 100 + id;
    made.unfinished = id * 7;
    made.events_milli = events_milli;
    made.gauge = {made.slot, 42'000, 3'000, 200, 60'000, 58'000, 20'000, id == 2};
    if (state != gateway::state::active)
        made.why = "the connection was lost: reset by peer";
    return made;
}

host::plugin_status plugin(const char* name, std::uint64_t busy_us, std::uint64_t slow)
{
    host::plugin_status made;
    made.name = name;
    made.version = "1.0.0";
    made.gauge.events = busy_us / 100;
    made.gauge.busy_us = busy_us;
    made.gauge.calls = 40;
    made.gauge.p99_us = 900;
    made.gauge.max_us = slow == 0 ? 1'200 : 350'000;
    made.gauge.slow = slow;
    return made;
}

top_look look(std::uint64_t busy_us = 0, duration at = 0s)
{
    top_look made;
    made.status.phase = "running";
    made.status.application_name = "Ping";
    made.status.uptime_ms = 754'000;
    made.status.starts_left = {true, 1000, 990, 200, 60'000, 0, ""};
    made.status.collections = {{0, "running", 42, 1, 0, 1'500, 2, 2},
                               {1, "waiting", 0, 3, 12, 140'000, 0, 1}};
    made.status.plugin_health = {plugin("greeter", busy_us / 10, 0), plugin("naps", busy_us, 3)};
    made.status.warnings = {"plugin naps holds up its loop", "a second one"};
    made.shards = {shard(0, gateway::state::active, 1'500), shard(1, gateway::state::backoff, 0),
                   shard(2, gateway::state::active, 250'400)};
    made.limits = boost::json::parse(R"({"buckets":[
        {"bucket":"ab09","routes":["GET /channels/{id}"],"major":"1","limit":20,"remaining":19,
         "reset_after_ms":4987,"blocked_for_ms":0,"waiting":0,"in_flight":1},
        {"bucket":null,"routes":["POST /channels/{id}/messages"],"major":"2","limit":null,
         "remaining":null,"reset_after_ms":0,"blocked_for_ms":1200,"waiting":12,"in_flight":0}]})");
    made.at = instant{} + at;
    return made;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& each : lines)
        text += each + "\n";
    return text;
}

top_view after(const std::vector<top_key>& keys)
{
    top_view made;
    made.on(look());
    made.on(look(700'000, 1s));
    for (const top_key each : keys)
        made.on(each);
    return made;
}

std::size_t width_without_colours(const std::string& line)
{
    std::string plain;
    for (std::size_t at = 0; at < line.size(); ++at)
        if (line[at] == '\x1b')
            at = line.find('m', at);
        else
            plain += line[at];
    return width_of(plain);
}

}  // namespace

TEST_CASE("top: shards, the one with most events first")
{
    support::check_golden("cli/screens/shards.txt", joined(after({}).lines({false, 100}, 12)));
}

TEST_CASE("top: plugins, the busiest first, by what they did since the last look")
{
    support::check_golden("cli/screens/plugins.txt",
                          joined(after({top_key::plugins}).lines({false, 100}, 12)));
}

TEST_CASE("top: collections and buckets")
{
    support::check_golden("cli/screens/collections.txt",
                          joined(after({top_key::collections}).lines({false, 100}, 12)));
    support::check_golden("cli/screens/rest.txt",
                          joined(after({top_key::rest}).lines({false, 100}, 12)));
}

TEST_CASE("top: a look into one, and help")
{
    support::check_golden(
        "cli/screens/shard.txt",
        joined(after({top_key::down, top_key::look_into}).lines({false, 80}, 20)));
    support::check_golden(
        "cli/screens/plugin.txt",
        joined(after({top_key::plugins, top_key::look_into}).lines({false, 80}, 20)));
    support::check_golden("cli/screens/help.txt",
                          joined(after({top_key::help}).lines({false, 100}, 20)));
}

TEST_CASE("top: on 80 columns neither the help nor what is in the first line is cut")
{
    for (const top_key view : {top_key::shards, top_key::help})
        for (const std::size_t width : {60U, 70U, 80U, 90U}) {
            const auto lines = after({view}).lines({false, width}, 20);
            const std::size_t whole = view == top_key::help ? lines.size() : 1;
            for (std::size_t at = 0; at < whole; ++at)
                CHECK(lines[at].find("…") == std::string::npos);
            const std::string all = joined(lines);
            if (view == top_key::help)
                CHECK(all.find("budget.") != std::string::npos);
            else
                CHECK(lines.front().ends_with("1 waiting to reconnect"));
        }
}

TEST_CASE("top: a narrow terminal cuts texts, and keeps every line within its width")
{
    support::check_golden("cli/screens/narrow.txt", joined(after({}).lines({false, 60}, 8)));
    for (const top_key view :
         {top_key::shards, top_key::plugins, top_key::collections, top_key::rest, top_key::help})
        for (std::size_t width = 0; width < 120; ++width)
            for (std::size_t height = 0; height < 12; ++height) {
                const auto lines = after({view}).lines({true, width}, height);
                REQUIRE(lines.size() <= height);
                for (const std::string& each : lines) {
                    REQUIRE(width_without_colours(each) <= width);
                    // No colour runs on into the next line.
                    const auto last = each.rfind('\x1b');
                    REQUIRE((last == std::string::npos || each.substr(last, 4) == "\x1b[0m"));
                }
            }
}

TEST_CASE("top: keys mark, sort and turn round, and what is marked stays so")
{
    top_view it = after({top_key::down});
    const auto marked = [&] {
        for (const std::string& each : it.lines({false, 100}, 12))
            if (each.starts_with("> "))
                return each.substr(2, 3);
        return std::string();
    };
    CHECK(marked() == "0/3");
    it.on(top_key::up);
    CHECK(marked() == "2/3");
    it.on(top_key::last);
    CHECK(marked() == "1/3");
    it.on(top_key::page_down);
    CHECK(marked() == "1/3");
    it.on(top_key::reverse);
    CHECK(marked() == "1/3");
    it.on(top_key::first);
    CHECK(marked() == "1/3");
    it.on(top_key::sort);
    it.on(top_key::first);
    CHECK(marked() == "2/3");  // By unfinished.
    auto fewer = look(800'000, 2s);
    fewer.shards.pop_back();
    it.on(fewer);
    CHECK(marked() == "1/3");
    CHECK_FALSE(it.ended());
    it.on(top_key::quit);
    CHECK(it.ended());
}

TEST_CASE("top: a host that does not answer leaves the last look, with the reason above it")
{
    top_view it = after({});
    it.on(error{errc::unreachable, "no host runs with the state /s"});
    const auto lines = it.lines({false, 100}, 12);
    CHECK(lines[1] == "no answer: no host runs with the state /s");
    CHECK(lines[4].starts_with("> 2/3"));
    it.on(look(900'000, 3s));
    CHECK(it.lines({false, 100}, 12)[1].find("no answer") == std::string::npos);
    top_view early;
    CHECK(early.lines({false, 100}, 12)[0] == "asking the host...");
    for (int key = 0; key <= static_cast<int>(top_key::help); ++key)
        early.on(static_cast<top_key>(key));
}

TEST_CASE("top: counts that begin anew, with another host, are no share of anything")
{
    top_view it = after({top_key::plugins});
    it.on(look(10, 2s));
    CHECK(joined(it.lines({false, 100}, 12)).find('%') == std::string::npos);
}

TEST_CASE("top: what a terminal sends for keys, and what means nothing")
{
    using key = top_key;
    CHECK(keys_of("q") == std::vector{key::quit});
    CHECK(keys_of("\x1b[A\x1b[B\x1bOAj") == std::vector{key::up, key::down, key::up, key::down});
    CHECK(keys_of("\x1b") == std::vector{key::back});
    CHECK(keys_of("\x1b[5~\x1b[6~\r\t") ==
          std::vector{key::page_up, key::page_down, key::look_into, key::next_view});
    CHECK(keys_of("\x1b[1;5D\x1b[15~x\xff").empty());
    CHECK(keys_of("").empty());
}

TEST_CASE("top: what is no terminal gets one look at everything")
{
    support::check_golden("cli/screens/once.txt", once(look(), false));
}
