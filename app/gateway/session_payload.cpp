#include "discord/envelope.hpp"
#include "discord/opcode.hpp"
#include "discord/payload.hpp"
#include "gateway/session.hpp"
#include "gateway/session_waits.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

// What Discord says on a live connection.
namespace tinfoil::gateway {
namespace {

using namespace std::chrono_literals;
using namespace close_with;
namespace opcode = discord::opcode;

// Discord Docs/Gateway, "Heartbeat Interval"; outside of this range it is no interval.
constexpr std::int64_t interval_least_ms = 1'000, interval_most_ms = 600'000;

}  // namespace

// Any frame is life.
void session::alive(instant now)
{
    if (heart_)
        heart_->on_frame();
    if (state_ == state::await_hello || state_ == state::await_resumed)
        until_ = std::min(now + patience_, phase_began_ + handshake_max);
    else if (state_ == state::await_ready)
        until_ = std::min(now + patience_, phase_began_ + ready_max);
}

void session::on_payload(std::string_view payload, instant now, actions& todo)
{
    alive(now);
    const auto scanned = discord::scan_envelope(payload);
    if (!scanned)
        return close_then(keep_session, "Discord sent something that is no payload", true, now,
                          todo);
    switch (scanned->op) {
    case opcode::dispatch:
        if (scanned->sequence)
            on_dispatch(*scanned->sequence, scanned->type, scanned->data, now, todo);
        return;
    case opcode::heartbeat:
        if (heart_)
            heart_->on_extra(now);
        return beat(todo);
    case opcode::heartbeat_ack:
        return on_ack(now, todo);
    case opcode::hello:
        return on_hello(scanned->data, now, todo);
    case opcode::reconnect:
        return close_then(keep_session, "Discord asks to reconnect", false, now, todo);
    case opcode::invalid_session:
        return on_invalid_session(scanned->data == "true", now, todo);
    default:
        return;  // New opcodes of Discord are no reason to lose a connection.
    }
}

void session::on_ack(instant now, actions& todo)
{
    if (!heart_)
        return;
    heart_->on_ack(now);
    if (heart_->acknowledged() >= proof_)
        settle_identify(true, todo);
}

void session::on_hello(std::string_view data, instant now, actions& todo)
{
    if (state_ != state::await_hello)
        return;
    const std::string_view digits = discord::find_member(data, "heartbeat_interval");
    std::int64_t interval_ms = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), interval_ms);
    if (interval_ms < interval_least_ms || interval_ms > interval_most_ms)
        return close_then(keep_session, "HELLO has no usable heartbeat_interval", true, now, todo);
    heart_.emplace(std::chrono::milliseconds(interval_ms), random_.unit(), now);
    failed_dials_ = 0;
    if (point_) {
        handshake_step(state::await_resumed, resumed_patience, now, todo);
        todo.emplace_back(
            send{discord::resume_payload(settings_.token, point_->session_id, point_->sequence)});
    } else {
        until_ = never;
        move(state::queue_identify, "", todo);
        todo.emplace_back(gateway::queue_identify{generation_});
    }
}

void session::on_invalid_session(bool resumable, instant now, actions& todo)
{
    settle_identify(true, todo);
    // An answer, but one that may come for ever: it counts as a RESUME that led nowhere.
    if (resume_open_ && ++failed_resumes_ == 1)
        failing_since_ = now;
    settle_resume(false, todo);
    if (!resumable)
        forget("Discord no longer knows the session", todo);
    close_then(keep_session, "invalid session", false, now, todo);
    // Discord Docs/Gateway, "Resuming": wait a random time between one and five seconds.
    wait_after_close_ = std::max(wait_after_close_,
                                 1s + duration(static_cast<duration::rep>(random_.unit() * 4e9)));
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
    // What comes of a replay proves the session as well as its end does.
    failed_resumes_ = 0;
    mistrusted_ = false;
    settle_resume(false, todo);
    point_->sequence = std::max(point_->sequence, sequence);
    if (ends_replay) {
        until_ = never;
        phase_began_ = now;
        move(state::active, "resumed", todo);
        todo.emplace_back(resumed{});
    }
    todo.emplace_back(deliver{sequence, type, data, state_ == state::await_resumed});
}

void session::on_ready(std::int64_t sequence, std::string_view data, instant now, actions& todo)
{
    boost::json::error_code failed;
    const std::string_view whole = discord::first_value(data);
    const boost::json::value ready = boost::json::parse({whole.data(), whole.size()}, failed);
    const auto* object = failed ? nullptr : ready.if_object();
    const auto text = [&](const char* key) -> std::string {
        const auto* found = object == nullptr ? nullptr : object->if_contains(key);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
    };
    const std::string id = text("session_id");
    constexpr std::size_t id_bytes_max = 256;
    settle_identify(true, todo);
    if (id.empty() || id.size() > id_bytes_max)
        return close_then(keep_session, "READY has no usable session_id", false, now, todo);
    point_ = resume_point{id, text("resume_gateway_url"), sequence};
    until_ = never;
    phase_began_ = now;
    move(state::active, "", todo);
    todo.emplace_back(established{*point_});
    todo.emplace_back(deliver{sequence, "READY", data, false});
}

}  // namespace tinfoil::gateway
