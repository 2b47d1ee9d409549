#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// An address of http, https, ws or wss.
struct url {
    std::string scheme;  ///< Lower case.
    std::string host;    ///< Without the brackets of IPv6.
    std::uint16_t port = 0;
    std::string path;  ///< With query; empty or beginning with '/'.

    [[nodiscard]] bool is_secure() const { return scheme == "https" || scheme == "wss"; }
};

/// Fails with errc::invalid_argument, saying what is wrong with it. User names are refused.
[[nodiscard]] result<url> parse_url(std::string_view text);

/// Everything but unreserved characters as %XX (RFC 3986, 2.3): for parts of paths, values of
/// queries and of headers.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// localhost, 127.0.0.0/8 and ::1: where plain text does not leave the machine.
[[nodiscard]] bool is_loopback(const url& where);

}  // namespace tinfoil::discord
