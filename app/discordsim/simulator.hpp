#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"
#include "discordsim/crowd.hpp"
#include "discordsim/faults.hpp"
#include "discordsim/witness.hpp"
#include "discordsim/world.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::discordsim {

struct settings {
    std::uint64_t seed = 1;
    int guilds = 3;
    int people_per_guild = 5;
    double acts_per_second = 3.0;    ///< Of all people together; 0: nobody does anything.
    double messages_per_second = 0;  ///< That people say besides; set_rate() sets both.
    habits life;                     ///< With `mix` they do all kinds of things that often.
    int max_concurrency = 1;
    int recommended_shards = 1;
    int session_starts = 1000;  ///< In 24 hours.
    int guilds_per_shard_max = 2500;
    /// How long a session waits for its RESUME: "a few minutes". Discord Docs/Gateway, "Initiating
    /// a Disconnect".
    duration session_lifetime = std::chrono::minutes(3);
    int shard_multiple = 1;  ///< Of a large bot: its number of shards has to be one of it.
    duration heartbeat_interval = std::chrono::milliseconds(41'250);
    std::size_t replay_events = 50'000;  ///< That a session keeps for RESUME, the last ones.
    bool tells_events = false;           ///< Also gives a `generated` for each event of a guild.
    bool tells_exchange = false;         ///< Also gives a `noted` for all that passes to and fro.
    std::uint64_t flags =
        (1U << 15) | (1U << 19);  ///< Of the application: members and message content.
    std::string token = "sandbox";
    std::string gateway_url;        ///< `wss://localhost:1234`.
    std::string plain_gateway_url;  ///< `ws://localhost:1235`, for clients that came without TLS.
    std::string resume_url, plain_resume_url;      ///< Empty: the same as for new sessions.
    std::int64_t wall_ms = 0;                      ///< Of the first instant.
    std::vector<std::pair<duration, fault>> plan;  ///< Faults to come, by the time since the start.
};

/// So many events a second of all guilds together: people act at their usual slow pace, and the
/// rest is the crowd's.
void set_rate(settings& of, double events_per_second);

/// Something that people watching would like to read.
struct happening {
    enum class kind { said, called, answered, joined, other };
    kind what = kind::other;
    std::string guild;           ///< Name.
    std::string channel;         ///< Name without '#'.
    std::string who;             ///< Display name; of the bot for `answered`.
    std::string text;            ///< As written; untrusted, may hold control characters.
    int after_ms = -1;           ///< `answered`: since the command that it answers.
    discord::snowflake id{};     ///< Of the message, the interaction or the person; of `answered`,
                                 ///< what it answers.
    discord::snowflake place{};  ///< Of the channel.
};
[[nodiscard]] std::string_view name(happening::kind of);

using connection_id = std::uint64_t;
using request_id = std::uint64_t;

// clang-format off
struct opened { connection_id id; bool plain = false; int version = 10; bool compressed = false; };  ///< A WebSocket to the gateway; `compressed` by its transport.
struct payload { connection_id id; std::string text; };
struct closed { connection_id id; int code = 1006; };             ///< By the client with that code; 1005: with none, 1006: broken.
struct request { request_id id; std::string method, path, body, content_type, authorization; bool plain = false; std::optional<std::string> user_agent = std::nullopt; };
struct direct { request_id id; std::string method, path, body; };  ///< From whoever stages the play, `/sandbox/say`; `answer` follows at once.
struct hush {};                                                   ///< People begin nothing new.
struct elapsed {};
using input = std::variant<opened, payload, closed, request, direct, hush, elapsed>;

struct send { connection_id id; std::string text; bool compressed = false; };  ///< `compressed`: as a zlib document of its own.
struct close { connection_id id; int code; std::string why; };    ///< It counts as closed from now on.
struct drop { connection_id id; };                                ///< The same without a close frame.
struct disturb { connection_id id; fault what; };                 ///< Of the transport; a simulation may pass it over.
struct answer { request_id id; int status; std::vector<std::pair<std::string, std::string>> headers; std::string body; bool is_cut = false; };  ///< `is_cut`: the connection ends inside of it.
struct told { happening what; };
struct generated { std::uint64_t number; std::string_view type; discord::snowflake id, guild; };  ///< An event, whoever takes it; `type` lives for ever.
struct noted { enum class kind { sent, got, answered, closed } what; std::optional<discord::slot> slot; std::int64_t number; std::string_view type; discord::snowflake id; std::string text; };  ///< To a client: its sequence or 0, the type or name, which lives for ever, and the id; from a client: the opcode; by REST: the status, with method and path in `text`; of a connection that ended without a session: its code.
struct session_news { enum class kind { identified, resumed, closed } what; discord::slot slot; std::int64_t sequence; int code; };  ///< `sequence` is where a resume begins, `code` how a connection ended.
using action = std::variant<send, close, drop, disturb, answer, told, generated, noted, session_news>;
// clang-format on

class rate_limits;
class rest;
struct filled_call;

/// Discord's side, as one machine: accounts, guilds and people; the rules of gateway and REST. It
/// has no clock and no sockets, so sandbox/ serves it in real time and tests in virtual time.
///
/// Every rule cites the page of Discord's documentation that it comes from.
class simulator {
public:
    /// A request for a heartbeat wants one at once.
    static constexpr duration beat_answer_patience = std::chrono::seconds(10);
    /// Payloads that faults hold back from a connection, besides a whole replay. One that owes more
    /// is cut, as a client that does not read is; its session may be resumed. As many events may be
    /// on their way to a session; then the first of a path arrives early.
    static constexpr std::size_t held_payloads_max = 10'000;

    simulator(settings how, instant now);
    simulator(simulator&&) noexcept;
    simulator& operator=(simulator&&) = delete;
    simulator(const simulator&) = delete;
    simulator& operator=(const simulator&) = delete;
    ~simulator();

    void on(const input& what, instant now, std::vector<action>& todo);
    [[nodiscard]] instant deadline() const;

    [[nodiscard]] counts so_far() const;
    /// Commands whose answer is neither here nor overdue.
    [[nodiscard]] std::uint64_t waiting() const { return witness_.waiting(); }
    [[nodiscard]] const world& everything() const { return world_; }
    [[nodiscard]] const witness& seen() const { return witness_; }
    /// A fault: nobody answers at the resume URL.
    [[nodiscard]] bool resume_url_is_dead(instant now) const;
    /// Of REST; to change what clients can't.
    [[nodiscard]] rate_limits& limits();

private:
    /// What all sessions that take an event in the same form have in common: all but the number.
    struct printed_event {
        std::string_view type;
        std::string data;
        discord::snowflake id = {};
    };
    using event_ref = std::shared_ptr<const printed_event>;
    /// From a guild, or from all direct messages, to a session.
    struct guild_path {
        discord::snowflake guild;
        bool is_interaction = false;

        auto operator<=>(const guild_path&) const = default;
    };
    /// On a path. It has no number before it arrives.
    struct parcel {
        instant due{};
        event_ref what;
    };
    struct session {
        std::string id;
        std::uint64_t number = 0;  ///< The higher, the newer.
        discord::slot slot;
        bool names_shard = false;  ///< Its IDENTIFY did.
        std::uint64_t intents = 0;
        std::int64_t sequence = 0;   ///< Of the last event.
        std::deque<event_ref> sent;  ///< The last events, for replay.
        std::optional<connection_id> connection;
        instant lost_at = never;
        std::map<guild_path, std::deque<parcel>> paths;  ///< Those that are not empty.
        std::size_t on_their_way = 0;                    ///< On all of them.

        /// Of sent.front(), if there is one.
        [[nodiscard]] std::int64_t first_sent() const
        {
            return sequence - static_cast<std::int64_t>(sent.size()) + 1;
        }
    };
    /// An event, or else a payload of another kind with its name, which lives for ever.
    struct outgoing {
        instant due{};
        event_ref event;
        std::int64_t sequence = 0;
        std::string_view name;
        std::string text;
    };
    struct connection {
        bool plain = false;
        bool compressed = false;        ///< By its transport.
        bool compresses = false;        ///< Payloads, as IDENTIFY asked for.
        bool greeted = true;            ///< Got HELLO, and so knows when to beat.
        std::string session;            ///< Empty until identified.
        instant beat_until{};           ///< A heartbeat is due before.
        instant beat_asked = never;     ///< Discord asked for one.
        instant beat_due = never;       ///< The first of both, as in beats_due_.
        instant excused_until{};        ///< A fault makes it late: that is not the client's doing.
        std::deque<instant> received;   ///< Of the last minute.
        std::deque<instant> presences;  ///< Of the last twenty seconds.
        instant quiet_until{};          ///< Nothing is sent before.
        std::deque<outgoing> held;      ///< What a fault delays, and what follows it.
        bool overflows = false;         ///< Of it; nothing more is held, and it is about to be cut.
    };
    struct place {
        guild& of;
        const channel& in;
    };
    using actions = std::vector<action>;

    // gateway_side.cpp
    void on_opened(const opened& up, instant now, actions& todo);
    void on_payload(const payload& got, instant now, actions& todo);
    bool within_sends(const payload& got, connection& own, instant now, actions& todo);
    void on_heartbeat(connection_id id, connection& own, instant now, actions& todo);
    void on_identify(connection_id id, const boost::json::object& data, instant now, actions& todo);
    void on_resume(connection_id id, const boost::json::object& data, instant now, actions& todo);
    void on_closed(const closed& gone, instant now, actions& todo);
    struct verdict_on_identify {
        int code = 0;  ///< 0: it is fine so far.
        const char* why = "";
    };
    [[nodiscard]] verdict_on_identify judge(const boost::json::object& data);
    bool too_soon(connection_id id, discord::slot which, instant now);
    bool too_many_sessions(instant now, actions& todo);
    void refuse_identify(connection_id id, int code, const char* why, instant now, actions& todo);
    void break_rule(connection_id id, int code, std::string why, instant now, actions& todo);
    void end(connection_id id, int code, std::string why, instant now, actions& todo);
    void forget_connection(connection_id id, int code, instant now, actions& todo);
    void invalid_session(connection_id id, bool resumable, actions& todo);
    [[nodiscard]] std::string name_of(connection_id id) const;
    void greet(session& to, instant now, actions& todo);
    void replay(session& to, std::int64_t behind, instant now, actions& todo);
    [[nodiscard]] const std::string& gateway_url(bool plain) const;
    [[nodiscard]] const std::string& resume_url(bool plain) const;

    // gateway_out.cpp
    void emit(connection_id id, std::string_view name, std::string text, actions& todo,
              duration late = {});
    void put(connection_id id, outgoing what, actions& todo);
    void send_now(connection_id id, const connection& to, outgoing what, actions& todo);
    void flush_held(instant now, actions& todo);
    void cut_overflowing(instant now, actions& todo);
    [[nodiscard]] std::optional<discord::slot> slot_of(const connection& of) const;
    void note_payload(const payload& got, std::int64_t op, actions& todo) const;

    // gateway_paths.cpp
    /// By the path of its guild, where what faults hold up holds it up too; 0: direct messages.
    void carry(session& to, event_ref what, actions& todo, discord::snowflake guild);
    void let_through(session& to, std::map<guild_path, std::deque<parcel>>::iterator of,
                     instant now, bool early, actions& todo);
    void flush_paths(instant now, actions& todo);
    void forget_paths(session& of);
    void answer_from(session& to, event_ref what, actions& todo, discord::snowflake guild,
                     bool overtaking);
    [[nodiscard]] bool overtakes(const session& of, discord::snowflake guild);

    // gateway_sessions.cpp
    session& begin_session(session made);
    void end_session(const std::string& id);
    void lose_session(session& of, instant now);
    void regain_session(session& of);
    void expire_sessions(instant now);
    /// Calls `visit` with each session that serves the guild; 0: those of shard 0.
    template <class Visit>
    void for_serving(discord::snowflake guild, const Visit& visit);
    [[nodiscard]] const session* ready_session(discord::snowflake guild);
    [[nodiscard]] bool is_excused(discord::snowflake guild, instant now);
    const std::vector<discord::snowflake>& guilds_of(discord::slot which);
    /// Sessions of its guilds have become, or are no more, what others do without.
    void doubt_need(discord::slot around);
    [[nodiscard]] bool is_superseded(const session& of);
    void settle_doubts(instant now);
    void expect_beat(connection_id id, connection& from);
    void check_heartbeats(instant now, actions& todo);

    // gateway_requests.cpp
    void on_sent(std::int64_t op, connection_id id, const boost::json::object& data, instant now,
                 actions& todo);
    void on_presence(connection_id id, instant now, actions& todo);
    void on_channel_info_wanted(session& of, const boost::json::object& data, actions& todo);
    void on_voice_state(session& of, const boost::json::object& data, actions& todo);
    void on_members_wanted(session& of, const boost::json::object& data, instant now,
                           actions& todo);
    void send_members(session& to, const guild& of, const boost::json::object& data, instant now,
                      actions& todo);
    bool within_member_requests(session& of, discord::snowflake guild,
                                const boost::json::object& data, instant now, actions& todo);

    // director.cpp
    void on_direct(const direct& asked, instant now, actions& todo);
    void direct_verdict(instant now, answer& to) const;
    void direct_watch(std::string_view path, instant now, answer& to);
    void direct_say(const boost::json::object& with, instant now, answer& to, actions& todo);
    void direct_call(const boost::json::object& with, instant now, answer& to, actions& todo);
    void direct_fault(const boost::json::object& with, instant now, answer& to, actions& todo);
    struct stage {
        guild* of = nullptr;
        const channel* in = nullptr;
        std::string lacks;  ///< What could not be found, for people.
    };
    stage stage_of(const boost::json::object& with);
    person puppet(guild& in, const boost::json::object& with, instant now, actions& todo);
    void note_happenings(std::size_t since, const actions& todo);
    void remember(happening what);

    // gateway_faults.cpp
    void strike(const fault& what, instant now, actions& todo);
    void strike_connection(const fault& what, connection_id id, instant now, actions& todo);
    static bool strikes_connections(fault_kind what);
    [[nodiscard]] std::vector<connection_id> struck_by(const fault& what) const;
    void leave_session(connection& of, instant now);
    void strike_guild(const fault& what, instant now, actions& todo);
    void lose_permission(const fault& what, instant now, actions& todo);
    void return_permissions(instant now, actions& todo);
    const guild* some_guild(std::optional<discord::slot> of);
    static bool takes_snapshot(const session& of, const fault& what);
    void send_second_snapshot(const fault& what, const guild& of, instant now, actions& todo);
    void announce_role(const guild& of, const role& what, actions& todo);
    void end_outages(instant now, actions& todo);
    void strike_planned(instant now, actions& todo);
    void begin_burst(const fault& what, instant now);

    // events.cpp
    using printer = std::function<void(std::string&)>;  ///< Appends the data of an event.
    static event_ref make_event(std::string_view type, const boost::json::value& data,
                                discord::snowflake id = {});
    event_ref make_event(std::string_view type, discord::snowflake id, const printer& print);
    static std::string text_of(const printed_event& what, std::int64_t sequence);
    static event_ref shuffled(const printed_event& what, random_source order);
    void dispatch(session& to, event_ref what, actions& todo, discord::snowflake guild = {});
    struct headline {
        std::string_view type;
        discord::snowflake id;  ///< Of the message, the interaction, the person.
        discord::snowflake guild;
    };
    void count_generated(const headline& what, actions& todo);
    bool has_twin(const headline& what);
    /// To every session that serves the guild and asked for one of these intents, or 0: to all.
    void announce(const headline& what, std::uint64_t intents, const boost::json::value& data,
                  actions& todo);
    /// Prints only if somebody takes it.
    void announce(const headline& what, std::uint64_t intents, const printer& print, actions& todo);
    void announce_message(const written& what, actions& todo,
                          std::string_view type = "MESSAGE_CREATE");

    // rest_side.cpp
    void on_request(const request& got, instant now, actions& todo);
    void note_answer(const request& got, int status, actions& todo) const;
    std::optional<answer> broken_answer(const request& got, instant now);
    void disturb_answers(std::size_t since, instant now, actions& todo);
    void give_late_answers(instant now, actions& todo);

    void fall_silent();

    // people.cpp
    void act(instant now, actions& todo);
    struct utterance {
        std::string text;
        bool is_command;  ///< Somebody waits for an answer.
    };
    written say(const place& at, const person& who, utterance what, instant now, actions& todo);
    bool try_out(const place& at, const person& who, const boost::json::object& command,
                 instant now, actions& todo);
    discord::snowflake use(const place& at, const person& who, filled_call what, instant now,
                           actions& todo);
    person welcome(const guild& in, person who, instant now, actions& todo);
    void schedule(instant now);

    // deeds.cpp
    struct moment {
        instant now;
        std::int64_t wall_ms;
        std::string time;
    };
    struct lot {
        std::uint64_t seat;  ///< Of somebody among the people.
        std::uint64_t mood;
    };
    void chat(instant now, actions& todo);
    void chat_in_bursts(const moment& at, actions& todo);
    [[nodiscard]] instant chat_due() const;
    void do_something(guild& where, const moment& at, actions& todo);
    void repeat_something(guild& where, std::string_view what, const moment& at, actions& todo);
    void talk(guild& where, const lot& drawn, const moment& at, actions& todo);
    void change_voice(guild& where, person& who, const lot& drawn, const moment& at, actions& todo);
    bool touch_last(guild& where, deed what, const lot& drawn, const moment& at, actions& todo);
    void react(guild& where, overheard& to, const person& who, std::string_view emoji,
               actions& todo);

    settings settings_;
    world world_;
    crowd crowd_;
    std::string printed_;  ///< Where events are printed before they are copied.
    witness witness_;
    std::map<connection_id, connection> connections_;
    std::map<std::string, session> sessions_;
    /// By count and id of their shards, so that an event finds its sessions at once.
    std::map<std::uint32_t, std::map<std::uint32_t, std::vector<session*>>> serving_;
    std::set<std::pair<instant, connection_id>> beats_due_, held_due_;
    /// The first of a path.
    struct path_turn {
        instant due{};
        std::uint64_t session;
        guild_path by;

        auto operator<=>(const path_turn&) const = default;
    };
    std::map<path_turn, session*> paths_due_;
    std::set<std::pair<instant, std::string>> lost_;   ///< Sessions without a connection.
    std::map<std::uint64_t, const session*> doubted_;  ///< Whether they are needed, by number.
    std::vector<connection_id> overflowing_;
    struct identified {
        instant at{};
        bool is_excused = false;  ///< A fault may have made it late.
    };
    std::map<std::uint32_t, identified> last_identify_;  ///< By max_concurrency bucket.
    /// Guilds of shards, by count and id; as of this number of world::guilds_changed().
    std::map<std::uint32_t, std::map<std::uint32_t, std::vector<discord::snowflake>>> shares_;
    std::uint64_t shares_as_of_ = 0;
    std::unique_ptr<rest> rest_;
    /// People of one guild who say more than usual, or do the same again and again.
    struct burst {
        discord::snowflake guild;
        duration between{};
        instant next{}, until{};
        std::string repeats;  ///< Which deed, or `any`; empty: whatever they do.
    };
    std::vector<burst> bursts_;
    /// Of one role, until then.
    struct lost_permission {
        discord::snowflake guild, role;
        std::uint64_t what;
        bool was_administrator;
        instant until;
    };
    std::vector<lost_permission> lost_permissions_;
    standing_faults faults_;
    instant start_;
    std::size_t planned_ = 0;                        ///< The first of the plan that has not struck.
    std::map<discord::snowflake, instant> outages_;  ///< Guilds that are unavailable, until when.
    std::map<discord::snowflake, instant> all_members_at_;  ///< When all of a guild were asked for.
    std::deque<std::pair<std::uint64_t, happening>> happened_;  ///< The last of them.
    std::uint64_t last_happening_ = 0;
    instant watched_until_{};  ///< Somebody wants to see what the crowd says as well.
    std::multimap<instant, answer> late_answers_;
    std::uint64_t last_session_ = 0;
    instant now_{};  ///< Of the input that is handled.
    int starts_left_;
    instant starts_reset_at_;
    bool token_dead_ = false;
    bool hushed_ = false;
    instant next_act_ = never;
    instant next_message_ = never;
    instant chatted_at_{};
};

template <class Visit>
void simulator::for_serving(discord::snowflake guild, const Visit& visit)
{
    for (auto& [count, by_id] : serving_) {
        const auto found = by_id.find(static_cast<std::uint32_t>((guild.value >> 22) % count));
        if (found == by_id.end())
            continue;
        for (session* const each : found->second)
            visit(*each);
    }
}

}  // namespace tinfoil::discordsim
