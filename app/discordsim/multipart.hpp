#pragma once

#include "discordsim/rest.hpp"

#include <boost/json.hpp>

#include <string_view>
#include <vector>

namespace tinfoil::discordsim {

struct parsed_body {
    boost::json::value json = boost::json::object();  ///< An empty object when there is none.
    std::vector<upload> files;
    bool is_broken = false;
    /// Of a type that Discord takes, or there is no body. Discord Docs/Reference, "Content Type".
    bool is_known_type = true;
    bool is_multipart = false;
};

/// JSON, or `multipart/form-data` with the JSON in its part `payload_json`. Discord
/// Docs/Reference, "Uploading Files".
[[nodiscard]] parsed_body parse_body(std::string_view content_type, std::string_view body);

}  // namespace tinfoil::discordsim
