#pragma once

#include "host/command_registry.hpp"
#include "host/tally.hpp"
#include "host/watcher.hpp"
#include "net/pump.hpp"
#include "net/rest_driver.hpp"
#include "state/store.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace tinfoil::host {

/// Runs the command_registry: asks Discord, keeps its rows in the state, tells people. The loop's
/// thread only.
class command_care {
public:
    struct parts {
        boost::asio::io_context& loop;
        net::rest_driver& rest;
        state::store& store;
        tally& counted;
        watcher& people;
    };
    struct settings {
        bool development = false;
        std::vector<discord::snowflake> guilds;  ///< See registry_begun.
        bool is_new_discord = false;             ///< It has counted no creates yet.
        std::uint64_t seed = 0;
    };
    command_care(parts with, settings how);

    void begin(discord::snowflake application);
    /// Of link::loaded: the commands of every plugin of a collection.
    void loaded(const std::string& commands);
    /// What became of a plugin.
    void tell(registry_input what) { registry_.tell(std::move(what)); }
    [[nodiscard]] registry_view look() const { return registry_.machine().look(); }

private:
    void perform(const registry_action& action);
    void ask(const ask_discord& what);
    void check(const result<void>& kept);

    parts with_;
    settings how_;
    net::pump<command_registry, registry_input, registry_elapsed, registry_action> registry_;
};

}  // namespace tinfoil::host
