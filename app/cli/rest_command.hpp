#pragma once

#include "base/error.hpp"
#include "cli/table.hpp"
#include "discord/http.hpp"
#include "host/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct rest_flags {
    host::flags where;
    std::string method, path, body, reason;
    std::vector<std::string> files;
    bool raw = false, json = false;
    bool limits_json = false, watch = false;
};

/// `tinfoil rest METHOD PATH [BODY]` and `tinfoil rest limits`.
void add_rest_flags(CLI::App& command, rest_flags& given);
/// The exit code; share/doc/exit-codes.md.
int run_rest(const CLI::App& command, const rest_flags& given);

/// The request that was typed. A body of `@FILE` is the file's, `-` that of stdin.
result<discord::rest_request> rest_request_of(const rest_flags& given);
/// 0 for what succeeded, 14 for 4xx, 15 for 5xx, 3 for 401.
[[nodiscard]] int exit_code_of_status(int status);
/// With line breaks and indents; what is no JSON stays as it is.
[[nodiscard]] std::string pretty(std::string_view text);
/// `GET /v1/rest/limits` as a table.
result<std::string> limits_table(std::string_view text, const sheet& on);

}  // namespace tinfoil::cli
