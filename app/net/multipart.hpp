#pragma once

#include "discord/http.hpp"

#include <string>

namespace tinfoil::net {

struct encoded_body {
    std::string content_type;  ///< Empty when there is no body.
    std::string bytes;
};

/// JSON as it is, or with files multipart/form-data with the JSON as `payload_json`.
/// `boundary` must occur in none of the parts. Discord Docs/Reference, "Uploading Files".
[[nodiscard]] encoded_body encode_body(const discord::rest_request& request,
                                       const std::string& boundary);

/// Percent-encodes everything but unreserved characters (RFC 3986): for header values.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace tinfoil::net
