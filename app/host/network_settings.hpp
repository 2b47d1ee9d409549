#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tinfoil::host {

/// `[network]`: how processes of collections come up.
struct network_settings {
    bool exec = false;     ///< By `up` and `down`; otherwise by the host itself.
    std::string up, down;  ///< For `/bin/sh -c`.

    bool operator==(const network_settings&) const = default;
};

/// Of a JSON object; errc::invalid_argument says what is wrong with it.
[[nodiscard]] result<network_settings> parse_network_settings(std::string_view json);

}  // namespace tinfoil::host
