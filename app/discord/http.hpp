#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::discord {

/// A file of a multipart request. Discord Docs/Reference, "Uploading Files".
struct file_part {
    std::string name;      ///< Form field, `files[0]`.
    std::string filename;  ///< Empty: a field of the form that is no file.
    std::string content_type;
    std::string bytes;
};

/// One call of Discord's REST API as its caller means it. The token is added by the client.
struct rest_request {
    std::string method;  ///< Upper case.
    std::string path;    ///< Below the API base, with query: `/channels/1/messages?limit=5`.
    std::string body;    ///< JSON text, or empty.
    std::string audit_log_reason;
    std::vector<file_part> files;
    duration timeout = std::chrono::seconds(30);  ///< From submission, waits included.
    bool interaction = false;                     ///< First answers go before bulk work.
    bool answers_command = false;                 ///< To an application command: for the report.
    std::string plugin;                           ///< Who asks; empty for tinfoil itself.
};

/// Names in lower case.
using http_headers = std::map<std::string, std::string, std::less<>>;

struct rest_response {
    int status = 0;
    http_headers headers;
    std::string body;
    duration elapsed{};  ///< From submission to the end of the answer.
};

}  // namespace tinfoil::discord
