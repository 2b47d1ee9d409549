#pragma once

#include "collection/gateway_commands.hpp"
#include "collection/older_gate.hpp"
#include "collection/shard.hpp"
#include "collection/uplink.hpp"
#include "handoff/handoff.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::collection {

/// What a collection does for a handover. None of it is called from inside a method of one, except
/// on_event() and on().
class handover_stage {
public:
    virtual ~handover_stage() = default;
    /// Plugins get it, if the record does not say that they had it.
    virtual void hand_on(shard& of, const plugin::event& what, instant now) = 0;
    /// Nobody gets it; the record counts it as done.
    virtual void pass_over(shard& of, std::int64_t sequence, instant now) = 0;
    /// The commit: these are the collection's shards now, in place of the older ones, which it
    /// ends.
    virtual void adopt(std::vector<std::unique_ptr<shard>> newer,
                       const std::vector<discord::session_record>& sessions,
                       const std::vector<shard*>& older) = 0;
    /// Plugins are told that events of that stream may be missing.
    virtual void tell_gap(shard& of, const handoff::stream_id& stream, instant now) = 0;
    /// One of the newer shards has ended that was not the collection's.
    virtual void newer_stopped() = 0;
    /// Nothing is left to do, and nothing of it is live: it may be destroyed, but not inside.
    virtual void handover_over() = 0;
};

/// One handoff in one collection: feeds a handoff::handoff what the sessions of both sides bring
/// and does what it asks for. Owns the newer shards until the commit, and what they have brought.
///
/// The older shards stay the collection's and are told of by it. After the commit the newer ones
/// are, too; their events go by on_event() until the machine has settled.
///
/// Threads: the collection's loop.
class handover final : private shard_owner {
public:
    struct parts {
        boost::asio::io_context& loop;
        uplink& up;
        const dispatch::recorder& record;
        gateway_commands& wanted;
        handover_stage& stage;
    };
    /// Makes a shard that belongs to `owner` and has not been started.
    using maker = std::function<std::unique_ptr<shard>(shard_owner& owner,
                                                       const discord::session_record& of)>;
    /// Begins. `older`: those of `how`, in its order.
    handover(parts with, link::handoff_begin how, std::vector<shard*> older, const maker& make);
    /// Goes on from the record of an earlier process with that one shard.
    handover(parts with, shard& newer, const handoff::commit_record& from, std::string text);
    ~handover() override;
    handover(const handover&) = delete;
    handover(handover&&) = delete;
    handover& operator=(const handover&) = delete;
    handover& operator=(handover&&) = delete;

    [[nodiscard]] std::uint64_t id() const { return how_.id; }
    /// Its events have to come by here.
    [[nodiscard]] bool takes(const shard& which) const;
    [[nodiscard]] bool is_committed() const { return machine_.is_committed(); }
    [[nodiscard]] bool is_over() const { return over_ && live_shards() == 0; }
    /// What a process that takes that shard over needs, which reads it from `from` on; empty:
    /// nothing.
    [[nodiscard]] std::string record_of(const shard& which, std::int64_t from) const;

    // Of a shard that it takes.
    void on_event(shard& of, const plugin::event& what, instant now) override;
    void on_moved(shard& of, gateway::state to, const std::string& why = {}) override;
    void on_session_back(shard& of);  ///< RESUMED.
    /// Its session is gone, or the collection gives the shard away; later it is not taken any more.
    void on_session_lost(shard& of, const std::string& why, bool is_final);
    /// All connections of the older side are gone.
    void on_older_closed();
    void on_command(discord::slot to, const discord::gateway_command& what);

    void on(const link::handoff_turn& what);
    void on(const link::handoff_journalled& what);
    void cancel(const std::string& why);
    /// Tells how far it is.
    void pulse(instant now);
    /// The newer shards that are not the collection's. Afterwards it is over soon.
    void stop();
    [[nodiscard]] std::size_t live_shards() const;
    void slept(duration how_long);

private:
    struct payload {
        std::string type, data;
    };
    struct kept_record {
        std::int64_t resume_after = 0;
        std::string text;
    };
    struct newer_side {
        std::unique_ptr<shard> own;  // Until the commit.
        shard* it = nullptr;         // Nothing once it is another's business.
        std::uint32_t generation = 0;
        bool started = false, stopping = false;
        std::optional<std::uint32_t> wants;  // A turn, of that connection.
        discord::resume_point point;
        std::uint64_t intents = 0;
        std::map<std::int64_t, payload> held;
        std::string record;
        // Takes the place of `record` when nothing is unfinished up to there.
        std::optional<kept_record> next;
    };
    struct stashed {
        shard* of;
        plugin::event what;
        std::string type, data;
    };

    // shard_owner, of newer shards before the commit
    void on_connecting(shard&) override {}
    void on_established(shard& of, const discord::resume_point& point) override;
    void on_resumed(shard& of) override { on_session_back(of); }
    void on_forgotten(shard& of, const std::string& why) override;
    void on_stopped(shard& of, int close_code, const std::string& why) override;
    void on_answered(std::uint64_t, const discord::command_answer&) override {}
    void on_queue_resume(shard& of, instant since) override;
    void on_leave_resume_queue(shard&) override {}
    void on_resume_ended(bool) override {}
    void on_queue_identify(shard& of, std::uint32_t generation) override;
    void on_leave_queue(shard& of) override;
    void on_identify_ended(shard& of, bool received) override;

    void feed(const handoff::input& what, instant now, const plugin::event* at_hand = nullptr);
    void perform(const handoff::action& what, instant now, const plugin::event* at_hand);
    void deliver(const handoff::deliver& what, instant now, const plugin::event* at_hand);
    void ask_sounds(const handoff::ask_sounds& what);
    void ask_members(const handoff::ask_members& what);
    void freeze();
    void thaw(instant now);
    void journal(const handoff::commit_record& what);
    void take_place();
    void rejoin(const handoff::rejoin_voice& what);
    void finish(const handoff::report& how);
    void settle();
    void advance_record(std::uint32_t newer);
    [[nodiscard]] std::optional<kept_record> record_now(std::uint32_t newer) const;
    void end_if_nothing_lives();
    void arm();
    void on_time();
    void notice_acknowledgements(instant now);
    [[nodiscard]] std::optional<handoff::session> place_of(const shard& which) const;
    [[nodiscard]] shard* shard_of(handoff::session which) const;
    [[nodiscard]] handoff::event read(const plugin::event& what) const;

    parts with_;
    link::handoff_begin how_;
    handoff::handoff machine_;
    handoff::event_reader reader_;
    std::vector<shard*> older_;
    std::vector<newer_side> newer_;
    std::vector<instant> acknowledged_;  // The last that was told, older ones first.
    older_gate<stashed> older_gate_;
    bool adopted_ = false, over_ = false, told_over_ = false;
    std::vector<discord::session_record> committed_;
    std::size_t commands_ = 0;
    instant armed_ = never;
    boost::asio::steady_timer timer_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace tinfoil::collection
