#pragma once

#include "host/fleet.hpp"
#include "sim/network.hpp"
#include "sim/process.hpp"
#include "sim/surroundings.hpp"

#include <functional>
#include <map>
#include <vector>

namespace tinfoil::sim {

/// A host as app/host wires it: host::fleet as it is, over the simulated disk and links.
class host_process final : public process {
public:
    struct ways {
        std::function<void(const host::spawn&, link::welcome)> spawn;
        std::function<void(std::uint64_t epoch)> end_process;
        std::function<void(std::uint64_t epoch, link::message)> send;
        std::function<void()> shard_lost;  ///< An operator has to do something.
        std::function<void()> died;
    };
    struct settings {
        std::vector<discord::slot> slots;
        std::uint32_t collections = 1;
        sharding::ledger_settings ledger;
    };
    host_process(surroundings& with, network& net, settings how, ways to);

    void begin();
    void got(std::uint32_t number, std::uint64_t epoch, link::message what);
    void ended(std::uint32_t number, std::uint64_t epoch);
    void stop(bool end_sessions);
    /// An operator lets everybody who waits IDENTIFY.
    void release();
    /// REST gets a 401; later there is another token.
    void lose_token();
    [[nodiscard]] int starts_left() const
    {
        return fleet_.machine().ledger().look(time_.now()).remaining;
    }

private:
    void on_death() override { to_.died(); }
    result<std::vector<discord::session_record>> earlier_sessions();
    result<void> keep_found(const std::vector<discord::session_record>& newer);
    void ask_discord();
    void plan(std::vector<discord::session_record> known, std::uint64_t incarnation);
    void tell(const host::fleet_input& what);
    void perform(const host::fleet_action& action);
    void close();
    void keep(const host::keep_sessions& what);
    void note(const result<void>& kept);

    surroundings& with_;
    network& net_;
    settings how_;
    ways to_;
    std::map<std::uint32_t, std::uint64_t> members_;  ///< Epochs of the processes that run.
    bool all_was_kept_ = true;
    alarm timer_;
    pump<host::fleet, host::fleet_input, host::fleet_action> fleet_;
};

}  // namespace tinfoil::sim
