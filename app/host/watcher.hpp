#pragma once

#include "gateway/session.hpp"
#include "host/log_entry.hpp"
#include "link/message.hpp"
#include "sandbox/server.hpp"

#include <string>

namespace tinfoil::host {

/// Who is told what happens, to show it to people. Called on the loop; must not block for long.
class watcher {
public:
    virtual ~watcher() = default;

    virtual void note(const std::string& text) = 0;  ///< Worth reading once.
    virtual void warn(const std::string& text) = 0;  ///< Somebody should do something.
    virtual void plugin_examined(const link::plugin_outcome& outcome) = 0;
    virtual void plugin_logged(const std::string& plugin, int level, const std::string& text) = 0;
    virtual void shard_moved(discord::slot slot, gateway::state to, const std::string& why) = 0;
    virtual void happened(const sandbox::happening& what) = 0;

    /// Each of these again, as it stands in the log: for those who write lines.
    virtual void entered(const log_entry&) {}
};

}  // namespace tinfoil::host
