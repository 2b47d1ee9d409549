#pragma once

#include "base/error.hpp"
#include "host/status.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tinfoil::host {

/// What a state file knows of the last run, for people: while a host runs, ask the host.
struct remembered {
    std::string application_id, api;   ///< Empty before the first start.
    std::vector<shard_status> shards;  ///< Of the plan, in its order; state and collection mean
                                       ///< nothing.
};

/// Reads the state file in that folder and changes nothing. Fails with errc::state_unusable.
result<remembered> remember(const std::filesystem::path& state);

}  // namespace tinfoil::host
