#include "host/operation.hpp"

#include "base/assert.hpp"

namespace tinfoil::host {

bool is_over(operation_state state)
{
    return state != operation_state::waiting && state != operation_state::running;
}

std::string_view name(operation_kind of)
{
    switch (of) {
    case operation_kind::split:
        return "split";
    case operation_kind::merge:
        return "merge";
    case operation_kind::reshard:
        return "reshard";
    case operation_kind::renew:
        return "renew";
    case operation_kind::move:
        return "move";
    }
    TINFOIL_UNREACHABLE("an operation without a name");
}

std::string_view name(operation_state of)
{
    switch (of) {
    case operation_state::waiting:
        return "waiting";
    case operation_state::running:
        return "running";
    case operation_state::done:
        return "done";
    case operation_state::failed:
        return "failed";
    case operation_state::cancelled:
        return "cancelled";
    case operation_state::interrupted:
        return "interrupted";
    }
    TINFOIL_UNREACHABLE("an operation's state without a name");
}

std::string_view name(operation_origin of)
{
    switch (of) {
    case operation_origin::by_operator:
        return "operator";
    case operation_origin::by_scaler:
        return "scaler";
    case operation_origin::for_intents:
        return "intents";
    }
    TINFOIL_UNREACHABLE("an operation's origin without a name");
}

}  // namespace tinfoil::host
