#include "gateway/outbox.hpp"

#include "base/overloaded.hpp"
#include "base/random.hpp"
#include "discord/envelope.hpp"
#include "discord/intents.hpp"
#include "discord/limits.hpp"
#include "discord/opcode.hpp"
#include "discord/payload.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace tinfoil::gateway {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
namespace limits = discord::limits;
namespace opcode = discord::opcode;
using discord::command_outcome;

constexpr duration all_members_wait = limits::all_members_interval + limits::way_margin;
// What RATE_LIMITED says is a rounded number of seconds.
constexpr duration rounding = 100ms;
constexpr double retry_after_max = 3600;
constexpr std::size_t guilds_remembered = 5000;

discord::snowflake id_in(std::string_view object, std::string_view key)
{
    return discord::parse_snowflake(discord::find_member(object, key))
        .value_or(discord::snowflake{});
}

}  // namespace

std::optional<outbox_input> outbox_input_of(const action& from, duration heartbeat_interval)
{
    if (const auto* event = std::get_if<deliver>(&from))
        return dispatched{event->type, event->data};
    if (const auto* own = std::get_if<send>(&from))
        return urgent{own->payload};
    if (std::holds_alternative<open>(from))
        return connection_began{};
    if (std::holds_alternative<established>(from))
        return session_active{true};
    if (std::holds_alternative<resumed>(from))
        return session_active{false};
    if (const auto* end = std::get_if<stopped>(&from))
        return session_over{end->why};
    if (const auto* to = std::get_if<moved>(&from)) {
        if (to->to == state::queue_identify || to->to == state::await_resumed)
            return greeted{heartbeat_interval};
        if (!is_connected(to->to))
            return connection_ended{};
    }
    return std::nullopt;
}

outbox::outbox(discord::slot slot, std::uint64_t intents, std::uint64_t seed)
    : slot_(slot),
      intents_(intents)
{
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), random_source(seed).next(), 16);
    nonce_begin_.assign(digits.begin(), end.ptr);
    nonce_begin_ += '-';
}

void outbox::on(const outbox_input& what, instant now, actions& todo)
{
    if (const auto* event = std::get_if<dispatched>(&what); event != nullptr && !concerns(*event))
        return;
    expire(now, todo);
    std::visit(overloaded{[&](const connection_began&) {
                              budget_.begin();
                              held_beats_ = 0;
                          },
                          [&](const greeted& hello) {
                              interval_ = std::max<duration>(hello.heartbeat_interval, 1s);
                              budget_.reserve_for(interval_);
                          },
                          [&](const urgent& own) { on_urgent(own.payload, now, todo); },
                          [&](const session_active& how) { on_active(how.is_new, now); },
                          [&](const connection_ended&) { on_ended(now); },
                          [&](const dispatched& event) { on_dispatched(event, now, todo); },
                          [&](const session_over& end) { on_over(end.why, todo); },
                          [&](const submit& command) { on_submit(command, now, todo); },
                          [&](const cancel& which) {
                              if (!voice_.stop_waiting(which.id))
                                  std::erase_if(requests_, [&](const request& each) {
                                      return each.id == which.id;
                                  });
                          },
                          [&](const probe& one) {
                              if (is_active_ && probes_.size() < probes_max)
                                  probes_.push_back(one.payload);
                          },
                          [&](const outbox_elapsed&) {}},
               what);
    flush(now, todo);
    schedule(now);
}

void outbox::answer(std::uint64_t id, command_outcome how, std::string text, actions& todo)
{
    if (id != 0)
        todo.emplace_back(answered{id, {how, std::move(text)}});
}

// Never later than the session wants it, unless the connection would be lost for it.
void outbox::on_urgent(const std::string& payload, instant now, actions& todo)
{
    const auto scanned = discord::scan_envelope(payload);
    const int op = scanned ? scanned->op : -1;
    if (op == opcode::heartbeat) {
        held_beat_ = payload;
        ++held_beats_;
        return;  // flush() follows, and sends it if it may go.
    }
    std::optional<std::string> dressed;
    if (op == opcode::identify && !presence_.data().empty()) {
        dressed = discord::with_presence(payload, presence_.data());
        if (dressed)
            presence_.identified(now);
        else
            presence_.lacks();
    }
    budget_.count(send_budget::kind::handshake, now);
    todo.emplace_back(transmit{dressed.value_or(payload)});
}

void outbox::on_active(bool is_new, instant now)
{
    is_active_ = true;
    // A process before this one may have asked just now.
    if (!was_active_ && !is_new)
        all_from_ = now + all_members_wait;
    was_active_ = true;
    if (is_new)
        voice_.session_began();
    for (request& each : requests_) {
        if (!each.is_sent)
            continue;
        // The replay has brought what Discord had sent; a new session brings nothing of the old.
        if (is_new || (each.in_doubt && !each.gathering.has_begun()))
            wait_again(each, now);
        each.in_doubt = false;
        each.progress_at = now;
    }
}

void outbox::wait_again(request& which, instant not_before)
{
    which.is_sent = which.in_doubt = false;
    which.not_before = not_before;
    which.gathering = {};
}

void outbox::on_ended(instant now)
{
    held_beats_ = 0;
    if (!is_active_)
        return;
    is_active_ = false;
    probes_.clear();
    // What was sent before the last beat that can have been acknowledged has arrived.
    const instant since = now - 2 * interval_;
    presence_.doubt(since);
    voice_.doubt(since);
    for (request& each : requests_)
        each.in_doubt = each.is_sent;
}

std::optional<discord::command_answer>
outbox::refusal_of(const discord::gateway_command& what) const
{
    if (over_)
        return discord::command_answer{command_outcome::shard_stopped,
                                       "shard " + to_string(slot_) + " has stopped: " + *over_};
    if (what.guild && !slot_.serves(what.guild))
        return discord::command_answer{command_outcome::unknown_guild,
                                       "guild " + to_string(what.guild) +
                                           " is not served by shard " + to_string(slot_)};
    if (const std::uint64_t lacking = what.needs & ~intents_; lacking != 0)
        return discord::command_answer{command_outcome::missing_intent,
                                       "this needs the intents " + discord::intent_names(lacking) +
                                           ", which no loaded plugin declares"};
    return std::nullopt;
}

void outbox::on_submit(const submit& command, instant now, actions& todo)
{
    if (auto refused = refusal_of(command.what))
        return answer(command.id, refused->how, std::move(refused->text), todo);
    const duration patience = command.patience <= duration::zero()
                                  ? default_patience
                                  : std::min(command.patience, patience_max);
    if (command.what.op == opcode::presence_update) {
        presence_.want(command.what.data);
        return answer(command.id, command_outcome::done, "{}", todo);
    }
    const auto full = [&](const std::string& waiting) {
        answer(command.id, command_outcome::queue_full,
               "shard " + to_string(slot_) + " has as many " + waiting + " as it can remember",
               todo);
    };
    if (command.what.op == opcode::voice_state_update) {
        if (!voice_.want(command.what, command.id, now + patience))
            full("voice states");
        return;
    }
    if (requests_.size() >= requests_max)
        return full("requests under way");
    request made;
    made.id = command.id;
    made.what = command.what;
    made.until = now + patience;
    requests_.push_back(std::move(made));
}

void outbox::on_over(const std::string& why, actions& todo)
{
    is_active_ = false;
    probes_.clear();
    held_beats_ = 0;
    over_ = why.empty() ? "it was asked to" : why;
    const std::string text = "shard " + to_string(slot_) + " has stopped: " + *over_;
    for (const std::uint64_t id : voice_.all_waiting())
        answer(id, command_outcome::shard_stopped, text, todo);
    for (const request& each : requests_)
        answer(each.id, command_outcome::shard_stopped, text, todo);
    requests_.clear();
}

void outbox::expire(instant now, actions& todo)
{
    for (const std::uint64_t id : voice_.expired(now))
        answer(id, command_outcome::timed_out,
               "the voice state is kept, but could not be sent in time", todo);
    std::erase_if(requests_, [&](const request& each) {
        if (each.until > now)
            return false;
        answer(each.id, command_outcome::timed_out,
               each.is_sent ? "Discord did not answer in time, as it does not for a guild that "
                              "the bot is not in"
                            : "it could not be sent in time",
               todo);
        return true;
    });
    for (request& each : requests_)
        if (is_active_ && each.is_sent && each.gathering.has_begun() &&
            now - each.progress_at >= chunk_patience)
            wait_again(each, now);
}

bool outbox::is_asked(int op, discord::snowflake guild) const
{
    return std::any_of(requests_.begin(), requests_.end(), [&](const request& each) {
        return each.is_sent && each.what.op == op && each.what.guild == guild;
    });
}

bool outbox::is_gathering() const
{
    return std::any_of(requests_.begin(), requests_.end(), [](const request& each) {
        return each.is_sent && each.what.op == opcode::request_guild_members;
    });
}

instant outbox::blocked_until(int op) const
{
    const auto found = blocked_.find(op);
    return found == blocked_.end() ? instant{} : found->second;
}

// When it may go, as far as Discord's limits on requests are concerned; never: an answer comes
// first.
instant outbox::earliest(const request& which) const
{
    instant from = std::max(which.not_before, blocked_until(which.what.op));
    if (which.what.all_members) {
        from = std::max(from, all_from_);
        if (const auto own = all_again_.find(which.what.guild); own != all_again_.end())
            from = std::max(from, own->second);
    }
    // Their answers name the guild only: two at a time could not be told apart.
    if (which.what.op != opcode::request_guild_members && is_asked(which.what.op, which.what.guild))
        return never;
    return from;
}

void outbox::send_request(request& which, instant now, actions& todo)
{
    which.is_sent = true;
    which.progress_at = now;
    which.nonce.clear();
    if (which.what.op == opcode::request_guild_members)
        which.nonce = nonce_begin_ + std::to_string(++last_nonce_);
    if (which.what.all_members) {
        if (all_again_.size() >= guilds_remembered)
            std::erase_if(all_again_, [&](const auto& each) { return each.second <= now; });
        all_again_[which.what.guild] = now + all_members_wait;
    }
    budget_.count(send_budget::kind::command, now);
    todo.emplace_back(transmit{discord::command_payload(which.what, which.nonce)});
}

void outbox::flush(instant now, actions& todo)
{
    using kind = send_budget::kind;
    for (; held_beats_ != 0 && budget_.admits(kind::beat, now); --held_beats_) {
        budget_.count(kind::beat, now);
        todo.emplace_back(transmit{held_beat_});
    }
    if (!is_active_)
        return;
    while (const auto* next = voice_.first_due()) {
        if (blocked_until(opcode::voice_state_update) > now || !budget_.admits(kind::command, now))
            break;
        budget_.count(kind::command, now);
        todo.emplace_back(transmit{discord::command_payload(*next, "")});
        for (const std::uint64_t id : voice_.sent(next->guild, now))
            answer(id, command_outcome::done, "{}", todo);
    }
    if (presence_.is_due() && presence_.may_go(now) &&
        blocked_until(opcode::presence_update) <= now && budget_.admits(kind::command, now)) {
        budget_.count(kind::command, now);
        presence_.sent(now);
        todo.emplace_back(transmit{R"({"op":3,"d":)" + presence_.data() + "}"});
    }
    for (request& each : requests_) {
        if (each.is_sent || earliest(each) > now)
            continue;
        if (!budget_.admits(kind::command, now))
            break;
        send_request(each, now, todo);
    }
    while (!probes_.empty() && budget_.admits(kind::command, now)) {
        budget_.count(kind::command, now);
        todo.emplace_back(transmit{std::move(probes_.front())});
        probes_.pop_front();
    }
}

void outbox::schedule(instant now)
{
    using kind = send_budget::kind;
    due_ = voice_.deadline();
    if (held_beats_ != 0)
        due_ = std::min(due_, budget_.again_at(kind::beat, now));
    const instant room = is_active_ ? budget_.again_at(kind::command, now) : never;
    if (!probes_.empty())
        due_ = std::min(due_, room);
    if (voice_.first_due() != nullptr)
        due_ = std::min(due_, std::max(room, blocked_until(opcode::voice_state_update)));
    if (presence_.is_due())
        due_ = std::min(
            due_, std::max({room, presence_.free_at(), blocked_until(opcode::presence_update)}));
    for (const request& each : requests_) {
        due_ = std::min(due_, each.until);
        if (!each.is_sent)
            due_ = std::min(due_, std::max(room, earliest(each)));
        else if (is_active_ && each.gathering.has_begun())
            due_ = std::min(due_, each.progress_at + chunk_patience);
    }
}

bool outbox::concerns(const dispatched& what) const
{
    if (what.type == "GUILD_MEMBERS_CHUNK")
        return is_gathering();
    if (what.type == "VOICE_STATE_UPDATE")
        return !voice_.empty();
    if (what.type == "SOUNDBOARD_SOUNDS" || what.type == "CHANNEL_INFO")
        return !requests_.empty();
    return what.type == "READY" || what.type == "RATE_LIMITED";
}

void outbox::on_dispatched(const dispatched& what, instant now, actions& todo)
{
    if (what.type == "GUILD_MEMBERS_CHUNK")
        on_chunk(what.data, now, todo);
    else if (what.type == "SOUNDBOARD_SOUNDS")
        on_answer(opcode::request_soundboard_sounds, what.data, todo);
    else if (what.type == "CHANNEL_INFO")
        on_answer(opcode::request_channel_info, what.data, todo);
    else if (what.type == "RATE_LIMITED")
        on_rate_limited(what.data, now);
    else if (what.type == "VOICE_STATE_UPDATE")
        on_voice_state(what.data);
    else
        own_user_ = id_in(discord::find_value(what.data, "user"), "id");
}

std::size_t outbox::gathered_bytes() const
{
    std::size_t all = 0;
    for (const request& each : requests_)
        all += each.gathering.bytes();
    return all;
}

void outbox::on_chunk(std::string_view data, instant now, actions& todo)
{
    const std::string_view nonce = discord::find_member(data, "nonce");
    const auto own = std::find_if(requests_.begin(), requests_.end(), [&](const request& each) {
        return each.is_sent && !each.nonce.empty() && each.nonce == nonce;
    });
    if (own == requests_.end())
        return;
    const auto progress = own->gathering.add(data);
    if (progress == member_gathering::progress::none)
        return;
    own->progress_at = now;
    const bool is_too_large =
        own->gathering.bytes() > answer_bytes_max || gathered_bytes() > gathered_bytes_max;
    if (!is_too_large && progress == member_gathering::progress::more)
        return;
    if (is_too_large)
        answer(own->id, command_outcome::too_large,
               "the members of guild " + to_string(own->what.guild) +
                   " are more than the 32 MiB that one answer, or the 64 MiB that all of a shard "
                   "may have: ask for fewer at a time",
               todo);
    else
        answer(own->id, command_outcome::done, own->gathering.take(to_string(own->what.guild)),
               todo);
    requests_.erase(own);
}

void outbox::on_answer(int op, std::string_view data, actions& todo)
{
    const discord::snowflake guild = id_in(data, "guild_id");
    const auto own = std::find_if(requests_.begin(), requests_.end(), [&](const request& each) {
        return each.is_sent && each.what.op == op && each.what.guild == guild;
    });
    if (own == requests_.end())
        return;
    answer(own->id, command_outcome::done, std::string(discord::first_value(data)), todo);
    requests_.erase(own);
}

void outbox::on_rate_limited(std::string_view data, instant now)
{
    json::error_code failed;
    const std::string_view digits = discord::find_value(data, "retry_after");
    const double seconds =
        json::parse({digits.data(), digits.size()}, failed).to_number<double>(failed);
    int op = 0;
    const std::string_view number = discord::find_value(data, "opcode");
    std::from_chars(number.data(), number.data() + number.size(), op);
    if (failed || !(seconds >= 0))
        return;
    const std::string_view meta = discord::find_value(data, "meta");
    const discord::snowflake guild = id_in(meta, "guild_id");
    const std::string_view nonce = discord::find_member(meta, "nonce");
    const instant again =
        now + rounding +
        duration(static_cast<duration::rep>(std::min(seconds, retry_after_max) * 1e9));
    for (request& each : requests_) {
        if (!each.is_sent || each.what.op != op || (guild && each.what.guild != guild) ||
            (!nonce.empty() && each.nonce != nonce))
            continue;
        if (each.what.all_members)
            all_again_[each.what.guild] = again;
        wait_again(each, again);
    }
    if (op == opcode::request_guild_members)
        return;  // Its limit is a guild's; others go on.
    blocked_[op] = again;
    if (op == opcode::voice_state_update && guild)
        voice_.refused(guild);
    if (op == opcode::presence_update)
        presence_.lacks();
}

void outbox::on_voice_state(std::string_view data)
{
    if (own_user_ && id_in(data, "user_id") == own_user_)
        voice_.told(id_in(data, "guild_id"), id_in(data, "channel_id"));
}

}  // namespace tinfoil::gateway
