#pragma once

#include "discord/snowflake.hpp"
#include "host/tally.hpp"
#include "host/watcher.hpp"
#include "net/rest_driver.hpp"
#include "state/store.hpp"

#include <string>

namespace tinfoil::host {

struct command_registration {
    net::rest_driver& rest;
    state::store& store;
    tally& counted;
    watcher& people;  ///< All of these outlive the answer.
    discord::snowflake application;
    bool forgets;  ///< This Discord forgets everything when it ends.
};

/// Tells Discord which slash commands there are, when they are others than it was told last.
void register_commands(const command_registration& with, const std::string& commands);

}  // namespace tinfoil::host
