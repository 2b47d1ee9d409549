#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// `[network]`: how processes of collections come up.
struct network_settings {
    enum class kind : std::uint8_t {
        local,   ///< By the host itself.
        exec,    ///< By `up` and `down`.
        plugin,  ///< By the plugin of that name.
    };
    kind manager = kind::local;
    std::string up, down;  ///< For `/bin/sh -c`.
    std::string plugin;    ///< Empty, unless that is the manager.

    bool operator==(const network_settings&) const = default;
};

/// Of a JSON object; errc::invalid_argument says what is wrong with it.
[[nodiscard]] result<network_settings> parse_network_settings(std::string_view json);

}  // namespace tinfoil::host
