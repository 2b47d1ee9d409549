#pragma once

#include "base/error.hpp"
#include "cli/table.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tinfoil::cli {

/// Ctrl-C is taken once from now on: a second one ends the process, whatever it waits for.
void listen_for_interrupt();
[[nodiscard]] bool is_interrupted();

/// Asks on stderr whether to go on. Fails with errc::cancelled when that is not wanted, and with
/// errc::invalid_argument and `alone` where there is nobody to ask.
[[nodiscard]] result<void> ask_to_go_on(const std::string& alone);

/// What something that was asked for would do, as the host has answered.
struct quote_shown {
    const std::string& json;
    /// For people; `is_whole`: also what nobody needs who only has to agree.
    std::function<std::string(const sheet& on, bool is_whole)> text;
};
/// With `--dry-run` on stdout, which is all then (true); otherwise on stderr, unless the answer is
/// to be JSON.
[[nodiscard]] bool show_quote(const quote_shown& what, bool dry_run, bool as_json);

/// The exit code of a call that failed: an error that the host answered is a refusal.
int fail_of(const error& why);

/// In place of the last line on stderr where that is a terminal, otherwise below it; nothing when
/// it is the same. Empty: the line goes.
void show_line(std::string line, std::string& shown);

/// How something goes on that the host does.
template <class Progress>
struct followed {
    std::string_view event;  ///< Of the host's stream, that tells of a change.
    std::function<result<Progress>()> look;
    std::function<std::string(const Progress&)> line;
    std::function<bool(const Progress&)> runs;
};

/// Shows it until it is over, or until Ctrl-C. With every event, of which there is one a second at
/// least, the host is asked how far it is: it can't be missed then. Blocks its thread.
template <class Progress>
[[nodiscard]] result<Progress> follow_progress(const net::control_client& host,
                                               const followed<Progress>& what)
{
    // For one stream of events; it is opened anew then.
    constexpr duration stream_patience = std::chrono::minutes(10);
    std::string shown;
    auto last = what.look();
    while (last && what.runs(*last) && !is_interrupted()) {
        const auto heard = host.follow(
            "/v1/events",
            [&](const net::control_event& told) {
                if (told.name != what.event && told.name != "status")
                    return !is_interrupted();
                last = what.look();
                if (!last)
                    return false;
                show_line(what.line(*last), shown);
                return what.runs(*last) && !is_interrupted();
            },
            net::now() + stream_patience);
        if (!heard && heard.error().code != errc::timed_out)
            return heard.error();
    }
    show_line("", shown);
    return last;
}

}  // namespace tinfoil::cli
