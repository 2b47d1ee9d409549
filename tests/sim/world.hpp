#pragma once

#include "sim/collection_process.hpp"
#include "sim/host_process.hpp"
#include "sim/network.hpp"
#include "sim/surroundings.hpp"

#include <map>
#include <memory>
#include <vector>

namespace tinfoil::sim {

/// A host, its collections, the links between them, an operator who starts the host again when it
/// has ended, and Discord.
class world {
public:
    struct settings {
        std::uint64_t seed = 1;
        std::uint32_t shards = 4, collections = 1;
        discordsim::settings discord;
        sharding::ledger_settings ledger;
    };
    explicit world(const settings& how);

    /// Lets time pass, or stops at once when a promise is broken.
    void run_for(duration how_long);

    surroundings with;
    network net;

    // What may happen to processes.
    void start_host();
    [[nodiscard]] host_process* host() const { return host_.get(); }
    void stop_host(bool end_sessions);
    void lose_power();
    void sleep(duration how_long);
    void release_starts();
    [[nodiscard]] std::vector<collection_process*> collections() const;

    [[nodiscard]] bool all_active() const;
    [[nodiscard]] std::vector<discord::slot> slots() const { return slots_; }

private:
    struct member {
        std::shared_ptr<collection_process> it;
        std::uint32_t number = 0;
        std::uint64_t epoch = 0;
        instant last_up{}, last_down{};
        // What was said from then on stayed in the process that died.
        instant unsaid_from = never;
        duration late{};  ///< What it said last arrives so long after it is known to have died.
    };

    void on_host_died();
    void spawn(const host::spawn& what, link::welcome how);
    void say_up(member& from, link::message what);
    void say_down(std::uint64_t epoch, link::message what);
    void on_collection_died(member& which);
    [[nodiscard]] duration on_the_way();
    [[nodiscard]] duration pause_of_operator();

    std::vector<discord::slot> slots_;
    std::uint32_t collections_;
    sharding::ledger_settings ledger_;
    std::shared_ptr<host_process> host_;
    std::map<std::uint64_t, std::shared_ptr<member>> members_;  ///< By epoch.
    std::vector<std::shared_ptr<process>> dead_;  ///< Kept until nothing of them is on the stack.
};

}  // namespace tinfoil::sim
