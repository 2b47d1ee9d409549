#pragma once

#include "base/error.hpp"
#include "discord/http.hpp"
#include "discord/slot.hpp"
#include "gateway/session.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::collection {

/// What a collection needs of its host. In one process these are calls; between processes they
/// become messages of the link, so every answer is asynchronous and nothing returns a reference.
///
/// Threads: all calls and completions on the collection's loop; a completion never runs inside the
/// call that asked for it. Completions may outlive neither side: cancel by dropping `alive` tokens.
class uplink {
public:
    virtual ~uplink() = default;

    using rest_done = std::function<void(result<discord::rest_response>)>;
    /// Performs a request under the host's limiter. The id cancels it.
    virtual std::uint64_t rest(discord::rest_request request, rest_done done) = 0;
    /// Afterwards `done` of that request is never called. Unknown ids are harmless.
    virtual void cancel_rest(std::uint64_t id) = 0;

    using turn_granted = std::function<void()>;
    /// Asks the identify queue for a turn; `granted` is called once unless left before.
    virtual void queue_identify(discord::slot slot, turn_granted granted) = 0;
    virtual void leave_identify_queue(discord::slot slot) = 0;
    virtual void identify_ended(discord::slot slot, bool received) = 0;

    /// A plugin's key-value store; a missing key reads as nothing. Keys up to 512 bytes, values up
    /// to 1 MiB.
    using value_read = std::function<void(result<std::optional<std::string>>)>;
    using value_written = std::function<void(result<void>)>;
    virtual void read_value(const std::string& plugin, const std::string& key, value_read done) = 0;
    /// Writes, or erases when `value` is nothing.
    virtual void write_value(const std::string& plugin, const std::string& key,
                             std::optional<std::string> value, value_written done) = 0;

    // What a collection tells its host, for the account, the report and the state file.
    virtual void shard_moved(discord::slot slot, gateway::state to, const std::string& why) = 0;
    virtual void session_established(discord::slot slot, const gateway::resume_point& point) = 0;
    virtual void session_resumed(discord::slot slot) = 0;
    virtual void event_dispatched(discord::slot slot, std::string_view type,
                                  std::string_view data) = 0;
    /// A shard that will not come back without an operator.
    virtual void shard_stopped(discord::slot slot, const error& why) = 0;
    virtual void plugin_logged(const std::string& plugin, int level, const std::string& text) = 0;
};

}  // namespace tinfoil::collection
