#include "net/child_process.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <sys/wait.h>

using namespace tinfoil;
using net::child_process;

namespace {

std::unique_ptr<child_process> run(boost::asio::io_context& loop, const std::string& script,
                                   std::function<void(std::string)> ended)
{
    child_process::how how;
    how.executable = "/bin/sh";
    how.arguments = {"-c", script};
    how.withheld = {"TINFOIL_TEST_SECRET"};
    auto made = child_process::start(loop, how, std::move(ended));
    REQUIRE(made);
    return std::move(*made);
}

void await_end(const child_process& of)
{
    siginfo_t how;
    REQUIRE(::waitid(P_PID, static_cast<id_t>(of.pid()), &how, WEXITED | WNOWAIT) == 0);
}

}  // namespace

TEST_CASE("child process: how it ended is told once, in words")
{
    boost::asio::io_context loop;
    std::string told;
    const auto one = run(loop, "exit 3", [&](const std::string& how) { told += how + ";"; });
    loop.run();
    CHECK(told == "exit code 3;");
    loop.restart();
    const auto other = run(loop, "kill -9 $$", [&](const std::string& how) { told += how + ";"; });
    loop.run();
    CHECK(told == "exit code 3;killed by signal 9;");
}

TEST_CASE("child process: one that lives is not taken for one that ended at the same place")
{
    boost::asio::io_context loop;
    bool lives = true;
    std::unique_ptr<child_process> first, second, third;
    // Both ends are found by one look of the loop; what waits for the second is given back and
    // used for the third, which lives.
    const auto replace = [&](std::unique_ptr<child_process>& gone) {
        return [&](const std::string&) {
            if (third)
                return;
            gone.reset();
            third = run(loop, "exec sleep 5", [&](const std::string&) { lives = false; });
        };
    };
    first = run(loop, "exit 0", replace(second));
    second = run(loop, "exit 0", replace(first));
    await_end(*first);
    await_end(*second);
    while (loop.poll() != 0) {
    }
    REQUIRE(third);
    CHECK(lives);
    third->kill();
    while (lives)
        loop.run_one();
}

TEST_CASE("child process: what is withheld it does not get")
{
    ::setenv("TINFOIL_TEST_SECRET", "secret", 1);
    ::setenv("TINFOIL_TEST_OTHER", "other", 1);
    boost::asio::io_context loop;
    std::string told;
    const auto one = run(loop,
                         "test -z \"$TINFOIL_TEST_SECRET\" || exit 1; test -n "
                         "\"$TINFOIL_TEST_OTHER\" || exit 2; exit 0",
                         [&](const std::string& how) { told = how; });
    loop.run();
    CHECK(told == "exit code 0");
}
