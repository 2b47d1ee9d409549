#include "cli/log_lines.hpp"
#include "cli/text.hpp"
#include "host/log_control.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace tinfoil;
using namespace tinfoil::cli;

namespace {

host::log_entry nasty()
{
    return {7,
            1'764'244'800'123,
            host::log_area::output,
            host::log_level::warning,
            "tea\n",
            "a\x1b[2J\nfake \u009b2J \u202E \xff end",
            3};
}

bool is_harmless(const std::string& text)
{
    for (const char each : text)
        if (static_cast<unsigned char>(each) < 0x20 || each == 0x7f)
            return false;
    return text.find("\u009b") == std::string::npos && text.find("\u202E") == std::string::npos;
}

}  // namespace

TEST_CASE("log lines: text of strangers stays on its line and moves no cursor")
{
    CHECK(
        log_text(nasty(), false) ==
        "2025-11-27T12:00:00.123Z warning output   tea\\n: a\\u{1b}[2J\\nfake \\u{9b}2J \\u{202e} "
        "\\xff end (3 more times)");
    CHECK(is_harmless(log_text(nasty(), false)));
    CHECK(is_harmless(log_json_line(nasty())));
    const std::string journal = log_journal_message(nasty());
    CHECK(std::count(journal.begin(), journal.end(), '\n') == 6);
    CHECK(journal.find("PRIORITY=4\n") != std::string::npos);
    CHECK(journal.find("TINFOIL_AREA=output\nTINFOIL_ABOUT=tea\\n\nTINFOIL_NUMBER=7\n") !=
          std::string::npos);
}

TEST_CASE("log lines: JSON reads back as it was, but for what is no text")
{
    const auto read = boost::json::parse(log_json_line(nasty()));
    CHECK(read.at("text").as_string() == "a\x1b[2J\nfake \u009b2J \u202E \uFFFD end");
    CHECK(read.at("about").as_string() == "tea\n");
    CHECK(read.at("more").to_number<int>() == 3);
    CHECK(read.at("time_ms").to_number<std::int64_t>() == 1'764'244'800'123);
}

TEST_CASE("log lines: what the host answers is what the command reads")
{
    host::log_book::answer from;
    from.entries.push_back(nasty());
    from.entries.back().text = "plain";
    from.next = 9;
    from.lost = 2;
    const auto read = host::parse_log(host::log_json(from));
    REQUIRE(read);
    CHECK(read->next == 9);
    CHECK(read->lost == 2);
    REQUIRE(read->entries.size() == 1);
    CHECK(log_text(read->entries[0], false) == log_text(from.entries[0], false));
    CHECK(!host::parse_log("[]"));
    CHECK(!host::parse_log(R"({"next":1,"lost":0,"entries":[{"area":"nowhere"}]})"));
}
