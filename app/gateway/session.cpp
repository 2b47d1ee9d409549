#include "gateway/session.hpp"

#include "base/overloaded.hpp"
#include "discord/close_code.hpp"
#include "discord/payload.hpp"
#include "gateway/session_waits.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::gateway {
namespace {

using namespace std::chrono_literals;

constexpr duration dial_patience = 20s;
constexpr duration close_patience = 700ms;
// The pacer never forgets a shard; should its turn be lost all the same, it is asked again.
constexpr duration ask_pacer_again = 30s;
constexpr duration backoff_least = 1s;
constexpr duration backoff_most = 60s;
// A connection that lived for less is followed by a growing wait, whatever ended it, so that no
// mistake of ours or of Discord becomes a loop.
constexpr duration steady_after = 30s;
// So often each URL is tried before the other has its turn.
constexpr int dials_each = 2;

using namespace close_with;

}  // namespace

session::session(session_settings settings, std::uint64_t seed)
    : settings_(std::move(settings)),
      identified_with_(settings_.intents),
      random_(seed),
      backoff_(backoff_least, backoff_most)
{
}

instant session::deadline() const
{
    const instant due = paused_ ? paused_until_ : until_;
    return is_connected(state_) && heart_ ? std::min(due, heart_->deadline()) : due;
}

void session::on(const input& what, instant now, actions& todo)
{
    std::visit(overloaded{[&](const start& begin) {
                              if (state_ != state::idle)
                                  return;
                              point_ = begin.from;
                              reconnect(now, todo);
                          },
                          [&](const connected& up) {
                              if (up.generation == generation_ && state_ == state::dialing)
                                  handshake_step(state::await_hello, hello_patience, now, todo);
                          },
                          [&](const received& got) {
                              if (got.generation == generation_ && is_connected(state_))
                                  on_payload(got.payload, now, todo);
                          },
                          [&](const lost& gone) {
                              if (gone.generation == generation_)
                                  on_lost(gone.close_code, gone.why, now, todo);
                          },
                          [&](const permitted& turn) {
                              if (turn.generation == generation_)
                                  on_permitted(now, todo);
                          },
                          [&](const elapsed&) { on_elapsed(now, todo); },
                          [&](const wake&) { on_wake(now, todo); },
                          [&](const stop& asked) { on_stop(asked.end_session, now, todo); },
                          [&](const resume_turn&) {
                              if (state_ == state::queue_resume)
                                  dial(now, todo);
                          },
                          [&](const full& how) { on_full(how.is, now, todo); },
                          [&](const refresh& asked) {
                              if (state_ == state::active)
                                  close_then(keep_session, asked.why, false, now, todo);
                          },
                          [&](const slept&) { on_slept(now, todo); },
                          [&](const beat_now&) {
                              if (state_ != state::active || paused_)
                                  return;
                              static_cast<void>(heart_->on_extra(now));
                              beat(todo);
                          }},
               what);
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

void session::forget_if_hopeless(instant now, actions& todo)
{
    if (point_ && failed_resumes_ >= settings_.resume_attempts &&
        now - failing_since_ >= settings_.resume_patience)
        forget("resuming failed for too long", todo);
}

// The way to the next connection, once no wait is left.
void session::reconnect(instant now, actions& todo)
{
    forget_if_hopeless(now, todo);
    if (!point_)
        return dial(now, todo);
    if (full_) {
        until_ = now + held_max;
        return move(state::held, "its plugins have yet to catch up", todo);
    }
    until_ = now + ask_pacer_again;
    move(state::queue_resume, "", todo);
    todo.emplace_back(gateway::queue_resume{lost_at_});
}

void session::dial(instant now, actions& todo)
{
    ++generation_;
    resume_open_ = point_.has_value();
    const bool resumes_there =
        point_ && !point_->resume_url.empty() && failed_dials_ / dials_each % 2 == 0;
    until_ = now + dial_patience;
    move(state::dialing, "", todo);
    todo.emplace_back(open{generation_, resumes_there ? point_->resume_url : settings_.url});
}

duration session::next_wait()
{
    return std::exchange(steady_, false) ? duration::zero() : backoff_.draw(random_);
}

void session::back_off(duration wait, std::string why, instant now, actions& todo)
{
    if (wait == duration::zero()) {
        if (!why.empty())
            move(state::backoff, std::move(why), todo);
        return reconnect(now, todo);
    }
    until_ = now + wait;
    move(state::backoff, std::move(why), todo);
}

void session::forget(std::string why, actions& todo)
{
    if (!point_)
        return;
    point_.reset();
    failed_dials_ = 0;
    failed_resumes_ = 0;
    mistrusted_ = false;
    todo.emplace_back(forgotten{std::move(why)});
}

void session::settle_identify(bool received, actions& todo)
{
    if (!identify_open_)
        return;
    identify_open_ = false;
    todo.emplace_back(identify_ended{received});
}

void session::settle_resume(bool failed, actions& todo)
{
    if (std::exchange(resume_open_, false))
        todo.emplace_back(resume_ended{failed});
}

void session::finish(int close_code, std::string why, actions& todo)
{
    until_ = never;
    heart_.reset();
    move(state::stopped, why, todo);
    todo.emplace_back(stopped{close_code, std::move(why)});
}

// What the connection leaves behind, however it ended; the next state is the caller's.
void session::connection_over(bool failed, instant now, actions& todo)
{
    if (state_ == state::queue_identify)
        todo.emplace_back(leave_queue{});
    settle_identify(false, todo);
    if (state_ == state::await_resumed && resume_open_ && ++failed_resumes_ == 1)
        failing_since_ = now;
    settle_resume(failed, todo);
    paused_ = false;
    if (state_ == state::dialing || state_ == state::await_hello)
        ++failed_dials_;
    if (state_ == state::active) {
        lost_at_ = now;
        if (now - phase_began_ >= steady_after) {
            steady_ = true;
            backoff_.reset();
        }
    }
    heart_.reset();
}

void session::close_then(int code, std::string why, bool failed, instant now, actions& todo)
{
    connection_over(failed, now, todo);
    stop_after_close_ = false;
    wait_after_close_ = next_wait();
    until_ = now + close_patience;
    move(state::closing, std::move(why), todo);
    todo.emplace_back(close{generation_, code});
}

void session::on_permitted(instant now, actions& todo)
{
    if (state_ != state::queue_identify)
        return;
    identify_open_ = true;
    identified_with_ = settings_.intents;
    handshake_step(state::await_ready, std::max(ready_patience, 2 * heart_->interval()), now, todo);
    todo.emplace_back(
        send{discord::identify_payload(settings_.token, settings_.slot, settings_.intents)});
    // Its acknowledgement proves that Discord has the IDENTIFY, however long READY takes.
    proof_ = heart_->on_extra(now);
    beat(todo);
}

void session::beat(actions& todo)
{
    todo.emplace_back(
        send{discord::heartbeat_payload(point_ ? std::optional(point_->sequence) : std::nullopt)});
}

void session::on_lost(int close_code, std::string_view why, instant now, actions& todo)
{
    if (state_ == state::closing) {
        if (stop_after_close_)
            return finish(0, "", todo);
        return back_off(wait_after_close_, "", now, todo);
    }
    if (state_ != state::dialing && !is_connected(state_))
        return;
    const bool was_up = is_connected(state_);
    connection_over(true, now, todo);
    std::string text =
        why.empty() ? std::string(discord::describe_close(close_code)) : std::string(why);
    if (discord::is_own_mistake(close_code))
        todo.emplace_back(own_mistake{close_code});
    switch (discord::meaning_of(close_code)) {
    case discord::after_close::give_up:
        point_.reset();
        return finish(close_code, std::string(discord::describe_close(close_code)), todo);
    case discord::after_close::identify:
        forget(std::string(discord::describe_close(close_code)), todo);
        break;
    case discord::after_close::resume_once:
        if (std::exchange(mistrusted_, true))
            forget(std::string(discord::describe_close(close_code)), todo);
        break;
    case discord::after_close::resume:
        break;
    }
    const bool at_once = was_up && !discord::is_own_mistake(close_code);
    back_off(at_once ? next_wait() : backoff_.draw(random_), std::move(text), now, todo);
}

void session::on_elapsed(instant now, actions& todo)
{
    if (is_connected(state_) && heart_) {
        if (paused_)
            heart_->excuse();
        const auto verdict = heart_->on_time(now);
        if (verdict == heartbeat::verdict::zombie)
            return close_then(keep_session, "heartbeats are not acknowledged", true, now, todo);
        if (verdict == heartbeat::verdict::beat)
            beat(todo);
    }
    if (paused_) {
        if (now >= paused_until_)
            close_then(keep_session, "its plugins are slower than Discord", false, now, todo);
        return;
    }
    if (now < until_)
        return;
    switch (state_) {
    case state::backoff:
        return reconnect(now, todo);
    case state::queue_resume:
        until_ = now + ask_pacer_again;
        return todo.emplace_back(gateway::queue_resume{lost_at_}), void();
    case state::held:
        // Discord keeps the session no longer; with what comes it will be full again.
        full_ = false;
        return reconnect(now, todo);
    case state::dialing:
        todo.emplace_back(drop{generation_});
        return on_lost(no_code, "no connection in time", now, todo);
    case state::await_hello:
    case state::await_ready:
    case state::await_resumed:
        todo.emplace_back(drop{generation_});
        return on_lost(no_code, "Discord does not answer", now, todo);
    case state::closing:
        todo.emplace_back(drop{generation_});
        return on_lost(no_code, "", now, todo);
    case state::idle:
    case state::queue_identify:
    case state::active:
    case state::stopped:
        return;
    }
}

void session::on_wake(instant now, actions& todo)
{
    if (state_ == state::closing)
        wait_after_close_ = duration::zero();
    else if (state_ == state::queue_resume)
        todo.emplace_back(leave_resume_queue{});
    if (state_ != state::queue_resume && state_ != state::backoff && state_ != state::held)
        return;
    full_ = false;
    forget_if_hopeless(now, todo);
    dial(now, todo);
}

void session::on_full(bool is, instant now, actions& todo)
{
    full_ = is;
    if (!is && state_ == state::held)
        return reconnect(now, todo);
    // A handshake needs to be read up to where events come.
    if (state_ != state::active && state_ != state::await_resumed)
        return;
    if (std::exchange(paused_, is) == is)
        return;
    heart_->excuse();
    paused_until_ = now + full_patience;
    alive(now);
    todo.emplace_back(read{!is});
}

// No socket survives it, and whoever waits for heartbeats to fail waits for minutes.
void session::on_slept(instant now, actions& todo)
{
    if (state_ == state::idle || state_ == state::stopped || state_ == state::held)
        return;
    if (state_ == state::dialing || is_connected(state_) || state_ == state::closing)
        todo.emplace_back(drop{generation_});
    if (state_ == state::closing && stop_after_close_)
        return finish(0, "", todo);
    if (state_ == state::dialing || is_connected(state_))
        connection_over(false, now, todo);
    if (state_ == state::queue_resume)
        return;
    steady_ = false;
    backoff_.reset();
    back_off(duration::zero(), "the machine was suspended", now, todo);
}

void session::on_stop(bool end_session, instant now, actions& todo)
{
    const int code = end_session ? end_of_session : keep_session;
    if (state_ == state::stopped)
        return;
    if (is_connected(state_)) {
        close_then(code, "asked to stop", false, now, todo);
        stop_after_close_ = true;
    } else if (state_ == state::closing) {
        stop_after_close_ = true;
    } else {
        if (state_ == state::dialing) {
            todo.emplace_back(drop{generation_});
            settle_resume(false, todo);
        } else if (state_ == state::queue_resume) {
            todo.emplace_back(leave_resume_queue{});
        }
        finish(0, "", todo);
    }
    if (end_session)
        point_.reset();
}

}  // namespace tinfoil::gateway
