#pragma once

#include "gateway/session.hpp"

#include <string_view>

namespace tinfoil::gateway {

/// As people read it, in the account, the report and the CLI.
[[nodiscard]] constexpr std::string_view name(state which)
{
    switch (which) {
    case state::idle:
        return "idle";
    case state::backoff:
        return "waiting to reconnect";
    case state::dialing:
        return "connecting";
    case state::await_hello:
        return "awaiting hello";
    case state::queue_identify:
        return "awaiting its turn to identify";
    case state::await_ready:
        return "identifying";
    case state::await_resumed:
        return "resuming";
    case state::active:
        return "ready";
    case state::closing:
        return "closing";
    case state::stopped:
        return "stopped";
    case state::queue_resume:
        return "awaiting its turn to resume";
    case state::held:
        return "waiting for its plugins";
    }
    return "unknown";
}

}  // namespace tinfoil::gateway
