#include "cli/account.hpp"
#include "cli/text.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::cli;

TEST_CASE("printable: what strangers write can't move the cursor or reorder a line")
{
    CHECK(printable("héllo ✓", 80) == "héllo ✓");
    CHECK(printable("a\x1b[2Jb\n", 80) == "a\\u{1b}[2Jb\\n");
    CHECK(printable("\xff\xc0\x80", 80) == "\\xff\\xc0\\x80");
    CHECK(printable("\u202Eabc", 80) == "\\u{202e}abc");
    CHECK(printable("abcdef", 3) == "abc…");
}

TEST_CASE("account: what plugins log at length is shown to authors only")
{
    std::vector<std::string> lines;
    account people(
        false, [] { return instant(); }, [&](const std::string& line) { lines.push_back(line); });
    const std::string text(1000, 'x');
    people.plugin_logged("tea", 1, text);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find(text) == std::string::npos);
    people.show_whole_lines();
    people.plugin_logged("tea", 0, "detail");
    people.plugin_logged("tea", 1, text);
    REQUIRE(lines.size() == 3);
    CHECK(lines[1].find("tea: detail") != std::string::npos);
    CHECK(lines[2].find(text) != std::string::npos);
}

TEST_CASE(
    "account: an answer says where, what and after how long, with colours only when asked for")
{
    std::string line;
    account plain(
        false, [] { return instant{}; }, [&](const std::string& text) { line = text; });
    plain.happened({sandbox::happening::kind::answered, "Guild", "help", "bot", "pong", 12});
    CHECK(line == "   0.000  answer   Guild #help  bot: pong  (12 ms)");
    account coloured(
        true, [] { return instant{}; }, [&](const std::string& text) { line = text; });
    coloured.warn("x");
    CHECK(line.find("\x1b[33m") != std::string::npos);
}
