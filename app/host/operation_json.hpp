#pragma once

#include "host/operation.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Operations on shards as JSON, in which share/doc/control-api.md describes them, and back.
namespace tinfoil::host {

/// What `GET /v1/operations` shows.
struct operations_list {
    std::vector<operation_view> running, waiting;  ///< In the order in which they were asked for.
    std::vector<operation_view> past;              ///< The newest first.
};

/// How much of an operation is written.
enum class operation_detail : std::uint8_t {
    all,
    progress,  ///< Without slots, quote and reports: what is sent at each change.
};

/// `now_ms`: the time of day, in ms since 1970. JSON has ages only, as all of the control API.
[[nodiscard]] boost::json::object operation_object(const operation_view& from,
                                                   operation_detail much, std::int64_t now_ms);
[[nodiscard]] std::string operation_json(const operation_view& from, operation_detail much,
                                         std::int64_t now_ms);
/// The answer to somebody who asked for an operation, or to end it, with the API's version.
[[nodiscard]] std::string operation_answer_json(const operation_view& from, std::int64_t now_ms);
[[nodiscard]] std::string operations_json(const operations_list& from, std::int64_t now_ms);

/// errc::malformed names the member that is of another kind than expected. What is missing is as in
/// a view that was just made.
[[nodiscard]] result<operation_view> parse_operation(std::string_view text, std::int64_t now_ms);
[[nodiscard]] result<operation_view> parse_operation_answer(std::string_view text,
                                                            std::int64_t now_ms);
[[nodiscard]] result<operations_list> parse_operations(std::string_view text, std::int64_t now_ms);

/// The path of an operation and the body that asks for it: what `tinfoil shards split` sends. Here,
/// a renewal without slots is one of all.
struct operation_call {
    std::string path, body;
};
[[nodiscard]] operation_call call_of(const operation_wish& what);

}  // namespace tinfoil::host
