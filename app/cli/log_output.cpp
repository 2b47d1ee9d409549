#include "cli/log_output.hpp"

#include "cli/account.hpp"
#include "cli/log_lines.hpp"
#include "cli/surroundings.hpp"
#include "net/clock.hpp"
#include "net/datagram.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <utility>

namespace tinfoil::cli {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

void print_line(const std::string& text)
{
    fmt::print(stderr, "{}\n", text);
}

// What journald does not take, as with none on this machine, goes to stderr.
std::function<void(const host::log_entry&)> journal_writer()
{
    auto made =
        net::datagram_sender::make(variable("TINFOIL_JOURNAL_SOCKET").value_or(journal_socket));
    if (!made)
        return [](const host::log_entry& what) { print_line(log_text(what, false)); };
    return [to = std::make_shared<net::datagram_sender>(std::move(*made))](
               const host::log_entry& what) {
        if (!to->send(log_journal_message(what)))
            print_line(log_text(what, false));
    };
}

}  // namespace

log_output::log_output(host::log_format how, bool whole_lines)
{
    switch (how) {
    case host::log_format::account: {
        auto made =
            std::make_unique<account>(shows_colours(), net::now, [](const std::string& line) {
                // A bot goes on when nobody reads of it any more; at its end finish_output() tells.
                std::fwrite((line + "\n").data(), 1, line.size() + 1, stdout);
                std::fflush(stdout);
            });
        if (whole_lines)
            made->show_whole_lines();
        people_ = std::move(made);
        return;
    }
    case host::log_format::text:
        people_ = std::make_unique<log_lines>(
            [](const host::log_entry& what) { print_line(log_text(what, false)); });
        return;
    case host::log_format::json:
        people_ = std::make_unique<log_lines>(
            [](const host::log_entry& what) { print_line(log_json_line(what)); });
        return;
    case host::log_format::journal:
        people_ = std::make_unique<log_lines>(journal_writer());
        return;
    }
}

void log_output::say(const std::string& text)
{
    host::log_entry what;
    what.wall_ms = net::wall_clock_ms();
    what.text = text;
    people_->note(text);
    people_->entered(what);
}

}  // namespace tinfoil::cli
