#include "cli/asking.hpp"

#include "cli/shards_change_command.hpp"
#include "cli/streams.hpp"
#include "cli/surroundings.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace tinfoil::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

void listen_for_interrupt()
{
    struct sigaction action = {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
}

bool is_interrupted()
{
    return interrupted != 0;
}

result<void> ask_to_go_on(const std::string& alone)
{
    if (::isatty(STDIN_FILENO) != 1 || !is_error_terminal())
        return error{errc::invalid_argument, alone};
    fmt::print(stderr, "go on? [y/N] ");
    std::array<char, 64> answer{};
    if (std::fgets(answer.data(), answer.size(), stdin) != nullptr &&
        (answer[0] == 'y' || answer[0] == 'Y'))
        return {};
    return error{errc::cancelled, "nothing has changed"};
}

bool show_quote(const quote_shown& what, bool dry_run, bool as_json)
{
    if (dry_run)
        fmt::print("{}", as_json ? what.json + "\n" : what.text(output_sheet(), true));
    else if (!as_json)
        fmt::print(stderr, "{}", what.text(sheet(false), false));
    return dry_run;
}

int fail_of(const error& why)
{
    const int code = fail(why);
    return why.code == errc::http_status || why.code == errc::invalid_argument ? shards_not_done
                                                                               : code;
}

void show_line(std::string line, std::string& shown)
{
    if (line == shown)
        return;
    const bool is_terminal = rewrites_error_line();
    shown = std::move(line);
    if (is_terminal)
        fmt::print(stderr, "\r\x1b[K{}", shown);
    else if (!shown.empty())
        fmt::print(stderr, "{}\n", shown);
    std::fflush(stderr);
}

}  // namespace tinfoil::cli
