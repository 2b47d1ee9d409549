#pragma once

#include "host/operation_json.hpp"
#include "net/control_client.hpp"

#include <cstdint>
#include <functional>

namespace tinfoil::cli {

/// What the host says of one operation now. Errors: as control_client.
[[nodiscard]] result<host::operation_view> look_at_operation(const net::control_client& host,
                                                             std::uint64_t id);

/// Hands over what changes of an operation until it is over, and returns it as it is then, with its
/// reports. Blocks its thread; a stream that is lost is opened again.
///
/// Errors: errc::cancelled when `given_up` said true, which is asked at least once a second;
/// errc::timed_out when the host has said nothing for `patience`; others as control_client.
[[nodiscard]] result<host::operation_view>
follow_operation(const net::control_client& host, std::uint64_t id,
                 const std::function<void(const host::operation_view&)>& told,
                 const std::function<bool()>& given_up,
                 duration patience = std::chrono::seconds(30));

}  // namespace tinfoil::cli
