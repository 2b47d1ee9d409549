#pragma once

#include "discord/http.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::net {

struct encoded_body {
    std::string content_type;  ///< Empty when there is no body.
    /// The body, one after the other; they live as long as this and the request.
    std::vector<std::string_view> pieces;
    std::deque<std::string> own;  ///< Those that are not the request's.
};

/// JSON as it is, or with files multipart/form-data with the JSON as `payload_json`; neither is
/// copied. `boundary` must occur in none of the parts. Discord Docs/Reference, "Uploading Files".
[[nodiscard]] encoded_body encode_body(const discord::rest_request& request,
                                       const std::string& boundary);

}  // namespace tinfoil::net
