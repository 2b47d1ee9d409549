#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::net {

/// The socket of a host, in its state folder.
inline constexpr const char* control_socket = "control.sock";

struct control_request {
    std::string method;
    std::string path;   ///< Without the query.
    std::string query;  ///< Without its question mark.
    std::string body;
};

/// One of an event stream.
struct control_event {
    std::string name;  ///< Letters, digits, `_`.
    std::string json;  ///< On one line.
};

struct control_answer {
    int status = 200;
    std::string json;   ///< The body; of another type only where `content_type` says so.
    std::string allow;  ///< The methods that there are, where the one asked for is not.
    /// In place of `json`: the connection becomes an event stream, which begins with this one.
    std::optional<control_event> stream;
    std::string content_type = "application/json";
};

/// The shape of every error of the API. `message` says what, where and what to do.
[[nodiscard]] control_answer control_error(int status, std::string_view code,
                                           std::string_view message);

using control_reply = std::function<void(control_answer)>;

/// Everything that one side can make the other wait for or keep has a bound.
struct control_bounds {
    std::size_t connections = 32;  ///< One more is answered with 503.
    std::uint32_t header_bytes = 8U << 10;
    std::size_t body_bytes = 64U << 10;
    std::map<std::string, std::size_t, std::less<>> larger_bodies = {};  ///< Of these paths.
    std::size_t stream_bytes = 256U << 10;  ///< Waiting on one event stream.
    duration request = std::chrono::seconds(10);
    duration handling = std::chrono::seconds(30);
    duration answer = std::chrono::seconds(10);  ///< Until it has been taken.
    duration tick = std::chrono::seconds(1);
    int ticks_between_comments = 15;
};

}  // namespace tinfoil::net
