// The gateway's rules. Discord Docs/Gateway, and Discord Docs/Opcodes and Status Codes.
#include "discord/intents.hpp"
#include "discord/limits.hpp"
#include "discord/opcode.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>
#include <limits>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;
namespace opcode = discord::opcode;
namespace limits = discord::limits;

// Discord Docs/Gateway, "List of Intents".
constexpr std::uint64_t known_intents = 0x1'FFFF | (3U << 20) | (3U << 24);
// Discord Docs/Reference, "API Versions"; older ones look the same to a bot.
constexpr int api_version_least = 6, api_version_most = 10;
constexpr std::int64_t no_opcode = std::numeric_limits<std::int64_t>::min();
constexpr duration session_starts_window = std::chrono::hours(24);

std::string_view rule_of(int close_code)
{
    switch (close_code) {
    case 4001:
        return "gateway/close-4001";
    case 4002:
        return "gateway/close-4002";
    case 4003:
        return "gateway/close-4003";
    case 4004:
        return "gateway/close-4004";
    case 4005:
        return "gateway/close-4005";
    case 4007:
        return "gateway/close-4007";
    case 4008:
        return "gateway/close-4008";
    case 4009:
        return "gateway/close-4009";
    case 4010:
        return "gateway/close-4010";
    case 4011:
        return "gateway/close-4011";
    case 4012:
        return "gateway/close-4012";
    case 4013:
        return "gateway/close-4013";
    default:
        return "gateway/close-4014";
    }
}

std::string text(const json::object& from, const char* key)
{
    const auto* found = from.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

std::optional<std::int64_t> number(const json::value& from)
{
    if (!from.is_number())
        return std::nullopt;
    json::error_code failed;
    const auto value = from.to_number<std::int64_t>(failed);
    return failed ? std::nullopt : std::optional(value);
}

std::optional<std::int64_t> number(const json::object& from, const char* key)
{
    const auto* found = from.if_contains(key);
    return found == nullptr ? std::nullopt : number(*found);
}

std::optional<discord::slot> slot_in(const json::object& identify)
{
    const auto* shard = identify.if_contains("shard");
    if (shard == nullptr)
        return discord::slot{0, 1};
    if (!shard->is_array() || shard->get_array().size() != 2)
        return std::nullopt;
    const auto id = number(shard->get_array()[0]), count = number(shard->get_array()[1]);
    if (!id || !count || *count < 1 || *count > 1'000'000 || *id < 0 || *id >= *count)
        return std::nullopt;
    return discord::slot{static_cast<std::uint32_t>(*id), static_cast<std::uint32_t>(*count)};
}

std::string bare_token(const std::string& given)
{
    return given.starts_with("Bot ") ? given.substr(4) : given;
}

std::string millis(duration time)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
           " ms";
}

}  // namespace

std::string simulator::name_of(connection_id id) const
{
    const auto found = connections_.find(id);
    const auto own =
        found == connections_.end() ? sessions_.end() : sessions_.find(found->second.session);
    return own == sessions_.end() ? "a connection" : "shard " + to_string(own->second.slot);
}

void simulator::on_opened(const opened& up, instant now, actions& todo)
{
    connection& made = connections_[up.id];
    made.plain = up.plain;
    made.compressed = up.compressed;
    made.beat_until = now + 2 * settings_.heartbeat_interval;
    expect_beat(up.id, made);
    if (up.version < api_version_least || up.version > api_version_most)
        return break_rule(up.id, 4012, "Invalid API version.", now, todo);
    made.greeted = faults_.strikes(fault_kind::no_hello, now, world_.random) == nullptr;
    if (!made.greeted)
        return;
    const fault* late = faults_.strikes(fault_kind::late_hello, now, world_.random);
    if (late != nullptr) {
        made.beat_until += late->by;
        made.excused_until = now + late->by + limits::identify_interval;
    }
    expect_beat(up.id, made);
    // Discord Docs/Gateway, "Hello Event".
    emit(up.id, "HELLO",
         R"({"op":10,"s":null,"t":null,"d":{"heartbeat_interval":)" +
             std::to_string(settings_.heartbeat_interval / std::chrono::milliseconds(1)) +
             R"(,"_trace":[]}})",
         todo, late != nullptr ? late->by : duration::zero());
}

// Discord Docs/Gateway, "Rate Limiting": 120 events a minute, and whoever sends more is
// disconnected.
bool simulator::within_sends(const payload& got, connection& own, instant now, actions& todo)
{
    own.received.push_back(now);
    while (now - own.received.front() >= limits::gateway_sends_window)
        own.received.pop_front();
    if (own.received.size() <= static_cast<std::size_t>(limits::gateway_sends_max))
        return true;
    break_rule(got.id, 4008, "Rate limited.", now, todo);
    return false;
}

void simulator::on_payload(const payload& got, instant now, actions& todo)
{
    const auto found = connections_.find(got.id);
    if (found == connections_.end() || !within_sends(got, found->second, now, todo))
        return;
    connection& own = found->second;
    // Discord Docs/Opcodes and Status Codes: whose session was invalidated is not authenticated.
    if (!sessions_.contains(own.session))
        own.session.clear();
    json::error_code failed;
    // Discord Docs/Gateway, "Sending Events": 4096 bytes at most.
    const json::value document = got.text.size() > limits::gateway_payload_bytes_max
                                     ? json::value()
                                     : json::parse(got.text, failed);
    const auto* root = failed ? nullptr : document.if_object();
    const std::int64_t op = root == nullptr ? no_opcode : number(*root, "op").value_or(no_opcode);
    if (settings_.tells_exchange)
        note_payload(got, op, todo);
    if (op == no_opcode)
        return break_rule(got.id, 4002, "Error while decoding payload.", now, todo);
    static const json::object nothing;
    const auto* data = root->if_contains("d");
    const json::object& fields =
        data != nullptr && data->is_object() ? data->get_object() : nothing;
    switch (op) {
    case opcode::heartbeat:
        return on_heartbeat(got.id, own, now, todo);
    case opcode::identify:
        if (own.session.empty())
            return on_identify(got.id, fields, now, todo);
        ++witness_.so_far().identifies_refused;
        return break_rule(got.id, 4005, "Already authenticated.", now, todo);
    case opcode::resume:
        if (own.session.empty())
            return on_resume(got.id, fields, now, todo);
        ++witness_.so_far().resumes_refused;
        return break_rule(got.id, 4005, "Already authenticated.", now, todo);
    case opcode::presence_update:
    case opcode::voice_state_update:
    case opcode::request_guild_members:
    case opcode::request_soundboard_sounds:
    case opcode::request_channel_info:
        if (own.session.empty())
            return break_rule(got.id, 4003, "Not authenticated.", now, todo);
        return on_sent(op, got.id, fields, now, todo);
    default:
        return break_rule(got.id, 4001, "Unknown opcode.", now, todo);
    }
}

void simulator::on_heartbeat(connection_id id, connection& own, instant now, actions& todo)
{
    own.beat_until = now + settings_.heartbeat_interval * 3 / 2;
    own.beat_asked = never;
    expect_beat(id, own);
    if (faults_.strikes(fault_kind::no_acks, now, world_.random, slot_of(own)) == nullptr)
        emit(id, "HEARTBEAT_ACK", R"({"op":11,"s":null,"t":null,"d":null})", todo);
}

void simulator::break_rule(connection_id id, int code, std::string why, instant now, actions& todo)
{
    const auto found = connections_.find(id);
    const bool is_late = (code == 4008 || code == 4009) && found != connections_.end() &&
                         now < found->second.excused_until;
    if (!is_late)
        witness_.broke(rule_of(code), name_of(id) + ": " + why, now);
    end(id, code, std::move(why), now, todo);
}

void simulator::refuse_identify(connection_id id, int code, const char* why, instant now,
                                actions& todo)
{
    ++witness_.so_far().identifies_refused;
    break_rule(id, code, why, now, todo);
}

simulator::verdict_on_identify simulator::judge(const json::object& data)
{
    if (token_dead_ || bare_token(text(data, "token")) != settings_.token)
        return {4004, "Authentication failed."};
    const auto slot = slot_in(data);
    if (!slot || slot->count % static_cast<std::uint32_t>(settings_.shard_multiple) != 0)
        return {4010, "Invalid shard."};
    const auto intents = number(data, "intents");
    if (!intents || *intents < 0 || (static_cast<std::uint64_t>(*intents) & ~known_intents) != 0)
        return {4013, "Invalid intent(s)."};
    const std::uint64_t granted =
        ((settings_.flags & (3ULL << 14)) != 0 ? discord::intent_guild_members : 0) |
        ((settings_.flags & (3ULL << 12)) != 0 ? discord::intent_guild_presences : 0) |
        ((settings_.flags & (3ULL << 18)) != 0 ? discord::intent_message_content : 0);
    if ((static_cast<std::uint64_t>(*intents) & discord::privileged_intents & ~granted) != 0)
        return {4014, "Disallowed intent(s)."};
    // Discord Docs/Gateway, "Sharding": 2500 guilds a shard.
    if (guilds_of(*slot).size() > static_cast<std::size_t>(settings_.guilds_per_shard_max))
        return {4011, "Sharding required."};
    return {};
}

// Discord Docs/Gateway, "Session Start Limit": whoever goes beyond it loses all sessions and the
// token.
bool simulator::too_many_sessions(instant now, actions& todo)
{
    if (now >= starts_reset_at_) {
        starts_left_ = settings_.session_starts;
        starts_reset_at_ = now + session_starts_window;
    }
    if (--starts_left_ >= 0)
        return false;
    token_dead_ = true;
    ++witness_.so_far().identifies_refused;
    witness_.broke("gateway/session-start-limit", "the token is reset", now);
    while (!connections_.empty())
        end(connections_.begin()->first, 4004, "Authentication failed.", now, todo);
    while (!sessions_.empty())
        end_session(sessions_.begin()->first);
    return true;
}

// Discord Docs/Gateway, "Max Concurrency": one IDENTIFY a bucket in five seconds.
bool simulator::too_soon(connection_id id, discord::slot which, instant now)
{
    const std::uint32_t key = which.id % static_cast<std::uint32_t>(settings_.max_concurrency);
    const bool is_excused = now < connections_.at(id).excused_until;
    const auto last = last_identify_.find(key);
    const duration since = last == last_identify_.end() ? duration::max() : now - last->second.at;
    if (since < limits::identify_interval) {
        if (!is_excused && !last->second.is_excused)
            witness_.broke("gateway/max-concurrency",
                           "shard " + to_string(which) + " identified " + millis(since) +
                               " after another of its bucket",
                           now);
        return true;
    }
    // One that was refused does not count, or whoever waits and tries again would be refused again.
    last_identify_[key] = {now, is_excused};
    return false;
}

void simulator::on_identify(connection_id id, const json::object& data, instant now, actions& todo)
{
    const auto verdict = judge(data);
    if (verdict.code != 0)
        return refuse_identify(id, verdict.code, verdict.why, now, todo);
    const discord::slot slot = *slot_in(data);
    if (too_soon(id, slot, now)) {
        ++witness_.so_far().identifies_refused;
        return invalid_session(id, false, todo);
    }
    if (too_many_sessions(now, todo))
        return;
    ++witness_.so_far().identifies;
    if (faults_.strikes(fault_kind::no_ready, now, world_.random, slot) != nullptr)
        return;
    session made;
    made.number = ++last_session_;
    made.id = "session" + std::to_string(made.number) + "x" + std::to_string(world_.random.next());
    made.slot = slot;
    made.names_shard = data.contains("shard");
    made.intents = static_cast<std::uint64_t>(*number(data, "intents"));
    made.connection = id;
    connection& own = connections_.at(id);
    own.session = made.id;
    const auto* compress = data.if_contains("compress");
    own.compresses = !own.compressed && compress != nullptr && *compress == json::value(true);
    todo.emplace_back(session_news{session_news::kind::identified, slot, 0, 0});
    session& to = begin_session(std::move(made));
    if (const fault* late = faults_.strikes(fault_kind::late_ready, now, world_.random, slot))
        own.quiet_until = now + late->by;
    if (faults_.strikes(fault_kind::early_dispatch, now, world_.random, slot) != nullptr)
        dispatch(to, make_event("GUILD_JOIN_REQUEST_DELETE", json::object{}), todo);
    greet(to, now, todo);
}

const std::string& simulator::gateway_url(bool plain) const
{
    return plain && !settings_.plain_gateway_url.empty() ? settings_.plain_gateway_url
                                                         : settings_.gateway_url;
}

const std::string& simulator::resume_url(bool plain) const
{
    const std::string& own = plain ? settings_.plain_resume_url : settings_.resume_url;
    return own.empty() ? gateway_url(plain) : own;
}

bool simulator::resume_url_is_dead(instant now) const
{
    return faults_.lasts(fault_kind::dead_resume_url, now);
}

void simulator::greet(session& to, instant now, actions& todo)
{
    json::array unavailable;
    const auto& own = guilds_of(to.slot);
    for (const discord::snowflake each : own)
        unavailable.push_back(json::object{{"id", to_string(each)}, {"unavailable", true}});
    // Discord Docs/Gateway Events, "Ready"; the lists that are empty are what some clients expect.
    json::object ready{
        {"v", 10},
        {"user", user_json(world_.bot)},
        {"session_id", to.id},
        {"session_type", "normal"},
        {"resume_gateway_url", resume_url(connections_.at(*to.connection).plain)},
        {"guilds", unavailable},
        {"private_channels", json::array()},
        {"relationships", json::array()},
        {"presences", json::array()},
        {"user_settings", json::object()},
        {"application", {{"id", to_string(world_.application)}, {"flags", settings_.flags}}},
        {"_trace", json::array()}};
    if (to.names_shard)
        ready["shard"] = json::array{to.slot.id, to.slot.count};
    dispatch(to, make_event("READY", ready), todo);
    if ((to.intents & discord::intent_guilds) == 0)
        return;
    const std::string time = world_.time_text(now);
    for (const discord::snowflake each : own)
        if (!outages_.contains(each))
            carry(to,
                  make_event("GUILD_CREATE",
                             guild_json(*world_.find_guild(each), world_.bot, true, time), each),
                  todo, each);
}

void simulator::on_resume(connection_id id, const json::object& data, instant now, actions& todo)
{
    ++witness_.so_far().resumes_refused;  // Until it turns out to be none.
    if (token_dead_ || bare_token(text(data, "token")) != settings_.token)
        return break_rule(id, 4004, "Authentication failed.", now, todo);
    const auto found = sessions_.find(text(data, "session_id"));
    const auto sequence = number(data, "seq");
    if (found == sessions_.end())
        return invalid_session(id, false, todo);
    session& own = found->second;
    if (!sequence || *sequence < 0 || *sequence > own.sequence) {
        end_session(found->first);
        return break_rule(id, 4007, "Invalid seq.", now, todo);
    }
    // Discord Docs/Gateway, "Resuming": what can't be replayed any more is an invalid session.
    if (*sequence + 1 < own.first_sent()) {
        end_session(found->first);
        return invalid_session(id, false, todo);
    }
    // A resume from another connection takes the session over.
    if (own.connection)
        end(*own.connection, 4000, "Session was resumed elsewhere.", now, todo);
    own.connection = id;
    regain_session(own);
    connections_.at(id).session = own.id;
    counts& seen = witness_.so_far();
    --seen.resumes_refused;
    ++seen.resumes;
    todo.emplace_back(session_news{session_news::kind::resumed, own.slot, *sequence, 0});
    replay(own, *sequence, now, todo);
}

void simulator::replay(session& to, std::int64_t behind, instant now, actions& todo)
{
    const fault* slow = faults_.strikes(fault_kind::slow_replay, now, world_.random, to.slot);
    const duration between = slow != nullptr ? slow->by : duration::zero();
    duration late{};
    for (std::int64_t next = behind + 1; next <= to.sequence; ++next) {
        const auto at = static_cast<std::size_t>(next - to.first_sent());
        late += between;
        const duration more =
            faults_.length(fault_kind::delay, now, world_.random, to.slot, discord::snowflake{});
        put(*to.connection, {now + late + more, to.sent[at], next, {}, {}}, todo);
    }
    const auto replayed = static_cast<std::uint64_t>(to.sequence - behind);
    witness_.so_far().events_replayed += replayed;
    witness_.so_far().events_sent += replayed;
    dispatch(to, make_event("RESUMED", json::object{{"_trace", json::array()}}), todo);
}

void simulator::invalid_session(connection_id id, bool resumable, actions& todo)
{
    emit(id, "INVALID_SESSION",
         std::string(R"({"op":9,"s":null,"t":null,"d":)") + (resumable ? "true}" : "false}"), todo);
}

void simulator::on_closed(const closed& gone, instant now, actions& todo)
{
    const auto found = connections_.find(gone.id);
    if (found == connections_.end())
        return;
    const std::string own = found->second.session;
    forget_connection(gone.id, gone.code, now, todo);
    // Discord Docs/Gateway, "Initiating a Disconnect": these two codes end the session.
    if (gone.code == 1000 || gone.code == 1001)
        end_session(own);
}

void simulator::end(connection_id id, int code, std::string why, instant now, actions& todo)
{
    todo.emplace_back(close{id, code, std::move(why)});
    forget_connection(id, code, now, todo);
}

void simulator::forget_connection(connection_id id, int code, instant now, actions& todo)
{
    const auto found = connections_.find(id);
    if (found == connections_.end())
        return;
    if (const auto own = sessions_.find(found->second.session);
        own != sessions_.end() && own->second.connection == id) {
        lose_session(own->second, now);
        todo.emplace_back(
            session_news{session_news::kind::closed, own->second.slot, own->second.sequence, code});
    } else if (settings_.tells_exchange) {
        todo.emplace_back(noted{noted::kind::closed, {}, code, {}, {}, {}});
    }
    beats_due_.erase({found->second.beat_due, id});
    if (!found->second.held.empty())
        held_due_.erase({found->second.held.front().due, id});
    connections_.erase(found);
}

}  // namespace tinfoil::discordsim
