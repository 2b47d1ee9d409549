// Where output goes that nobody can take, and terminals that can't be drawn on.
#include "cli/typed.hpp"

#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

using namespace tinfoil;

namespace {

// What a command prints on a terminal of this TERM; nothing: it is not set.
std::string on_terminal(const typed& shell, const std::vector<std::string>& words,
                        const char* terminal)
{
    constexpr int patience_ms = 60'000;
    int of = -1;
    winsize size{24, 100, 0, 0};
    const pid_t child = ::forkpty(&of, nullptr, nullptr, &size);
    if (child == 0) {
        ::unsetenv("NO_COLOR");
        ::unsetenv("TERM");
        if (terminal != nullptr)
            ::setenv("TERM", terminal, 1);
        std::vector<char*> all{const_cast<char*>("tinfoil")};
        for (const std::string& each : words)
            all.push_back(const_cast<char*>(each.c_str()));
        all.push_back(nullptr);
        if (::chdir(shell.path("").c_str()) == 0)
            ::execv(TINFOIL_BUILD_DIR "/tinfoil", all.data());
        ::_exit(99);
    }
    REQUIRE(child > 0);
    std::string came;
    char piece[4096];
    for (;;) {
        pollfd on{of, POLLIN, 0};
        if (::poll(&on, 1, patience_ms) != 1)
            break;
        const ssize_t got = ::read(of, piece, sizeof piece);
        if (got <= 0)
            break;
        came.append(piece, static_cast<std::size_t>(got));
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(of);
    return came;
}

struct bot {
    bot()
    {
        REQUIRE(shell("mkdir plugins").code == 0);
        shell.in_background("$T run --sandbox --plugins plugins --state state", "host.out");
        shell.await("$T status --state state --json | grep -q \"ready.:1\"");
    }
    typed shell;
};

}  // namespace

TEST_CASE("output: what could not be written is an error, and a reader who has gone is none")
{
    const bot it;
    for (const std::string command :
         {"status --state state", "shards list --state state", "config", "budget --state state",
          "plugins list --state state", "rest limits --state state", "logs --state state",
          "status --json --state state", "completion bash", "--help", "--version"})
        for (const std::string where : {">/dev/full", ">&-"}) {
            const auto came = it.shell("$T " + command + " " + where);
            INFO(command << " " << where);
            INFO(came.err);
            CHECK(came.code == 1);
            CHECK(came.err.find("tinfoil: the output could not be written") == 0);
        }
    for (const std::string command : {"logs -n 500 --state state", "status --state state",
                                      "completion bash", "logs --state state"}) {
        // The exit code goes by a file: the pipe's is that of its last command.
        const auto came =
            it.shell("{ $T " + command + "; echo $? >code; } | true; sleep 0; cat code");
        INFO(command);
        CHECK(came.err.empty());
    }
    const auto followed = it.shell("timeout 60 $T logs -f --state state | head -1");
    CHECK(followed.err.empty());
    CHECK(followed.code == 0);
}

TEST_CASE("terminal: one that is dumb gets no colours, and a single look in place of top")
{
    const bot it;
    for (const char* terminal : {"dumb", "", static_cast<const char*>(nullptr)}) {
        INFO((terminal == nullptr ? "none" : terminal));
        for (const auto& words : std::vector<std::vector<std::string>>{
                 {"top", "--state", "state"},
                 {"status", "--state", "state"},
                 {"config"},
                 {"run", "--sandbox", "--for", "1s", "--state", "other", "--plugins", "plugins"}}) {
            const std::string came = on_terminal(it.shell, words, terminal);
            INFO(words.front());
            CHECK(came.size() > 20);
            CHECK(came.find('\x1b') == std::string::npos);
        }
    }
    CHECK(on_terminal(it.shell, {"status", "--state", "state"}, "xterm").find("\x1b[") !=
          std::string::npos);
}

TEST_CASE("run: what it is told to write at the end is looked at in the beginning")
{
    const typed shell;
    const auto late = shell("$T run --sandbox --report $D/nowhere/x");
    CHECK(late.code == 2);
    CHECK(late.err.find("--report: ") != std::string::npos);
    CHECK(late.err.find("No such file or directory") != std::string::npos);
    REQUIRE(shell("mkdir plugins").code == 0);
    const auto quiet = shell("$T run --sandbox --plugins plugins --state s --for 1s --log text "
                             "--log-level warning --report r.json");
    CHECK(quiet.code == 0);
    CHECK(quiet.err.find(" info ") == std::string::npos);
    CHECK(shell("grep -q started r.json").code == 0);
}

TEST_CASE("run: its log says who told it to stop")
{
    typed shell;
    REQUIRE(shell("mkdir plugins").code == 0);
    const std::string run = "$T run --sandbox --plugins plugins --log text --state ";
    shell.in_background(run + "one", "one.out");
    shell.await("$T status --state one --json | grep -q \"ready.:1\"");
    CHECK(shell("$T stop --state one").code == 0);
    CHECK(shell("grep -q \"told to stop over the control API\" one.out").code == 0);
    const auto signalled =
        shell("timeout -s TERM 5 " + run + "two >two.out 2>&1; grep \"told to stop\" two.out");
    CHECK(signalled.out.find("told to stop by SIGTERM") != std::string::npos);
}

TEST_CASE("exit codes: what a host refuses is not what there is without one")
{
    const bot it;
    for (const std::string command : {"shards wake 7/8", "logs level nope debug",
                                      "logs level host nope", "budget release 9/99"}) {
        INFO(command);
        CHECK(it.shell("$T " + command + " --state state").code == 2);
        if (command.find("nope") == std::string::npos)
            CHECK(it.shell("$T " + command + " --state nowhere").code == 4);
    }
    for (const std::string command :
         {"plugins reload nosuch", "plugins unload nosuch", "plugins disable nosuch"}) {
        INFO(command);
        CHECK(it.shell("$T " + command + " --state state").code == 9);
        CHECK(it.shell("$T " + command + " --state nowhere").code == 4);
    }
    CHECK(it.shell("$T logs level nope debug --state state").err.find("there are host, shards, ") !=
          std::string::npos);
    const auto none = it.shell("$T shards explain --state state --json");
    if (none.out.find("\"situation\"") == std::string::npos)
        CHECK(none.out.find("\"decisions\":[]") != std::string::npos);
    REQUIRE(it.shell("timeout 60 $T sandbox --info sandbox.json >sandbox.out 2>&1 & echo $! >pids;"
                     " for i in $(seq 600); do [ -s sandbox.json ] && exit 0; sleep 0.1; done; "
                     "exit 1")
                .code == 0);
    CHECK(it.shell("$T sandbox fault nope --info sandbox.json").code == 2);
    CHECK(it.shell("$T sandbox call /nope --info sandbox.json").code == 2);
    CHECK(it.shell("$T sandbox fault nope --info none.json").code == 4);
    CHECK(it.shell("kill $(cat pids); rm pids").code == 0);
}
