// The gateway's rules. Discord Docs/Gateway, and Discord Docs/Opcodes and Status Codes.
#include "discord/intents.hpp"
#include "discord/limits.hpp"
#include "discord/opcode.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;
namespace opcode = discord::opcode;
namespace limits = discord::limits;

constexpr duration beat_interval = std::chrono::milliseconds(41'250);
constexpr std::uint64_t known_intents = (1U << 26) - 1;

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

std::optional<discord::slot> slot_of(const json::object& identify)
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

}  // namespace

void simulator::on_opened(const opened& up, instant now, actions& todo)
{
    connection& made = connections_[up.id];
    made.plain = up.plain;
    made.beat_until = now + 2 * beat_interval;
    // Discord Docs/Gateway, "Hello Event".
    todo.emplace_back(
        send{up.id, R"({"op":10,"s":null,"t":null,"d":{"heartbeat_interval":41250,"_trace":[]}})"});
}

void simulator::on_payload(const payload& got, instant now, actions& todo)
{
    const auto found = connections_.find(got.id);
    if (found == connections_.end())
        return;
    connection& own = found->second;
    own.received.push_back(now);
    while (now - own.received.front() >= limits::gateway_sends_window)
        own.received.pop_front();
    if (own.received.size() > static_cast<std::size_t>(limits::gateway_sends_max))
        return end(got.id, 4008, "Rate limited.", now, todo);
    json::error_code failed;
    const json::value document = json::parse(got.text, failed);
    const auto* root = failed || got.text.size() > limits::gateway_payload_bytes_max
                           ? nullptr
                           : document.if_object();
    const auto op = root == nullptr ? std::nullopt : number(*root, "op");
    if (!op)
        return end(got.id, 4002, "Error while decoding payload.", now, todo);
    static const json::object nothing;
    const auto* data = root->if_contains("d");
    const json::object& fields =
        data != nullptr && data->is_object() ? data->get_object() : nothing;
    switch (*op) {
    case opcode::heartbeat:
        own.beat_until = now + beat_interval * 3 / 2;
        return todo.emplace_back(send{got.id, R"({"op":11,"s":null,"t":null,"d":null})"}), void();
    case opcode::identify:
        if (!own.session.empty())
            return refuse_identify(got.id, 4005, "Already authenticated.", now, todo);
        return on_identify(got.id, fields, now, todo);
    case opcode::resume:
        if (!own.session.empty()) {
            ++witness_.so_far().resumes_refused;
            return end(got.id, 4005, "Already authenticated.", now, todo);
        }
        return on_resume(got.id, fields, now, todo);
    case opcode::presence_update:
    case 4:  // Voice state: this Discord has no voice.
    case opcode::request_guild_members:
        if (own.session.empty())
            return end(got.id, 4003, "Not authenticated.", now, todo);
        return;
    default:
        return end(got.id, 4001, "Unknown opcode.", now, todo);
    }
}

void simulator::refuse_identify(connection_id id, int code, const char* why, instant now,
                                actions& todo)
{
    ++witness_.so_far().identifies_refused;
    end(id, code, why, now, todo);
}

void simulator::on_identify(connection_id id, const json::object& data, instant now, actions& todo)
{
    const auto refuse = [&](int code, const char* why) {
        refuse_identify(id, code, why, now, todo);
    };
    if (token_dead_ || bare_token(text(data, "token")) != settings_.token)
        return refuse(4004, "Authentication failed.");
    const auto slot = slot_of(data);
    if (!slot)
        return refuse(4010, "Invalid shard.");
    const auto intents = number(data, "intents");
    if (!intents || *intents < 0 || (static_cast<std::uint64_t>(*intents) & ~known_intents) != 0)
        return refuse(4013, "Invalid intent(s).");
    const auto asked = static_cast<std::uint64_t>(*intents);
    const std::uint64_t granted =
        ((settings_.flags & (3ULL << 14)) != 0 ? discord::intent_guild_members : 0) |
        ((settings_.flags & (3ULL << 12)) != 0 ? discord::intent_guild_presences : 0) |
        ((settings_.flags & (3ULL << 18)) != 0 ? discord::intent_message_content : 0);
    if ((asked & discord::privileged_intents & ~granted) != 0)
        return refuse(4014, "Disallowed intent(s).");
    // Discord Docs/Gateway, "Max Concurrency": one IDENTIFY a bucket in five seconds.
    const std::uint32_t key = slot->id % static_cast<std::uint32_t>(settings_.max_concurrency);
    const auto last = last_identify_.find(key);
    const bool too_fast =
        last != last_identify_.end() && now - last->second < limits::identify_interval;
    last_identify_[key] = now;
    if (too_fast) {
        ++witness_.so_far().identifies_refused;
        return invalid_session(id, false, todo);
    }
    // Discord Docs/Gateway, "Session Start Limit": beyond it the token is reset.
    if (--settings_.session_starts < 0) {
        token_dead_ = true;
        ++witness_.so_far().identifies_refused;
        while (!connections_.empty())
            end(connections_.begin()->first, 4004, "Authentication failed.", now, todo);
        return;
    }
    ++witness_.so_far().identifies;
    session made;
    made.id =
        "session" + std::to_string(++last_session_) + "x" + std::to_string(world_.random.next());
    made.slot = *slot;
    made.intents = asked;
    made.connection = id;
    connections_.at(id).session = made.id;
    todo.emplace_back(session_news{session_news::kind::identified, *slot, 0, 0});
    greet(sessions_.emplace(made.id, std::move(made)).first->second, now, todo);
}

const std::string& simulator::gateway_url(bool plain) const
{
    return plain && !settings_.plain_gateway_url.empty() ? settings_.plain_gateway_url
                                                         : settings_.gateway_url;
}

void simulator::greet(session& to, instant now, actions& todo)
{
    json::array unavailable;
    for (const guild& each : world_.guilds)
        if (to.slot.serves(each.id))
            unavailable.push_back(json::object{{"id", to_string(each.id)}, {"unavailable", true}});
    // Discord Docs/Gateway Events, "Ready".
    const json::object ready{
        {"v", 10},
        {"user", user_json(world_.bot)},
        {"session_id", to.id},
        {"session_type", "normal"},
        {"resume_gateway_url", gateway_url(connections_.at(*to.connection).plain)},
        {"shard", {to.slot.id, to.slot.count}},
        {"guilds", unavailable},
        {"application", {{"id", to_string(world_.application)}, {"flags", settings_.flags}}}};
    dispatch(to, make_event("READY", ready), todo);
    if ((to.intents & discord::intent_guilds) == 0)
        return;
    const std::string time = world_.time_text(now);
    for (const guild& each : world_.guilds)
        if (to.slot.serves(each.id))
            dispatch(to, make_event("GUILD_CREATE", guild_json(each, world_.bot, true, time)),
                     todo);
}

void simulator::on_resume(connection_id id, const json::object& data, instant now, actions& todo)
{
    ++witness_.so_far().resumes_refused;  // Until it turns out to be none.
    if (token_dead_ || bare_token(text(data, "token")) != settings_.token)
        return end(id, 4004, "Authentication failed.", now, todo);
    const auto found = sessions_.find(text(data, "session_id"));
    const auto sequence = number(data, "seq");
    if (found == sessions_.end())
        return invalid_session(id, false, todo);
    session& own = found->second;
    if (!sequence || *sequence < 0 || *sequence > own.sequence) {
        sessions_.erase(found);
        return end(id, 4007, "Invalid seq.", now, todo);
    }
    // Discord Docs/Gateway, "Resuming": what can't be replayed any more is an invalid session.
    if (*sequence + 1 < own.first_sent()) {
        sessions_.erase(found);
        return invalid_session(id, false, todo);
    }
    // A resume from another connection takes the session over.
    if (own.connection)
        end(*own.connection, 4000, "Session was resumed elsewhere.", now, todo);
    own.connection = id;
    connections_.at(id).session = own.id;
    counts& seen = witness_.so_far();
    --seen.resumes_refused;
    ++seen.resumes;
    todo.emplace_back(session_news{session_news::kind::resumed, own.slot, *sequence, 0});
    for (std::int64_t next = *sequence + 1; next <= own.sequence; ++next) {
        const auto at = static_cast<std::size_t>(next - own.first_sent());
        todo.emplace_back(send{id, text_of(*own.sent[at], next)});
    }
    const auto replayed = static_cast<std::uint64_t>(own.sequence - *sequence);
    seen.events_replayed += replayed;
    seen.events_sent += replayed;
    dispatch(own, make_event("RESUMED", json::object{{"_trace", json::array()}}), todo);
}

void simulator::invalid_session(connection_id id, bool resumable, actions& todo)
{
    todo.emplace_back(send{id, std::string(R"({"op":9,"s":null,"t":null,"d":)") +
                                   (resumable ? "true}" : "false}")});
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
        sessions_.erase(own);
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
        own->second.connection.reset();
        own->second.lost_at = now;
        todo.emplace_back(
            session_news{session_news::kind::closed, own->second.slot, own->second.sequence, code});
    }
    connections_.erase(found);
}

void simulator::expire_sessions(instant now)
{
    std::erase_if(sessions_, [&](const auto& each) {
        return !each.second.connection && now - each.second.lost_at >= session_lifetime;
    });
}

void simulator::check_heartbeats(instant now, actions& todo)
{
    for (;;) {
        const auto late =
            std::find_if(connections_.begin(), connections_.end(),
                         [&](const auto& each) { return now >= each.second.beat_until; });
        if (late == connections_.end())
            return;
        end(late->first, 4009, "Session timed out.", now, todo);
    }
}

const simulator::session* simulator::ready_session(discord::snowflake guild) const
{
    for (const auto& [id, each] : sessions_)
        if (each.connection && each.slot.serves(guild))
            return &each;
    return nullptr;
}

}  // namespace tinfoil::discordsim
