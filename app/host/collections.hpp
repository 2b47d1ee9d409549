#pragma once

#include "host/care_desk.hpp"
#include "host/fleet.hpp"
#include "host/network_settings.hpp"
#include "host/operations_desk.hpp"
#include "host/plugin_desk.hpp"
#include "host/rebalance_target.hpp"
#include "host/restart_control.hpp"
#include "host/status.hpp"
#include "host/tally.hpp"
#include "host/watcher.hpp"
#include "net/rest_driver.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::host {

class network_plugin;

/// Runs the collections of a host: starts their processes (or the one inside this process), carries
/// messages, performs what they ask for, and does what host::fleet decides. The loop's thread only.
class collections {
public:
    struct parts {
        boost::asio::io_context& loop;
        net::rest_driver& rest;
        state::store& store;
        tally& counted;
        watcher& people;
        watcher& care_people;    ///< What there is to say of plugins that misbehave.
        watcher& scaler_people;  ///< What the scaler decides.
        plugin_desk& plugins;
        network_plugin* network = nullptr;  ///< The network manager, where it is a plugin.
    };
    struct settings {
        link::welcome welcome;         ///< For each; its record_file and seed are filled in here.
        std::string run_folder;        ///< For record files.
        std::string state_folder;      ///< Where plugins have their states.
        std::string executable;        ///< Whose `collection` command is a collection.
        std::string newer_executable;  ///< See executables.
        network_settings network;
        bool in_process = false;
        std::uint64_t seed = 0;
        sharding::ledger_settings ledger;
        care_desk::settings care;
        scaling::policy scaler;
    };
    /// What the owner is told, on the loop, also inside begin() and stop(); it must not destroy
    /// this.
    struct listener {
        std::function<void(const link::loaded&)> first_loaded;
        /// Those of all plugins of a collection that has loaded them; see link::loaded.
        std::function<void(const std::string& commands)> commands_declared;
        std::function<void(error)> shard_lost;
        std::function<void(error)> cant_go_on;
        std::function<void(std::uint64_t unfinished)> ended;
        /// Something that an operator may watch has changed.
        std::function<void(const shard_status&)> shard_changed;
        std::function<void()> collection_changed;
        std::function<void(const operation_view&)> operation_changed;
        std::function<void()> restart_changed;
        std::function<void()> rebalance_changed;
        std::function<void(const decision_view&)> decided;
        // What of Discord is asked; the answer is told, where there is one.
        std::function<void()> ask_budget;
        std::function<void()> ask_intents;
        std::function<void(duration wait)> check_token;
    };
    collections(parts with, settings how, listener to);
    ~collections();  ///< Ends what still runs, by force.

    /// `own_user`: the bot's. Fails when the state can't be read.
    result<void> begin(fleet_plan plan, std::uint64_t own_user);
    /// What the owner has learned.
    void inform(fleet_input what);
    /// Of processes that start from now on.
    void set_token(redacted token);
    /// An operator has changed settings: processes that start from now on have those of the
    /// welcome, except for what the host itself has learned. A presence is shown at once where it
    /// is another one, and plugins are looked after by the new rules.
    void reconfigure(const settings& how);
    void stop(bool end_sessions);
    /// The run ends: `then` is called once, maybe inside this call, when what the network manager
    /// brought up has been brought down as far as that can be awaited.
    void close_network(std::function<void()> then);
    /// Cuts the waits of these shards short; none: of all. Those that don't wait are not disturbed.
    void wake(const std::vector<discord::slot>& slots);

    /// Nothing happens when that one has no process.
    void pass_on(std::uint32_t number, link::message what);

    /// The state has all that it was to keep. Otherwise record files stay for the next start.
    [[nodiscard]] bool all_kept() const;
    [[nodiscard]] care_desk& plugin_care();
    [[nodiscard]] operations_desk& operations();
    [[nodiscard]] restart_target& restarts();
    [[nodiscard]] rebalance_target& balance();
    /// An operator wants it run, whatever it did. True: it was in quarantine.
    bool enable_plugin(const std::string& plugin);
    /// Those that every session has.
    [[nodiscard]] std::uint64_t session_intents() const;
    [[nodiscard]] std::vector<shard_status> shards() const;
    [[nodiscard]] std::vector<collection_status> list() const;
    [[nodiscard]] gateway_status gateway() const;
    [[nodiscard]] sharding::ledger_view starts() const;
    [[nodiscard]] sharding::quote price(int identifies) const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tinfoil::host
