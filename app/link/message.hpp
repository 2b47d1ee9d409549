#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "base/time.hpp"
#include "discord/gateway_command.hpp"
#include "discord/http.hpp"
#include "discord/session_record.hpp"
#include "scaling/meter.hpp"
#include "sharing/letter.hpp"
#include "sharing/value.hpp"

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

/// One build of a plugin, and where it runs.
struct plugin_build {
    std::string plugin, build;
    std::uint8_t placement = 0;  ///< A plugin_placement.
};
enum class plugin_placement : std::uint8_t { inside, process };
inline constexpr auto last_placement = plugin_placement::process;

/// An event as every process of the bot names it.
struct event_name {
    discord::slot slot;
    std::string session_id;
    std::int64_t sequence = 0;
};

/// How the host wants a plugin run.
struct plugin_terms {
    std::string plugin, build;        ///< An empty build: every one.
    std::uint8_t placement = 0;       ///< A plugin_placement.
    std::string set_aside;            ///< Why it is not run at all; empty: it is.
    std::vector<event_name> poisons;  ///< It does not get them; `plugin_poisoned` follows.
};

/// What a plugin did, as of the beginning of its process, and what it has to do.
struct plugin_gauge {
    std::string plugin;
    std::uint8_t placement = 0;
    std::uint64_t events = 0, errors = 0, slow = 0;  ///< Events; lines of errors; slow calls.
    std::uint64_t calls = 0, busy_us = 0, p99_us = 0, max_us = 0;  ///< Of all calls of its code.
    std::uint64_t tasks = 0, queued = 0, restarts = 0;             ///< Now; and bad ends, ever.
};

/// What a shard has beside its session.
struct shard_baggage {
    std::vector<std::uint64_t> guilds;       ///< That it serves.
    bool counted = false;                    ///< These are all.
    std::vector<std::uint64_t> unavailable;  ///< Of them.
    std::vector<std::pair<std::uint64_t, std::uint64_t>>
        voices;  ///< Guild to the voice channel that the bot is in.
    std::vector<std::pair<std::string, std::string>> parts;  ///< Plugin to what it gave along.
    std::vector<std::pair<std::uint64_t, std::string>>
        views;  ///< Guild to what is kept of it; see guilds::guild_view.
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
    std::vector<plugin_terms> terms;      ///< Of plugins that are not simply run inside.
    duration handler_warn = std::chrono::milliseconds(100), handler_hung = std::chrono::seconds(5);  ///< See collection::supervision.
    std::string plugin_states;            ///< Folder of what plugins saved; see state::read_plugin_state.
    std::uint64_t guilds_max = 10'000, guild_bytes_max = 64U << 20;  ///< See guilds::view_bounds.
};
struct serve { std::string gateway_url; std::vector<discord::session_record> shards; };  ///< Open these; a record without session id identifies.
struct turn { discord::slot slot; std::uint32_t generation = 0; };  ///< To IDENTIFY, as that connection asked for; `identify_ended` or `identify_left` follows.
struct rest_answer { std::uint64_t id = 0; discord::rest_response response; std::optional<error> failed; };
struct stop { bool end_sessions = false; };  ///< `stopped` follows.

// From a collection.
struct hello { std::string version; };    ///< The first; of the executable.
struct loaded { std::vector<plugin_outcome> plugins; std::uint64_t intents = 0; std::string commands; std::optional<error> failed; std::vector<plugin_build> builds; };  ///< `serve` follows. `commands`: a JSON object, plugin to list.
struct rest { std::uint64_t id = 0; discord::rest_request request; };
struct rest_cancel { std::uint64_t id = 0; };
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
/// From the host: that plugin is to be this file from now on, in place of what runs. `plugin_changed` follows.
struct change_plugin { std::uint64_t ticket = 0; std::string plugin, file; bool rollback = false; };  ///< No file: it is unloaded.
struct plugin_changed {                   ///< What came of it, once for each.
    std::uint64_t ticket = 0;
    std::string plugin;
    std::string version;                  ///< That runs now; empty: none.
    std::uint8_t how = 0;                 ///< A dispatch::swap_verdict.
    std::string why;                      ///< Of a refusal.
    std::uint64_t waited_us = 0, held = 0;  ///< The longest that an event waited, and how many did.
    std::uint64_t cut_off = 0;            ///< Handlers that had not ended in time.
    std::uint64_t kept = 0;               ///< Old copies that could not be unloaded, since the begin of the process.
    std::string kept_why;                 ///< Of the last one.
    std::string build;                    ///< Of the version that runs now.
};
struct plugin_state { std::string plugin, by; std::uint32_t version = 0; std::string bytes; };  ///< It is to be kept, in place of the one before.
struct plugin_state_rejected { std::string plugin, why; };  ///< The plugin began without it.

struct plugin_slow { std::string plugin; std::uint8_t entry = 0; std::string type; std::uint64_t ms = 0; };  ///< A call that blocked the loop; `entry`: a dispatch::charge::part.
struct plugin_gauges { std::vector<plugin_gauge> plugins; };  ///< With every pulse.
struct plugin_died {                      ///< The process of its own that a plugin had; `plugin_order` follows.
    std::string plugin, version, build;
    std::string how;                      ///< `killed by signal 11`.
    std::uint8_t ending = 0, entry = 0;   ///< A dispatch::charge::ending and part.
    std::uint32_t detail = 0;
    std::string text, type;               ///< Its last words; the event's type.
    std::optional<event_name> event;      ///< That it was handling.
};
struct plugin_order { plugin_terms terms; };  ///< Start it again, or set it aside, and skip these.
struct plugin_refused { std::string plugin, why; };  ///< Of one with a process of its own: it could not start.
struct plugin_poisoned { std::string plugin, version, build; event_name event; std::string type, data; };  ///< An event that was skipped; to be kept.

// Between a collection and a worker, the process of a single plugin. All else that a plugin wants goes as from a collection to its host.
struct work {                             ///< The first; `loaded` follows.
    std::string plugin, build, file, private_copies, record_file, settings;
    std::uint64_t application = 0;
    duration handler_warn = std::chrono::milliseconds(100), handler_hung = std::chrono::seconds(5);
    std::uint8_t reason = 0;              ///< A plugin::opening::why.
    std::optional<plugin_state> state;
    bool manages_network = false;         ///< `network_ready` follows `loaded`.
};
struct work_event { std::uint64_t token = 0; discord::slot slot; std::int64_t sequence = 0; std::string type, data; bool replayed = false, redelivered = false, delayed = false; };
struct work_done { std::vector<std::uint64_t> tokens; };  ///< All handlers of these events have ended.
struct state_wanted {};                   ///< `state_given` follows.
struct state_given { std::optional<plugin_state> state; std::optional<error> failed; };
struct work_leaves { discord::slot slot; };  ///< `work_left` follows: what the plugin gives along with that shard.
struct work_left { discord::slot slot; std::string part; std::optional<error> failed; };
struct work_arrives { discord::slot slot; std::string part; };

// What plugins share. Of the two ends of a link the one that is nearer to the host answers questions; letters go either way.
struct value_asked { std::uint64_t id = 0; sharing::question what; };  ///< `value_answered` follows, unless it is left.
struct value_left { std::uint64_t id = 0; };
struct value_answered { std::uint64_t id = 0; sharing::answer what; };
struct plugin_letter { std::uint64_t id = 0; sharing::letter what; };  ///< An entry of `letters_answered` follows.
struct letter_answer { std::uint64_t id = 0; bool is_returned = false; std::vector<sharing::reply> all; };  ///< Returned: its guild or slot is not here.
struct letters_answered { std::vector<letter_answer> all; };

// Handoffs and moves of shards; handoff/handoff.hpp has what happens in between.
/// From the host: replace the sessions of these shards, which are all yours, by others of the same guilds.
/// `handoff_ended` follows, surely.
struct handoff_begin {
    std::uint64_t id = 0;                        ///< Of the operation; never the same twice.
    std::vector<discord::slot> older;
    std::vector<discord::session_record> newer;  ///< Slot and generation; none has a session.
    std::string gateway_url;
    std::uint64_t own_user = 0;                  ///< The bot's.
    bool trust_answers = true;                   ///< See handoff::settings.
    duration observe_for{};                      ///< Commit never, and report after so long; 0: a real one.
    std::uint64_t wall_ms = 0;                   ///< The time of day, in ms since 1970.
};
struct handoff_turn { std::uint64_t id = 0; std::uint32_t newer = 0, generation = 0; };  ///< As `turn`, for the newer session of that place.
struct handoff_cancel { std::uint64_t id = 0; std::string why; };  ///< Of no effect once it is written down.
struct handoff_journalled { std::uint64_t id = 0; bool ok = false; std::string why; };  ///< The commit is on the disk, or surely never will be.
/// A shard that is moved, or that went on from a handoff in an earlier process; it resumes at once.
struct shard_load {
    std::string gateway_url;
    discord::session_record what;
    std::string handoff;                         ///< Of `handoff_commit`, until `handoff_settled`; empty: none.
    shard_baggage baggage;
    bool is_moved = false;                       ///< Where it was, handlers of what is unfinished still run: it comes again only after another crash.
};
struct shard_unload { discord::slot slot; };     ///< `shard_left` follows, surely.

// From a collection.
struct handoff_turn_wanted { std::uint64_t id = 0; std::uint32_t newer = 0, generation = 0; bool wanted = false; };  ///< As `identify_wanted`; not wanted: as `identify_left`.
struct handoff_turn_ended { std::uint64_t id = 0; std::uint32_t newer = 0; bool received = false; };  ///< As `identify_ended`.
struct handoff_session { std::uint64_t id = 0; std::uint32_t newer = 0; std::uint64_t intents = 0; std::string session_id; };  ///< READY; no id: it is lost.
struct handoff_look {                            ///< How far it is; with every pulse.
    std::uint64_t id = 0;
    std::string phase, waits_for;                ///< A handoff::progress; the guild or channel that is not ready.
    std::uint64_t streams = 0, proven = 0, held = 0, held_bytes = 0, age_ms = 0;
};
/// The older sessions are not read any more. To be written down, all of it or nothing: these sessions are the
/// plan's now. `handoff_journalled` follows, surely.
struct handoff_commit { std::uint64_t id = 0; std::vector<discord::session_record> newer; std::vector<std::string> records; };  ///< A record for each, for `shard_load`.
/// It is over: committed, or as if it had never been.
struct handoff_ended { std::uint64_t id = 0; bool committed = false, exact = false; std::string why, report; };  ///< `report`: JSON, of a handoff::report.
struct handoff_settled { discord::slot slot; };  ///< Its record is needed no longer.
struct handoff_record { discord::slot slot; std::string text; };  ///< Takes the place of the last one, which wants more replayed. At most once a second.
struct shard_left { discord::slot slot; discord::session_record what; std::string handoff; shard_baggage baggage; std::optional<error> failed; };  ///< Failed: it stays.
struct shard_gap { discord::slot slot; std::uint64_t guild = 0; std::string why; };  ///< Events of that guild (0: of all of the shard) may be missing; plugins have been told.
struct loads { scaling::load_sample what; };  ///< Once a second; the first has a span of 0.
struct shard_facts { discord::slot slot; std::uint32_t guilds = 0; bool counted = false; std::uint32_t voice_channels = 0; };  ///< When they change, at most once a second. Not counted: nobody has seen its READY.

// Between the host and the worker of a network manager: a plugin that creates the processes of collections.
enum class network_deed : std::uint8_t { up, down, stands };
inline constexpr auto last_network_deed = network_deed::stands;
struct network_order {                           ///< `network_done` follows, unless it only tells that one stands.
    std::uint64_t id = 0;                        ///< 0: it stands.
    network_deed what = network_deed::up;
    std::uint32_t number = 0;
    std::uint64_t epoch = 0;                     ///< Of the process.
    std::string socket, run, executable;
    redacted key;                                ///< Of `up`: lets that process in, once.
    duration patience{};                         ///< The answer comes too late after that.
};
struct network_ready { bool manages = false; std::string breakpoints; };  ///< Whether it is one at all; JSON, as `[scaler]`.
struct network_done { std::uint64_t id = 0; std::optional<error> failed; };

using any_message = std::variant<welcome, serve, turn, rest_answer, stop, hello, loaded, rest, rest_cancel,
                             identify_wanted, identify_left, identify_ended, shard_moved,
                             session_established, session_resumed, session_forgotten, shard_stopped, plugin_logged,
                             first_event, pulse, stopped, gateway_command, gateway_answer, wake, shard_noticed, gauges,
                             plugin_slow, plugin_gauges, plugin_died, plugin_order, plugin_refused, plugin_poisoned,
                             change_plugin, plugin_changed, plugin_state, plugin_state_rejected, work, work_event, work_done,
                             state_wanted, state_given, work_leaves, work_left, work_arrives,
                             value_asked, value_left, value_answered, plugin_letter, letters_answered,
                             handoff_begin, handoff_turn, handoff_cancel, handoff_journalled, shard_load, shard_unload,
                             handoff_turn_wanted, handoff_turn_ended, handoff_session, handoff_look, handoff_commit, handoff_ended,
                             handoff_settled, shard_left, shard_gap, shard_facts, loads, handoff_record,
                             network_order, network_ready, network_done>;
// clang-format on

/// One of them. It is copied, moved and destroyed in message.cpp: with so many alternatives that is
/// most of a file's object code wherever the compiler writes it out.
struct message : any_message {
    using any_message::any_message;
    message();
    message(const message&);
    message(message&&) noexcept;
    message& operator=(const message&);
    message& operator=(message&&) noexcept;
    ~message();
};

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
