#include "gateway/session.hpp"

#include "discord/close_code.hpp"
#include "discord/envelope.hpp"
#include "discord/opcode.hpp"
#include "discord/payload.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace tinfoil::gateway {
namespace {

using namespace std::chrono_literals;
namespace opcode = discord::opcode;

constexpr duration dial_patience = 20s;
constexpr duration hello_patience = 15s;
constexpr duration ready_patience = 60s;
constexpr duration resumed_patience = 60s;
// Frames extend a handshake's deadline; nothing extends it for ever.
constexpr duration handshake_max = 10min;
constexpr duration close_patience = 700ms;
constexpr duration backoff_least = 1s;
constexpr duration backoff_most = 60s;
// A session is given up only when both have passed.
constexpr int resume_attempts_max = 8;
constexpr duration resume_patience = 5min;
constexpr int resume_url_dials_max = 2;
// Discord Docs/Gateway, "Heartbeat Interval"; outside of this range it is no interval.
constexpr std::int64_t interval_least_ms = 1'000, interval_most_ms = 600'000;

constexpr int keep_session = 4000;
constexpr int end_of_session = 1000;

template <class... Each>
struct overloaded : Each... {
    using Each::operator()...;
};
template <class... Each>
overloaded(Each...) -> overloaded<Each...>;

}  // namespace

session::session(session_settings settings, std::uint64_t seed)
    : settings_(std::move(settings)),
      random_(seed),
      backoff_(backoff_least, backoff_most)
{
}

instant session::deadline() const
{
    return is_connected() && heart_ ? std::min(until_, heart_->deadline()) : until_;
}

void session::on(const input& what, instant now, actions& todo)
{
    std::visit(overloaded{[&](const start& begin) {
                              if (state_ != state::idle)
                                  return;
                              point_ = begin.from;
                              resuming_since_ = now;
                              dial(now, todo);
                          },
                          [&](const connected& up) {
                              if (up.generation == generation_ && state_ == state::dialing)
                                  handshake_step(state::await_hello, hello_patience, now, todo);
                          },
                          [&](const received& got) {
                              if (got.generation == generation_ && is_connected())
                                  on_payload(got.payload, now, todo);
                          },
                          [&](const lost& gone) {
                              if (gone.generation == generation_)
                                  on_lost(gone.close_code, gone.why, now, todo);
                          },
                          [&](const permitted&) {
                              if (state_ != state::queue_identify)
                                  return;
                              identify_open_ = true;
                              handshake_step(state::await_ready, ready_patience, now, todo);
                              todo.emplace_back(send{discord::identify_payload(
                                  settings_.token, settings_.slot, settings_.intents)});
                          },
                          [&](const elapsed&) { on_elapsed(now, todo); },
                          [&](const wake&) {
                              if (state_ == state::backoff)
                                  dial(now, todo);
                          },
                          [&](const stop& asked) { on_stop(asked.end_session, now, todo); }},
               what);
}

bool session::is_connected() const
{
    return state_ == state::await_hello || state_ == state::queue_identify ||
           state_ == state::await_ready || state_ == state::await_resumed ||
           state_ == state::active;
}

void session::move(state to, std::string why, actions& todo)
{
    state_ = to;
    todo.emplace_back(moved{to, std::move(why)});
}

void session::handshake_step(state to, duration patience, instant now, actions& todo)
{
    phase_began_ = now;
    patience_ = patience;
    until_ = now + patience;
    move(to, "", todo);
}

void session::dial(instant now, actions& todo)
{
    ++generation_;
    heart_.reset();
    if (point_ && failed_resumes_ >= resume_attempts_max &&
        now - resuming_since_ >= resume_patience)
        forget("resuming failed for too long", todo);
    if (!point_)
        failed_resumes_ = 0;
    else
        ++failed_resumes_;
    used_resume_url_ =
        point_ && !point_->resume_url.empty() && failed_dials_ < resume_url_dials_max;
    until_ = now + dial_patience;
    move(state::dialing, "", todo);
    todo.emplace_back(open{generation_, used_resume_url_ ? point_->resume_url : settings_.url});
}

void session::back_off(duration wait, std::string why, instant now, actions& todo)
{
    until_ = now + wait;
    move(state::backoff, std::move(why), todo);
}

void session::forget(std::string why, actions& todo)
{
    if (!point_)
        return;
    point_.reset();
    failed_dials_ = 0;
    todo.emplace_back(forgotten{std::move(why)});
}

void session::settle_identify(bool received, actions& todo)
{
    if (!identify_open_)
        return;
    identify_open_ = false;
    todo.emplace_back(identify_ended{received});
}

void session::finish(int close_code, std::string why, actions& todo)
{
    until_ = never;
    heart_.reset();
    move(state::stopped, why, todo);
    todo.emplace_back(stopped{close_code, std::move(why)});
}

// What the connection leaves behind, however it ended; the next state is the caller's.
void session::connection_over(instant now, actions& todo)
{
    if (state_ == state::queue_identify)
        todo.emplace_back(leave_queue{});
    settle_identify(false, todo);
    if (state_ == state::active) {
        failed_resumes_ = 0;
        failed_dials_ = 0;
        resuming_since_ = now;
    }
    heart_.reset();
}

void session::close_then(bool stop_after, int code, std::string why, instant now, actions& todo)
{
    connection_over(now, todo);
    stop_after_close_ = stop_after;
    wait_after_close_ = backoff_.draw(random_);
    until_ = now + close_patience;
    move(state::closing, std::move(why), todo);
    todo.emplace_back(close{generation_, code});
}

void session::on_payload(std::string_view payload, instant now, actions& todo)
{
    if (state_ == state::await_hello || state_ == state::await_ready ||
        state_ == state::await_resumed)
        until_ = std::min(now + patience_, phase_began_ + handshake_max);
    const auto scanned = discord::scan_envelope(payload);
    if (!scanned)
        return close_then(false, keep_session, "Discord sent something that is no payload", now,
                          todo);
    switch (scanned->op) {
    case opcode::dispatch:
        if (scanned->sequence)
            on_dispatch(*scanned->sequence, scanned->type, scanned->data, now, todo);
        return;
    case opcode::heartbeat:
        todo.emplace_back(send{
            discord::heartbeat_payload(point_ ? std::optional(point_->sequence) : std::nullopt)});
        return;
    case opcode::heartbeat_ack:
        if (heart_)
            heart_->on_ack();
        return;
    case opcode::hello:
        return on_hello(scanned->data, now, todo);
    case opcode::reconnect:
        return close_then(false, keep_session, "Discord asks to reconnect", now, todo);
    case opcode::invalid_session:
        return on_invalid_session(scanned->data == "true", now, todo);
    default:
        return;  // New opcodes of Discord are no reason to lose a connection.
    }
}

void session::on_hello(std::string_view data, instant now, actions& todo)
{
    if (state_ != state::await_hello)
        return;
    const std::string_view digits = discord::find_member(data, "heartbeat_interval");
    std::int64_t interval_ms = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), interval_ms);
    if (interval_ms < interval_least_ms || interval_ms > interval_most_ms)
        return close_then(false, keep_session, "HELLO has no usable heartbeat_interval", now, todo);
    heart_.emplace(std::chrono::milliseconds(interval_ms), random_.unit(), now);
    if (point_) {
        handshake_step(state::await_resumed, resumed_patience, now, todo);
        todo.emplace_back(
            send{discord::resume_payload(settings_.token, point_->session_id, point_->sequence)});
    } else {
        until_ = never;
        move(state::queue_identify, "", todo);
        todo.emplace_back(gateway::queue_identify{});
    }
}

void session::on_invalid_session(bool resumable, instant now, actions& todo)
{
    settle_identify(true, todo);
    if (!resumable)
        forget("Discord no longer knows the session", todo);
    close_then(false, keep_session, "invalid session", now, todo);
    // Discord Docs/Gateway, "Resuming": wait a random time between one and five seconds.
    wait_after_close_ = 1s + duration(static_cast<duration::rep>(random_.unit() * 4e9));
}

void session::on_dispatch(std::int64_t sequence, std::string_view type, std::string_view data,
                          instant now, actions& todo)
{
    if (state_ == state::await_ready) {
        if (type == "READY")
            on_ready(sequence, data, now, todo);
        return;
    }
    if (state_ != state::await_resumed && state_ != state::active)
        return;
    const bool ends_replay = state_ == state::await_resumed && type == "RESUMED";
    if (sequence <= point_->sequence && !ends_replay)
        return;
    point_->sequence = std::max(point_->sequence, sequence);
    if (ends_replay) {
        until_ = never;
        failed_resumes_ = 0;
        failed_dials_ = 0;
        backoff_.reset();
        move(state::active, "resumed", todo);
        todo.emplace_back(resumed{});
    }
    todo.emplace_back(deliver{sequence, type, data, state_ == state::await_resumed});
}

void session::on_ready(std::int64_t sequence, std::string_view data, instant now, actions& todo)
{
    boost::json::error_code failed;
    const boost::json::value ready = boost::json::parse({data.data(), data.size()}, failed);
    const auto* object = failed ? nullptr : ready.if_object();
    const auto text = [&](const char* key) -> std::string {
        const auto* found = object == nullptr ? nullptr : object->if_contains(key);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
    };
    const std::string id = text("session_id");
    constexpr std::size_t id_bytes_max = 256;
    settle_identify(true, todo);
    if (id.empty() || id.size() > id_bytes_max)
        return close_then(false, keep_session, "READY has no usable session_id", now, todo);
    point_ = resume_point{id, text("resume_gateway_url"), sequence};
    failed_resumes_ = 0;
    failed_dials_ = 0;
    backoff_.reset();
    until_ = never;
    move(state::active, "", todo);
    todo.emplace_back(established{*point_});
    todo.emplace_back(deliver{sequence, "READY", data, false});
}

void session::on_lost(int close_code, std::string_view why, instant now, actions& todo)
{
    if (state_ == state::closing) {
        if (stop_after_close_)
            return finish(0, "", todo);
        return back_off(wait_after_close_, "", now, todo);
    }
    if (state_ != state::dialing && !is_connected())
        return;
    if (state_ == state::dialing && used_resume_url_)
        ++failed_dials_;
    connection_over(now, todo);
    std::string text =
        why.empty() ? std::string(discord::describe_close(close_code)) : std::string(why);
    switch (discord::meaning_of(close_code)) {
    case discord::after_close::give_up:
        point_.reset();
        return finish(close_code, std::string(discord::describe_close(close_code)), todo);
    case discord::after_close::identify:
        forget(std::string(discord::describe_close(close_code)), todo);
        break;
    case discord::after_close::resume:
        break;
    }
    back_off(backoff_.draw(random_), std::move(text), now, todo);
}

void session::on_elapsed(instant now, actions& todo)
{
    if (is_connected() && heart_) {
        const auto verdict = heart_->on_time(now);
        if (verdict == heartbeat::verdict::zombie)
            return close_then(false, keep_session, "heartbeats are not acknowledged", now, todo);
        if (verdict == heartbeat::verdict::beat)
            todo.emplace_back(send{discord::heartbeat_payload(
                point_ ? std::optional(point_->sequence) : std::nullopt)});
    }
    if (now < until_)
        return;
    switch (state_) {
    case state::backoff:
        return dial(now, todo);
    case state::dialing:
        todo.emplace_back(drop{generation_});
        return on_lost(1006, "no connection in time", now, todo);
    case state::await_hello:
    case state::await_ready:
    case state::await_resumed:
        todo.emplace_back(drop{generation_});
        return on_lost(1006, "Discord does not answer", now, todo);
    case state::closing:
        todo.emplace_back(drop{generation_});
        return on_lost(1006, "", now, todo);
    case state::idle:
    case state::queue_identify:
    case state::active:
    case state::stopped:
        return;
    }
}

void session::on_stop(bool end_session, instant now, actions& todo)
{
    const int code = end_session ? end_of_session : keep_session;
    if (state_ == state::stopped)
        return;
    if (is_connected()) {
        close_then(true, code, "asked to stop", now, todo);
    } else if (state_ == state::closing) {
        stop_after_close_ = true;
    } else {
        if (state_ == state::dialing)
            todo.emplace_back(drop{generation_});
        finish(0, "", todo);
    }
    if (end_session)
        point_.reset();
}

}  // namespace tinfoil::gateway
