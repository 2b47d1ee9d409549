#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "base/time.hpp"
#include "discord/gateway_command.hpp"
#include "discord/http.hpp"
#include "discord/session_record.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What host and collections say to each other; share/doc/link.md describes it on the wire.
///
/// link/fields.hpp names the members of each in the order in which they are written. A member is
/// never moved or removed: another meaning is another message.
namespace tinfoil::link {

/// What became of one file of the plugin folder.
struct plugin_outcome {
    std::string file;
    std::string name;  ///< Empty when the file does not even say.
    std::string version;
    std::optional<error> refused;
};

// clang-format off
// From the host.
struct welcome {                          ///< The first; all that a collection needs to know.
    redacted token;
    std::uint64_t application = 0;
    std::uint64_t granted_privileged = 0; ///< Privileged intents that the application may use.
    std::string plugins;                  ///< Folder; every `*.so` of it is loaded.
    std::string private_copies;           ///< Folder for the loader's own copies.
    std::string record_file;              ///< The flight recorder's; made anew.
    std::uint32_t sessions_max = 0;       ///< That it has to have room for.
    std::vector<std::pair<std::string, std::string>> plugin_settings;  ///< Plugin's name to a JSON object.
    std::string authority_pem;            ///< Trusted besides the system's; may be empty.
    std::uint64_t seed = 0;               ///< Of all jitter.
    std::uint8_t compression = 0;         ///< 0: by the number of shards; else one more than a gateway::compression.
    std::string presence;                 ///< The `d` of an op 3 for every IDENTIFY; may be empty.
    std::uint32_t collections = 1;        ///< That share the pace of resuming.
    duration resume_patience = std::chrono::minutes(5);  ///< See gateway::session_settings.
    std::vector<std::string> drop_when_full;  ///< Event types; see collection::fullness.
    std::uint64_t guilds_max = 10'000, guild_bytes_max = 64U << 20;  ///< See guilds::view_bounds.
};
struct serve { std::string gateway_url; std::vector<discord::session_record> shards; };  ///< Open these; a record without session id identifies.
struct turn { discord::slot slot; std::uint32_t generation = 0; };  ///< To IDENTIFY, as that connection asked for; `identify_ended` or `identify_left` follows.
struct rest_answer { std::uint64_t id = 0; discord::rest_response response; std::optional<error> failed; };
struct value_answer { std::uint64_t id = 0; std::optional<std::string> value; std::optional<error> failed; };  ///< Of value_read and value_write.
struct stop { bool end_sessions = false; };  ///< `stopped` follows.

// From a collection.
struct hello { std::string version; };    ///< The first; of the executable.
struct loaded { std::vector<plugin_outcome> plugins; std::uint64_t intents = 0; std::string commands; std::optional<error> failed; };  ///< `serve` follows. `commands`: a JSON object, plugin to list.
struct rest { std::uint64_t id = 0; discord::rest_request request; };
struct rest_cancel { std::uint64_t id = 0; };
struct value_read { std::uint64_t id = 0; std::string plugin, key; };
struct value_write { std::uint64_t id = 0; std::string plugin, key; std::optional<std::string> value; };  ///< Nothing erases.
struct identify_wanted { discord::slot slot; std::uint32_t generation = 0; };  ///< `turn` follows with the same generation; one of an earlier connection is worth nothing.
struct identify_left { discord::slot slot; };
struct identify_ended { discord::slot slot; bool received = false; };
struct shard_moved { discord::slot slot; std::uint8_t to = 0; std::string why; };  ///< `to`: a gateway::state.
struct session_established { discord::slot slot; std::uint64_t intents = 0; discord::resume_point point; };
struct session_resumed { discord::slot slot; };
struct session_forgotten { discord::slot slot; std::string why; };
struct shard_stopped { discord::slot slot; std::uint16_t close_code = 0; std::string why; };  ///< It will not come back without an operator.
struct plugin_logged { std::string plugin; std::uint8_t level = 0; std::string text; };
struct first_event {};                    ///< Once, for `first_event_ms`.
struct pulse { std::uint64_t lag_us = 0; std::uint64_t unfinished = 0; discord::event_counts counts; std::vector<discord::session_record> changed;
               std::uint32_t resumes_waiting = 0; std::uint64_t resumes_ms = 0; std::uint32_t full = 0; std::uint64_t dropped = 0; };  ///< Regularly: alive, and how its cursors moved.
struct stopped { std::uint64_t unfinished = 0; };  ///< The last, behind a last pulse; with how many handlers cut off.

// Either way. A plugin's command for a shard that it does not share a collection with goes to the host, and from
// there to the collection that has the shard; a presence goes to all. Whoever gets one with an id answers it.
struct gateway_command { std::uint64_t id = 0; std::uint8_t op = 0; std::string data; duration patience{}; };
struct gateway_answer { std::uint64_t id = 0; discord::command_answer what; };
// Of either side, newer than those above.
struct wake { std::vector<discord::slot> slots; };  ///< From the host: an operator cuts these shards' waits short; none: all.
enum class notice : std::uint8_t { own_mistake, silent, slept };
struct shard_noticed { discord::slot slot; std::uint8_t what = 0; std::string text; };  ///< `what`: a notice; for people, and counted.
struct shard_gauge {                      ///< Every number with its age; what is not known is 0 with an age of `no_age`.
    static constexpr std::uint64_t no_age = UINT64_MAX;
    discord::slot slot;
    std::uint64_t latency_us = 0, latency_age_ms = no_age;  ///< Of a heartbeat.
    std::uint64_t event_age_ms = no_age;                    ///< Since the last event.
    std::uint64_t usual_milli = 0, lately_milli = 0, rate_age_ms = no_age;  ///< Events a minute, by a thousand.
    bool paused = false;                                    ///< Not read, since its plugins are behind.
};
struct gauges { std::vector<shard_gauge> shards; };  ///< Now and again.

using message = std::variant<welcome, serve, turn, rest_answer, value_answer, stop, hello, loaded, rest, rest_cancel,
                             value_read, value_write, identify_wanted, identify_left, identify_ended, shard_moved,
                             session_established, session_resumed, session_forgotten, shard_stopped, plugin_logged,
                             first_event, pulse, stopped, gateway_command, gateway_answer, wake, shard_noticed, gauges>;
// clang-format on

/// A message with what every one carries.
struct parcel {
    std::uint64_t id = 0;           ///< Counts up for each sender.
    std::string from;               ///< `NODE` of a host, `NODE/NUMBER` of a collection.
    std::uint64_t epoch = 0;        ///< Of the collection's process; lower ones are refused.
    std::uint32_t deadline_ms = 0;  ///< What remains; 0: none. Never a time of a clock.
    std::uint16_t hops = 0;
    message what;
};

}  // namespace tinfoil::link
