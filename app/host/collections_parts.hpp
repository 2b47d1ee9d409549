#pragma once

#include "host/collections.hpp"
#include "host/command_routes.hpp"
#include "host/dead_records.hpp"
#include "host/event_rates.hpp"
#include "host/gateway_watch.hpp"
#include "host/network_manager.hpp"
#include "host/network_plugin.hpp"
#include "host/peer.hpp"
#include "host/restart_desk.hpp"
#include "host/scaling_desk.hpp"
#include "host/sharing_desk.hpp"
#include "net/clock.hpp"
#include "net/pump.hpp"

#include <filesystem>
#include <map>

namespace tinfoil::host {

/// The collections of a host: collections.cpp has their processes and what these say,
/// collections_owner.cpp what their owner asks. Seen by these two only.
struct collections::impl {
    struct member {
        std::unique_ptr<peer> link;
        std::uint64_t epoch = 0;
        std::filesystem::path record;
        std::filesystem::path copies;
        std::map<std::uint64_t, std::uint64_t> requests;  // Its ids to the REST driver's.
        bool forced = false;                              // To end.
    };
    struct seen {
        gateway::state state = gateway::state::idle;
        instant since{};
        std::string why;
        std::optional<instant> session_since;  ///< If it began in this run.
    };

    impl(parts to, settings what, listener who)
        : with(to),
          how(std::move(what)),
          listens(std::move(who)),
          seeds(how.seed),
          builds(how.executable, how.newer_executable),
          care({to.loop, to.store, to.care_people,
                [this](std::uint32_t number, std::uint64_t epoch, link::message told) {
                    send(number, epoch, std::move(told));
                }},
               how.care),
          decides(to.loop, fleet(how.seed, how.ledger),
                  [this](const fleet_action& action) { perform(action); }),
          operations({to.loop, to.store, to.people, decides.machine(),
                      [this](fleet_input told) { decides.tell(std::move(told)); },
                      [this] { return with.plugins.wanted_intents(); },
                      [this](const operation_view& what_now) {
                          scaler.operation_changed(what_now);
                          listens.operation_changed(what_now);
                      }}),
          scaler({to.loop, to.store, to.scaler_people, decides.machine(), operations,
                  how.in_process, [this](fleet_input told) { decides.tell(std::move(told)); },
                  [this](discord::slot slot) {
                      const auto own = states.find(slot);
                      return own != states.end() && own->second.state == gateway::state::active;
                  },
                  [this] { listens.rebalance_changed(); },
                  [this](const decision_view& what_now) { listens.decided(what_now); }},
                 how.scaler),
          restarts({decides.machine(), rates, builds,
                    [this](fleet_input told) { decides.tell(std::move(told)); },
                    [this] { return operations.is_busy() || scaler.is_busy(); },
                    [this] { listens.restart_changed(); }}),
          shared({to.loop, to.store,
                  [this](sharing::client asker, link::message told) {
                      if (asker.number == network_plugin::number && with.network != nullptr)
                          return with.network->tell(asker.epoch, std::move(told));
                      send(asker.number, asker.epoch, std::move(told));
                  },
                  [this](std::uint32_t number, link::message told) {
                      if (const auto own = members.find(number); own != members.end())
                          own->second.link->send(std::move(told));
                  },
                  [this](const sharing::address& where) { return find(where); }})
    {
    }

    result<void> make_network();
    void perform(const fleet_action& action);
    void start(const spawn& what);
    void replace(std::uint32_t number, member before);
    void ended(std::uint32_t number, std::uint64_t epoch, std::string how);
    void got(std::uint32_t number, std::uint64_t epoch, link::message what);
    void on_rest(member& of, std::uint32_t number, link::rest what);
    [[nodiscard]] std::vector<sharing::place> find(const sharing::address& what) const;
    void on_command(std::uint32_t number, const link::gateway_command& what);
    void on_presence(std::uint32_t number, const link::gateway_command& what);
    void pass(command_routes::outgoing all);
    void on_moved(std::uint32_t number, const link::shard_moved& what);
    void on_loaded(std::uint32_t number, link::loaded what);
    void send(std::uint32_t number, std::uint64_t epoch, link::message what);
    void record(const record_identify& what);
    void announce(const std::vector<link::plugin_outcome>& before);
    void keep(const keep_sessions& what);
    void complain(const result<void>& kept);
    /// Of these slots the state has now what is known, or lacks it.
    void told_state(const std::vector<discord::slot>& slots, const result<void>& kept);
    void remove_needless();
    [[nodiscard]] shard_status status_of(std::uint32_t number, discord::slot slot) const;

    parts with;
    settings how;
    std::string configured_presence = how.welcome.presence;  // Plugins may have set another since.
    listener listens;
    random_source seeds;
    executables builds;
    std::unique_ptr<network_manager> network;  // Outlives the members.
    care_desk care;
    bool stopping = false;
    std::map<std::uint32_t, member> members;
    std::map<discord::slot, seen> states;
    command_routes commands;
    gateway_watch health;
    event_rates rates;
    std::vector<link::plugin_outcome> outcomes;
    bool told_loaded = false;
    instant complained = never;
    dead_records dead;
    std::shared_ptr<int> alive = std::make_shared<int>();
    net::pump<fleet, fleet_input, fleet_elapsed, fleet_action> decides;
    operations_desk operations;
    scaling_desk scaler;
    restart_desk restarts;
    sharing_desk shared;
};

}  // namespace tinfoil::host
