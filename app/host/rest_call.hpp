#pragma once

#include "base/error.hpp"
#include "discord/http.hpp"
#include "host/config.hpp"
#include "net/rest_driver.hpp"

namespace tinfoil::host {

/// The REST driver of a run with these settings.
[[nodiscard]] net::rest_settings rest_settings_of(const config& how,
                                                  std::function<void()> on_token_refused = {});

/// One call of Discord's API without a host, with the token and the address of these settings.
/// Blocks for at most the request's time.
result<discord::rest_response> call_rest(const config& how, discord::rest_request request);

}  // namespace tinfoil::host
