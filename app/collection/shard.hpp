#pragma once

#include "collection/gateway_commands.hpp"
#include "collection/guild_census.hpp"
#include "collection/loads.hpp"
#include "collection/uplink.hpp"
#include "dispatch/recorder.hpp"
#include "gateway/silence_watchdog.hpp"
#include "net/clock.hpp"
#include "net/gateway_driver.hpp"
#include "plugin/instance.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <string>

namespace tinfoil::collection {

class shard;

/// What a shard tells whoever it belongs to: its collection, or a handover while it is not the
/// source.
class shard_owner {
public:
    virtual ~shard_owner() = default;
    /// The views of the event die with the call.
    virtual void on_event(shard& of, const plugin::event& what, instant now) = 0;
    virtual void on_connecting(shard& of) = 0;
    virtual void on_established(shard& of, const discord::resume_point& point) = 0;
    virtual void on_resumed(shard& of) = 0;
    virtual void on_forgotten(shard& of, const std::string& why) = 0;
    virtual void on_stopped(shard& of, int close_code, const std::string& why) = 0;
    virtual void on_answered(std::uint64_t command, const discord::command_answer& what) = 0;
    virtual void on_queue_resume(shard& of, instant since) = 0;
    virtual void on_leave_resume_queue(shard& of) = 0;
    virtual void on_resume_ended(bool failed) = 0;
    virtual void on_queue_identify(shard& of, std::uint32_t generation) = 0;
    virtual void on_leave_queue(shard& of) = 0;
    virtual void on_identify_ended(shard& of, bool received) = 0;
    virtual void on_moved(shard& of, gateway::state to, const std::string& why) = 0;
};

/// One slot being served: its session on the gateway, and its place in the record.
class shard final : public command_taker, private net::gateway_owner {
public:
    struct place {
        boost::asio::io_context& loop;
        net::tls_context& tls;
        uplink& up;
        shard_owner& owner;
        loads& load;
    };
    /// Without a place in the record yet.
    static constexpr dispatch::recorder::session unrecorded = UINT32_MAX;

    shard(place where, gateway::session_settings settings, std::uint64_t seed,
          dispatch::recorder::session session);

    [[nodiscard]] discord::slot slot() const override { return slot_; }
    [[nodiscard]] dispatch::recorder::session session() const { return session_; }
    /// From now on it is another's, and has that place in the record.
    void belong(shard_owner& to, dispatch::recorder::session session)
    {
        owner_ = &to;
        session_ = session;
        load_.emplace(loads_, slot_);
    }
    /// It serves nobody any more.
    void retire() { load_.reset(); }
    /// For the load that is measured.
    void tell_load()
    {
        if (load_)
            load_->has(static_cast<std::uint32_t>(census_.count()),
                       static_cast<std::uint32_t>(census_.voices().size()));
    }
    [[nodiscard]] guild_census& census() { return census_; }
    [[nodiscard]] gateway::state where() const { return driver_.where(); }
    [[nodiscard]] std::optional<gateway::heartbeat::measure> latency() const
    {
        return driver_.latency();
    }

    void start(std::optional<discord::resume_point> from) { driver_.start(std::move(from)); }
    void permit(std::uint32_t generation) { driver_.permit(generation); }
    void give(gateway::submit command) override { driver_.give(std::move(command)); }
    void take_back(std::uint64_t command) override { driver_.take_back(command); }
    void resume_turn() { driver_.resume_turn(); }
    void wake() { driver_.wake(); }
    /// Of the next IDENTIFY.
    void want_intents(std::uint64_t intents) { driver_.want_intents(intents); }
    /// Of the last IDENTIFY.
    [[nodiscard]] std::uint64_t intents() const { return driver_.intents(); }
    void full(bool is)
    {
        is_full_ = is;
        driver_.full(is_full_ || is_frozen_);
    }
    /// It is not read, whatever its plugins can do.
    void freeze(bool is)
    {
        is_frozen_ = is;
        driver_.full(is_full_ || is_frozen_);
    }
    void beat_now() { driver_.beat_now(); }
    void probe(std::string payload) { driver_.probe(std::move(payload)); }
    void refresh(std::string why) { driver_.refresh(std::move(why)); }
    void slept(duration how_long);
    /// Looks for silence, and does what there is to do about it. Every few seconds.
    void look(instant now);
    [[nodiscard]] link::shard_gauge gauge(instant now) const;
    void stop(bool end_session);  ///< on_stopped follows within 1 s, if it has not been before.

private:
    void on_queue_identify(std::uint32_t generation) override
    {
        owner_->on_queue_identify(*this, generation);
    }
    void on_leave_queue() override { owner_->on_leave_queue(*this); }
    void on_identify_ended(bool received) override { owner_->on_identify_ended(*this, received); }
    duration on_event(const gateway::deliver& what, instant now, duration waited) override
    {
        loads& measures = loads_;  // It may be gone when the owner has done what there is to do.
        measures.begin_event(load_, what.data, waited);
        silence_.event(what.type);
        last_event_ = now;
        census_.on_event(what.type, what.data);
        owner_->on_event(
            *this, {slot_, what.sequence, what.type, what.data, what.replayed, false, {}}, now);
        return measures.end_event();
    }
    void on_established(const gateway::resume_point& point) override
    {
        owner_->on_established(*this, point);
    }
    void on_resumed() override { owner_->on_resumed(*this); }
    void on_forgotten(const std::string& why) override { owner_->on_forgotten(*this, why); }
    void on_moved(gateway::state to, const std::string& why) override
    {
        if (to == gateway::state::dialing)
            owner_->on_connecting(*this);
        owner_->on_moved(*this, to, why);
    }
    void on_stopped(int close_code, const std::string& why) override
    {
        owner_->on_stopped(*this, close_code, why);
    }
    void on_queue_resume(instant since) override { owner_->on_queue_resume(*this, since); }
    void on_leave_resume_queue() override { owner_->on_leave_resume_queue(*this); }
    void on_resume_ended(bool failed) override { owner_->on_resume_ended(failed); }
    void on_own_mistake(int close_code) override;

    void notice(link::notice what, std::string text);

    void on_answered(std::uint64_t id, const discord::command_answer& what) override
    {
        owner_->on_answered(id, what);
    }

    uplink& up_;
    shard_owner* owner_;
    discord::slot slot_;
    dispatch::recorder::session session_;
    guild_census census_;
    bool is_full_ = false, is_frozen_ = false;
    loads& loads_;
    std::optional<loads::place> load_;  // Of one that serves.
    gateway::silence_watchdog silence_;
    instant last_event_ = never;
    net::gateway_driver driver_;
};

}  // namespace tinfoil::collection
