#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "discord/http.hpp"
#include "discord/limits.hpp"
#include "net/stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinfoil::net {

struct http_request {
    std::string method;
    std::string target;  ///< Path with query.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// If not empty, the body is these, one after the other, and not `body`.
    std::vector<std::string_view> pieces = {};
    std::shared_ptr<const void> keeps = {};  ///< What the pieces refer to.
};

/// What came of a request.
struct http_outcome {
    result<discord::rest_response> response;
    bool sent = false;   ///< The server may have seen it.
    bool stale = false;  ///< The connection had gone while it rested; another one may be better.
};

/// What may become of a request, each at most once, never inside the call that sent it.
struct http_listener {
    std::function<void(http_outcome)> done;
    /// All of it has been given to the network, the first byte of it at `begun`. Not called when
    /// `done` comes before.
    std::function<void(instant begun)> departed = {};
};

/// Each step has a time of its own, within the deadline of the whole.
struct http_limits {
    connect_limits dial = {};
    duration write = std::chrono::seconds(30);  ///< Without any progress.
    duration head = std::chrono::seconds(30);   ///< Until the header of the answer is there.
    duration body = std::chrono::seconds(60);   ///< From there to its end.
    /// A connection that rests for longer is closed, since servers do so, too.
    duration idle = std::chrono::seconds(20);
    std::size_t idle_connections = 16;                                  ///< That rest at once.
    std::size_t answer_bytes = discord::limits::rest_answer_bytes_max;  ///< Packed and unpacked.
};

}  // namespace tinfoil::net
