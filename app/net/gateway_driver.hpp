#pragma once

#include "gateway/outbox.hpp"
#include "gateway/session.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::net {

class tls_context;

/// Who a shard reports to: the session's actions that are not about its own connection.
class gateway_owner {
public:
    virtual ~gateway_owner() = default;
    virtual void on_queue_identify(std::uint32_t generation) = 0;
    virtual void on_leave_queue() = 0;
    virtual void on_identify_ended(bool received) = 0;
    /// The views die with the call. `now` is when its bytes were looked at, `waited` how long they
    /// had been there. About how long it took is what comes back.
    virtual duration on_event(const gateway::deliver& what, instant now, duration waited) = 0;
    virtual void on_established(const gateway::resume_point& point) = 0;
    virtual void on_resumed() = 0;
    virtual void on_forgotten(const std::string& why) = 0;
    virtual void on_moved(gateway::state to, const std::string& why) = 0;
    virtual void on_stopped(int close_code, const std::string& why) = 0;
    /// Once for each command given with an id.
    virtual void on_answered(std::uint64_t id, const discord::command_answer& what) = 0;
    virtual void on_queue_resume(instant since) = 0;
    virtual void on_leave_resume_queue() = 0;
    virtual void on_resume_ended(bool failed) = 0;
    virtual void on_own_mistake(int close_code) = 0;
};

/// Drives one gateway::session, and the gateway::outbox beside it, over a TLS connection. The
/// loop's thread only; the owner outlives it and is never called from inside a method of this
/// class.
class gateway_driver {
public:
    gateway_driver(boost::asio::io_context& loop, tls_context& tls,
                   gateway::session_settings settings, std::uint64_t seed, gateway_owner& owner);
    ~gateway_driver();  ///< Cuts the connection; the owner is not called afterwards.

    void start(std::optional<gateway::resume_point> from);
    /// The turn to IDENTIFY that the connection of that generation asked for.
    void permit(std::uint32_t generation);
    void resume_turn();  ///< The pacer lets this shard RESUME.
    void wake();
    void want_intents(std::uint64_t intents);  ///< With the next IDENTIFY.
    void full(bool is);
    void refresh(std::string why);
    void slept();
    void beat_now();
    /// A payload for Discord that nobody waits for, when nothing else wants its place.
    void probe(std::string payload);
    void stop(bool end_session);  ///< on_stopped follows within 1 s.
    /// A command for Discord; it waits for as long as the outbox says.
    void give(gateway::submit command);
    /// on_answered of that one does not follow any more, unless it has been called.
    void take_back(std::uint64_t command);

    [[nodiscard]] gateway::state where() const;
    [[nodiscard]] std::optional<gateway::heartbeat::measure> latency() const;
    [[nodiscard]] bool is_paused() const;
    [[nodiscard]] std::uint64_t intents() const;  ///< Of the last IDENTIFY.

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tinfoil::net
