#include "cli/load_command.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <sstream>

using namespace tinfoil;
using namespace tinfoil::scaling;

namespace {

constexpr const char* hot_shard = "set,noise,5\nset,collections_max,2\n0,shard,0/1,100000\n"
                                  "600,shard,0/1,450000\n";

rehearsal played()
{
    rehearsal of(parse_curve(hot_shard).value(), 1);
    while (of.step()) {
    }
    return of;
}

}  // namespace

TEST_CASE("shards simulate-load: a table of what was done, and its sums")
{
    const std::string screen = cli::rehearsal_screen(played(), false, false);
    CHECK(screen.find("splits 0/1 into 0/2 1/2 in 0") != std::string::npos);
    CHECK(screen.find("0/1 takes 4") != std::string::npos);
    CHECK(screen.find(" 1 splits, ") != std::string::npos);
    CHECK(screen.find('\x1b') == std::string::npos);
}

TEST_CASE("shards simulate-load, explain: no line is wider than the sheet")
{
    const rehearsal of = played();
    const auto& decided = of.decisions().front().what;
    const auto again =
        replay(to_line({decided.number, decided.is_to_be_done, decided.at, decided.what}));
    REQUIRE(again);
    for (const std::size_t width : {40U, 60U, 71U, 72U, 80U, 120U})
        for (const std::string& screen : {cli::rehearsal_screen(of, true, {false, width}),
                                          cli::explanation(*again, {false, width})}) {
            INFO(width << "\n" << screen);
            std::istringstream in(screen);
            for (std::string line; std::getline(in, line);)
                CHECK(cli::width_of(line) <= width);
        }
}

TEST_CASE("shards simulate-load --json: each line can be explained, the last has the sums")
{
    std::istringstream lines(cli::rehearsal_json(played()));
    std::size_t decisions = 0;
    boost::json::object last;
    for (std::string line; std::getline(lines, line);) {
        last = boost::json::parse(line).as_object();
        if (!last.contains("situation"))
            continue;
        ++decisions;
        const auto again = replay(line);
        REQUIRE(again);
        CHECK(again->is_same());
        const std::string words = cli::explanation(*again, false);
        CHECK(words.find("made again from these inputs: the same\n") != std::string::npos);
        CHECK(words.find(again->of.what.why) != std::string::npos);
        CHECK(words.find(to_string(again->of.at.shards.front().slot)) != std::string::npos);
    }
    CHECK(decisions > 0);
    CHECK(last.at("splits").as_int64() == 1);
    CHECK(last.at("identifies").as_int64() == 2);
}

TEST_CASE("shards explain: says when it is made otherwise now")
{
    const rehearsal of = played();
    const decided& first = of.decisions().front().what;
    record other{first.number, first.is_to_be_done, first.at, first.what};
    other.at.with.split_at = 65;
    const std::string words = cli::explanation(replay(to_line(other)).value(), false);
    CHECK(words.find("it is another: nothing") != std::string::npos);
}

TEST_CASE("shards simulate-load: a file that is none, or no curve, is a user's error")
{
    const support::temporary_folder folder;
    cli::load_flags given;
    CHECK(cli::run_simulate_load(given) == exit_code(errc::invalid_argument));
    given.file = (folder.path() / "none.csv").string();
    CHECK(cli::run_simulate_load(given) == exit_code(errc::io));
    std::ofstream(given.file) << "0,guild,1\n";
    CHECK(cli::run_simulate_load(given) == exit_code(errc::malformed));
    CHECK(cli::run_explain(given) == exit_code(errc::malformed));
    given.file.clear();
    given.curve = "no such";
    CHECK(cli::run_simulate_load(given) == exit_code(errc::invalid_argument));
}
