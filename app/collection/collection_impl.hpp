#pragma once

#include "collection/collection.hpp"
#include "collection/fullness.hpp"
#include "collection/gateway_commands.hpp"
#include "collection/guild_lookups.hpp"
#include "collection/handling.hpp"
#include "collection/handover.hpp"
#include "collection/letters.hpp"
#include "collection/life.hpp"
#include "collection/loads.hpp"
#include "collection/plugin_home.hpp"
#include "collection/residents.hpp"
#include "collection/shard.hpp"
#include "collection/uplink.hpp"
#include "discord/intents.hpp"
#include "gateway/resume_pacer.hpp"
#include "gateway/suspension.hpp"
#include "net/clock.hpp"
#include "net/pump.hpp"
#include "net/tls.hpp"
#include "state/record_file.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tinfoil::collection {
namespace asio = boost::asio;

/// A collection: collection.cpp has how it begins, serves and beats, collection_changes.cpp how its
/// shards come and go. Seen by these two only.
struct collection::impl final : private shard_owner, private handover_stage {
    impl(asio::io_context& on, std::function<void(link::message)> send, surroundings with)
        : loop(on),
          around(std::move(with)),
          up(std::move(send),
             [&on](std::function<void()> what) { asio::post(on, std::move(what)); }),
          wanted(up, [&on](std::function<void()> what) { asio::post(on, std::move(what)); }),
          post({up, [&on](std::function<void()> what) { asio::post(on, std::move(what)); },
                [this](const sharing::address& what) { return is_here(what); },
                [this](const sharing::letter& what, letters::replied done) {
                    if (plugins)
                        plugins->give(what, std::move(done));
                    else
                        done({0, sharing::delivery::down, "the collection has no plugins"});
                }}),
          life_pump(on, life{}, [this](const life_action& action) { perform(action); }),
          pulse_timer(on)
    {
    }

    void begin(link::welcome how);
    result<void> prepare();
    [[nodiscard]] std::string session_of(discord::slot slot);
    [[nodiscard]] std::uint64_t intents() const
    {
        return plugins ? plugins->intents() : discord::intent_guilds;
    }
    void change(const link::change_plugin& what);
    void plugins_changed();
    void serve(const link::serve& what);
    [[nodiscard]] std::unique_ptr<shard> make_shard(shard_owner& owner,
                                                    const discord::session_record& of,
                                                    dispatch::recorder::session session,
                                                    const std::string& url);
    void open(const discord::session_record& known, const std::string& url,
              const link::shard_baggage& baggage, const std::string& handoff, bool is_moved);
    void shards_changed();
    void load(const link::shard_load& what);
    void unload(discord::slot slot);
    void part(discord::slot slot);
    void leave(discord::slot slot);
    void left(std::unique_ptr<shard> gone);
    /// `until`: so long it may still wait for the handoff before.
    void begin_handoff(link::handoff_begin what, std::optional<instant> until = {});
    void try_settling(instant now);
    template <class Message>
    void tell_handover(const Message& what);
    [[nodiscard]] handover* handover_of(const shard& which) const;
    void tell_facts();
    void give_turn(const link::turn& what);
    void perform(const life_action& action);
    void beat();
    void look_at_shards(instant now);
    void pulse();
    void tell_load(instant now);
    void wake(const link::wake& what);
    [[nodiscard]] shard* find(discord::slot slot);
    [[nodiscard]] bool is_here(const sharing::address& what) const;
    void deliver(const plugin::event& what, shard& of);
    void say_gap(shard& of, std::optional<discord::snowflake> guild, const std::string& why);
    void caught_up(dispatch::recorder::session session, std::size_t bytes);
    void handlers_changed();

    // shard_owner
    void on_event(shard& of, const plugin::event& what, instant now) override;
    void on_established(shard& of, const discord::resume_point& point) override;
    void on_connecting(shard& of) override { work->connecting(of.session()); }
    void on_resumed(shard& of) override;
    void on_forgotten(shard& of, const std::string& why) override;
    void on_stopped(shard& of, int close_code, const std::string& why) override;
    void on_answered(std::uint64_t command, const discord::command_answer& what) override
    {
        wanted.answered(command, what);
    }
    void on_queue_resume(shard& of, instant since) override
    {
        pacer->tell(gateway::resume_wanted{of.slot(), since});
    }
    void on_leave_resume_queue(shard& of) override { pacer->tell(gateway::resume_left{of.slot()}); }
    void on_resume_ended(bool failed) override { pacer->tell(gateway::resume_result{failed}); }
    void on_queue_identify(shard& of, std::uint32_t generation) override
    {
        up.tell(link::identify_wanted{of.slot(), generation});
    }
    void on_leave_queue(shard& of) override { up.tell(link::identify_left{of.slot()}); }
    void on_identify_ended(shard& of, bool received) override
    {
        up.tell(link::identify_ended{of.slot(), received});
    }
    void on_moved(shard& of, gateway::state to, const std::string& why) override;

    // handover_stage
    void hand_on(shard& of, const plugin::event& what, instant now) override;
    void pass_over(shard& of, std::int64_t sequence, instant now) override;
    void adopt(std::vector<std::unique_ptr<shard>> newer,
               const std::vector<discord::session_record>& sessions,
               const std::vector<shard*>& older) override;
    void tell_gap(shard& of, const handoff::stream_id& stream, instant now) override;
    void newer_stopped() override { life_pump.tell(shard_ended{}); }
    void handover_over() override;

    asio::io_context& loop;
    surroundings around;
    uplink up;
    gateway_commands wanted;  // Of the gateway, by plugins.
    letters post;
    std::optional<guild_lookups> guilds;
    std::optional<link::welcome> settings;
    bool ends = false;           // It was asked to stop.
    bool ends_sessions = false;  // They end with their shards.
    std::unique_ptr<net::tls_context> tls;
    std::unique_ptr<state::record_file> file;
    std::optional<dispatch::recorder> record;
    dispatch::router router;
    std::optional<handling> work;
    std::optional<plugin_home> place;
    std::optional<residents> plugins;
    bool serves = false;
    std::size_t expected = 0;  // Shards, at the beginning: what they compress with depends on it.
    random_source seeds{0};
    std::string gateway_url;
    std::optional<loads> load_of;  // Outlives the shards.
    std::vector<std::unique_ptr<shard>> shards;
    // What is not served here any more: the older side of a handoff, and what moves away.
    std::vector<std::unique_ptr<shard>> closing;
    std::set<discord::slot> leaving;                  // They move away, and have not left.
    std::map<discord::slot, residents::parts> parts;  // Of those, what plugins gave along.
    std::vector<std::unique_ptr<handover>> handovers;
    std::vector<std::pair<instant, link::handoff_begin>>
        settling;  // Handoffs that wait for others.
    std::map<discord::slot, link::shard_facts> told_facts;
    std::map<discord::slot, std::shared_ptr<asio::steady_timer>> drains;
    std::vector<handling::delivery> deliveries;  // Of the event at hand; kept to save allocations.
    bool told_first_event = false;
    net::pump<life, life_input, elapsed, life_action> life_pump;
    asio::steady_timer pulse_timer;
    instant pulse_due{};
    std::uint64_t lag_us = 0;
    using pacer_pump = net::pump<gateway::resume_pacer, gateway::pacer_input,
                                 gateway::pacer_elapsed, gateway::pacer_action>;
    std::optional<pacer_pump> pacer;
    std::optional<fullness> unfinished;
    std::vector<dispatch::recorder::session> ready_again;  // Kept to save allocations.
    gateway::suspension_watch suspension;
    int pulses = 0;
};

}  // namespace tinfoil::collection
