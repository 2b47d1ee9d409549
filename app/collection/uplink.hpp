#pragma once

#include "base/error.hpp"
#include "discord/http.hpp"
#include "link/message.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tinfoil::collection {

/// A collection's side of what it asks of its host: requests become messages, and the messages that
/// answer them become completions. It neither knows nor cares whether the host is in this process.
///
/// Threads: the collection's loop. A completion never runs inside the call that asked for it.
class uplink {
public:
    /// So much of one operation fits in a frame of the link, and so much of all may be under way;
    /// what goes beyond fails with errc::too_large. A link that got more would be lost, and the
    /// collection with it.
    static constexpr std::size_t operation_bytes_max = 48U << 20, under_way_max = 96U << 20;

    /// `later` calls back when whoever called has returned.
    uplink(std::function<void(link::message)> send,
           std::function<void(std::function<void()>)> later)
        : send_(std::move(send)),
          later_(std::move(later))
    {
    }

    void tell(link::message what) { send_(std::move(what)); }

    using rest_done = std::function<void(result<discord::rest_response>)>;
    /// Performs a request under the host's limiter. The id cancels it.
    std::uint64_t rest(discord::rest_request request, rest_done done);
    /// Afterwards `done` of that request is never called. Unknown ids are harmless.
    void cancel_rest(std::uint64_t id);

    using value_done = std::function<void(sharing::answer)>;
    std::uint64_t ask_value(sharing::question what, value_done done);
    /// Afterwards `done` of that question is never called; what it changes is changed all the same.
    void leave_value(std::uint64_t id);

    // The host's answers. Those that nobody waits for any more are dropped.
    void on(link::rest_answer answer);
    void on(link::value_answered answer);

private:
    struct pending {
        rest_done done;
        std::size_t bytes = 0;
    };
    void refuse_value(std::uint64_t id, sharing::answer why);

    std::function<void(link::message)> send_;
    std::function<void(std::function<void()>)> later_;
    std::uint64_t last_id_ = 0;
    std::size_t under_way_ = 0;  // Bytes of requests_ and values_.
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    // As many as plugins may have operations under way, which plugin/ bounds.
    std::map<std::uint64_t, pending> requests_;
    struct pending_value {
        value_done done;
        std::size_t bytes = 0;
    };
    std::map<std::uint64_t, pending_value> values_;
};

}  // namespace tinfoil::collection
