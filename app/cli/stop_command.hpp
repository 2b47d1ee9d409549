#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "host/config.hpp"
#include "net/control_client.hpp"

#include <functional>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct stop_flags {
    host::flags where;
    bool end_sessions = false;
    bool json = false;
};

/// `tinfoil stop`: ends the host that runs, and returns when it has ended.
void add_stop_flags(CLI::App& command, stop_flags& given);
/// The exit code: 4 when no host runs, 1 when it did not end in time.
int run_stop(const stop_flags& given);

/// Asks the host to stop, hands over what it tells meanwhile, and returns when it has ended: its
/// state is free for another host then. errc::unreachable when no host runs, errc::cancelled at
/// `until`.
result<void> stop_host(const net::control_client& host, bool end_sessions,
                       const std::function<void(const net::control_event&)>& told, instant until);

/// What a person who waits wants to know of it, `closing 12 shards...`; nothing for most events.
[[nodiscard]] std::optional<std::string> stop_progress(const net::control_event& what);

}  // namespace tinfoil::cli
