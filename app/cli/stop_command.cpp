#include "cli/stop_command.hpp"

#include "cli/streams.hpp"
#include "cli/surroundings.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

constexpr duration patience = std::chrono::seconds(30);
// A stream of events may be lost so often before this gives up.
constexpr int streams_max = 4;

error too_slow(const std::filesystem::path& state)
{
    return {errc::cancelled,
            fmt::format("the host with state {} did not end within {} s; tinfoil status says more, "
                        "and its pid, by which it can be killed: the next start resumes its "
                        "sessions all the same",
                        state.string(),
                        std::chrono::duration_cast<std::chrono::seconds>(patience).count())};
}

}  // namespace

std::optional<std::string> stop_progress(const net::control_event& what)
{
    if (what.name != "status")
        return std::nullopt;
    const auto now = host::parse_status(what.json);
    if (!now)
        return std::nullopt;
    std::size_t open = 0;
    for (const auto& [state, count] : now->shard_counts)
        open += state == gateway::state::stopped ? 0 : count;
    if (open == 0)
        return "ending...";
    return fmt::format("closing {} {}...", open, open == 1 ? "shard" : "shards");
}

result<void> stop_host(const net::control_client& host, bool end_sessions,
                       const std::function<void(const net::control_event&)>& told, instant until)
{
    bool asked = false, ended = false;
    std::optional<error> refused;
    const auto got = [&](const net::control_event& what) {
        // Not before the stream is there: its end is the end of the host.
        if (!asked) {
            const auto answer = host.call("POST", "/v1/stop",
                                          fmt::format(R"({{"end_sessions":{}}})", end_sessions));
            if (!answer) {
                refused = answer.error();
                return false;
            }
            asked = true;
        }
        ended = ended || what.name == "end";
        told(what);
        return true;
    };
    for (int stream = 0; stream < streams_max && !ended; ++stream) {
        const auto heard = host.follow("/v1/events", got, until);
        const result<void> followed = refused ? *refused : heard;
        if (followed)
            continue;
        if (followed.error().code == errc::timed_out)
            return too_slow(host.folder());
        // It ended by force, or this side was too slow to hear its last word.
        if (asked && followed.error().code == errc::unreachable)
            return {};
        return followed.error();
    }
    if (!ended)
        return too_slow(host.folder());
    return {};
}

void add_stop_flags(CLI::App& command, stop_flags& given)
{
    add_host_flags(command, given.where);
    command.add_flag("--end-sessions", given.end_sessions,
                     "End the sessions, too, so that the next start identifies");
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_stop(const stop_flags& given)
{
    const auto state = state_of(given.where);
    if (!state)
        return fail(state.error());
    const bool shows = is_terminal() && is_able_terminal() && !given.json;
    std::string shown;
    const auto told = [&](const net::control_event& what) {
        const auto text = stop_progress(what);
        if (!shows || !text || *text == shown)
            return;
        shown = *text;
        fmt::print("\r\x1b[K{}", shown);
        std::fflush(stdout);
    };
    const auto ended =
        stop_host(net::control_client(*state), given.end_sessions, told, net::now() + patience);
    if (!shown.empty())
        fmt::print("\r\x1b[K");
    if (!ended)
        return fail(ended.error());
    if (given.json)
        fmt::print("{{\"api_version\":{},\"ended\":true}}\n", host::api_version);
    else
        fmt::print("{}\n", given.end_sessions || given.where.sandbox
                               ? "the host has ended, and its sessions with it"
                               : "the host has ended; the next start resumes its "
                                 "sessions");
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
