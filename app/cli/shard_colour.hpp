#pragma once

#include "cli/table.hpp"
#include "gateway/session.hpp"

namespace tinfoil::cli {

/// Good news is green, what waits is yellow, what will not come back is red.
[[nodiscard]] constexpr colour colour_of(gateway::state which)
{
    switch (which) {
    case gateway::state::active:
        return colour::green;
    case gateway::state::backoff:
    case gateway::state::queue_identify:
    case gateway::state::queue_resume:
    case gateway::state::held:
        return colour::yellow;
    case gateway::state::stopped:
        return colour::red;
    case gateway::state::idle:
    case gateway::state::dialing:
    case gateway::state::await_hello:
    case gateway::state::await_ready:
    case gateway::state::await_resumed:
    case gateway::state::closing:
        return colour::plain;
    }
    return colour::plain;
}

}  // namespace tinfoil::cli
