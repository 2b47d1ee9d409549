// share/doc/exit-codes.md against the code.
#include "base/error.hpp"
#include "cli/rest_command.hpp"
#include "cli/shards_change_command.hpp"
#include "cli/typed.hpp"

#include <csignal>
#include <regex>
#include <set>
#include <sstream>

using namespace tinfoil;

TEST_CASE("exit codes: the document has those that there are, and no others")
{
    std::set<int> described, known{0,
                                   10,
                                   cli::shards_not_done,
                                   cli::shards_left_running,
                                   128 + SIGTERM,
                                   128 + SIGHUP,
                                   128 + SIGQUIT};
    for (int at = 0; at <= static_cast<int>(errc::cancelled); ++at)
        known.insert(exit_code(static_cast<errc>(at)));
    for (const int status : {200, 401, 404, 500})
        known.insert(cli::exit_code_of_status(status));
    std::istringstream in(typed::read(TINFOIL_SHARE "/doc/exit-codes.md"));
    std::string line;
    while (std::getline(in, line)) {
        std::smatch row;
        if (!std::regex_match(line, row, std::regex(R"(\| ([0-9, ]+) \| .*)")))
            continue;
        std::istringstream codes(row[1]);
        for (std::string one; std::getline(codes, one, ',');)
            CHECK(described.insert(std::stoi(one)).second);
    }
    CHECK(described == known);
}

TEST_CASE("exit codes: errors go to stderr, and what was asked for to stdout")
{
    typed shell;
    const auto wrong = shell("$T status --state nowhere --json");
    CHECK(wrong.code == 4);
    CHECK(wrong.out.empty());
    CHECK(wrong.err.starts_with("tinfoil: "));
    const auto help = shell("$T --help");
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("doctor") != std::string::npos);
    const auto doctor = shell("$T doctor --state s --api https://127.0.0.1:1", "DISCORD_TOKEN=abc");
    CHECK(doctor.code == 10);
    CHECK(doctor.out.find("do: ") != std::string::npos);
    CHECK(shell("$T doctor --sandbox --state s").code == 0);
    CHECK(shell("$T config", "NO_COLOR=1").out.find('\x1b') == std::string::npos);
}
