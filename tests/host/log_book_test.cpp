#include "host/log_book.hpp"
#include "host/log_settings.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

namespace {

log_entry line(const std::string& text, log_area area = log_area::host,
               log_level level = log_level::warning)
{
    log_entry made;
    made.area = area;
    made.level = level;
    made.text = text;
    return made;
}

log_book::question asking(std::optional<std::uint64_t> after, std::size_t lines)
{
    log_book::question made;
    made.after = after;
    made.lines = lines;
    return made;
}

struct player {
    std::size_t say(const log_entry& what, duration at)
    {
        std::vector<log_entry> now;
        book.on(what, instant(at), now);
        written.insert(written.end(), now.begin(), now.end());
        return now.size();
    }

    log_book book{usual_log_levels(false)};
    std::vector<log_entry> written;
};

}  // namespace

TEST_CASE("log: of equal lines five are written, and then one that says how many there were")
{
    player log;
    for (int at = 0; at < 100; ++at)
        log.say(line("full"), std::chrono::milliseconds(10 * at));
    REQUIRE(log.written.size() == 5);
    CHECK(log.book.counted() == 95);
    CHECK(log.book.deadline() == instant(60s));
    std::vector<log_entry> ended;
    log.book.on_time(instant(60s) - 1ns, 0, ended);
    CHECK(ended.empty());
    log.book.on_time(instant(60s), 7, ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].more == 95);
    CHECK(ended[0].text == "full");
    CHECK(ended[0].wall_ms == 7);
    CHECK(log.book.deadline() == never);
    CHECK(log.say(line("full"), 61s) == 1);
}

TEST_CASE("log: what was said five times at most is not told again")
{
    player log;
    for (int at = 0; at < 5; ++at)
        log.say(line("once"), 0s);
    std::vector<log_entry> ended;
    log.book.on_time(instant(60s), 0, ended);
    CHECK(ended.empty());
}

TEST_CASE("log: lines of another plugin, area or level are not the same line")
{
    player log;
    for (int at = 0; at < 5; ++at)
        log.say(line("x"), 0s);
    log_entry other = line("x");
    other.about = "tea";
    CHECK(log.say(other, 0s) == 1);
    CHECK(log.say(line("x", log_area::plugins), 0s) == 1);
    CHECK(log.say(line("x", log_area::host, log_level::error), 0s) == 1);
    CHECK(log.say(line("x"), 0s) == 0);
}

TEST_CASE("log: with more different lines than it can count the oldest ends early, uncounted never")
{
    player log;
    for (int at = 0; at < 8; ++at)
        log.say(line("first"), 0s);
    for (std::size_t at = 1; at < log_book::windows_max; ++at)
        log.say(line(std::to_string(at)), 1s);
    log.written.clear();
    CHECK(log.say(line("one too many"), 2s) == 2);
    CHECK(log.written[0].text == "first");
    CHECK(log.written[0].more == 3);
    CHECK(log.written[1].text == "one too many");
}

TEST_CASE("log: moves of shards and people of the sandbox are never counted in place of written")
{
    player log;
    for (int at = 0; at < 50; ++at) {
        CHECK(log.say(line("resuming", log_area::shards), 0s) == 1);
        CHECK(log.say(line("hi", log_area::sandbox), 0s) == 1);
    }
    CHECK(log.book.deadline() == never);
}

TEST_CASE("log: a level holds for its area, from the next line on")
{
    player log;
    CHECK(log.say(line("detail", log_area::output, log_level::debug), 0s) == 0);
    log.book.set_level(log_area::output, log_level::debug);
    CHECK(log.say(line("detail", log_area::output, log_level::debug), 0s) == 1);
    CHECK(log.say(line("detail", log_area::host, log_level::debug), 0s) == 0);
    log.book.set_level(log_area::host, log_level::error);
    CHECK(log.say(line("warning"), 0s) == 0);
    CHECK(log.book.written(log_area::output, log_level::debug) == 1);
    CHECK(log.book.written(log_area::host, log_level::warning) == 0);
}

TEST_CASE("log: who asks gets the last lines, or those after a number, and hears what is lost")
{
    player log;
    for (std::size_t at = 1; at <= log_book::entries_max + 10; ++at)
        log.say(line(std::to_string(at), log_area::shards), 0s);
    const auto last = log.book.look(asking({}, 2));
    REQUIRE(last.entries.size() == 2);
    CHECK(last.entries[1].text == std::to_string(log_book::entries_max + 10));
    CHECK(last.next == log_book::entries_max + 10);
    const auto some = log.book.look(asking(5, 3));
    CHECK(some.lost == 5);
    REQUIRE(some.entries.size() == 3);
    CHECK(some.entries[0].number == 11);
    CHECK(some.next == 13);
    CHECK(log.book.look(asking(last.next, 100)).entries.empty());
    // As of an earlier run, which had more lines.
    CHECK(log.book.look(asking(99'999, 1)).entries[0].number == 11);
}

TEST_CASE("log: filters do not stop the numbers")
{
    player log;
    log.say(line("a", log_area::host), 0s);
    log.say(line("b", log_area::output), 0s);
    log.say(line("c", log_area::output, log_level::error), 0s);
    auto asked = asking(0, 100);
    asked.area = log_area::output;
    asked.least = log_level::error;
    const auto found = log.book.look(asked);
    REQUIRE(found.entries.size() == 1);
    CHECK(found.entries[0].text == "c");
    CHECK(found.next == 3);
    asked.area = log_area::commands;
    CHECK(log.book.look(asked).next == 3);
}

TEST_CASE("log: a line is cut at 16 KiB, not within a character")
{
    player log;
    std::string text(log_book::text_bytes_max - 1, 'x');
    log.say(line(text + "é"), 0s);
    CHECK(log.written[0].text == text);
    for (int at = 0; at < 400; ++at)
        log.say(line(std::to_string(at) + std::string(log_book::text_bytes_max, 'y')), 0s);
    std::size_t bytes = 0;
    for (const auto& each : log.book.look(asking({}, log_book::entries_max)).entries)
        bytes += each.text.size();
    CHECK(bytes < log_book::bytes_max);
    CHECK(bytes > log_book::bytes_max / 2);
}

TEST_CASE("log: levels are read for all areas and for single ones")
{
    const auto levels =
        parse_log_levels("warning,output=debug,host=error", usual_log_levels(false));
    REQUIRE(levels);
    CHECK((*levels)[static_cast<std::size_t>(log_area::host)] == log_level::error);
    CHECK((*levels)[static_cast<std::size_t>(log_area::shards)] == log_level::warning);
    CHECK((*levels)[static_cast<std::size_t>(log_area::output)] == log_level::debug);
    CHECK(parse_log_levels("loud", {}).error().detail ==
          "\"loud\" is no level; there are debug, info, warning, error, as in info,output=debug");
    CHECK(parse_log_levels("rest=info", {}).error().detail ==
          "\"rest\" is no area of the log; there are host, shards, plugins, output, commands, "
          "sandbox, scaler, and all");
    CHECK(parse_log_format("auto", false).value() == log_format::account);
    CHECK(parse_log_format("auto", true).value() == log_format::journal);
    CHECK(!parse_log_format("xml", false));
}
