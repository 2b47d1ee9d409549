#pragma once

#include "discord/session_record.hpp"

#include <string>
#include <vector>

namespace tinfoil::sharding {

/// What a session that took over from others needs until it has what they were behind it; see
/// handoff::commit_record.
struct handoff_record {
    discord::slot slot;
    std::string session_id;  ///< Whose it is; worth nothing for any other.
    std::string replaced;    ///< The session before of the same slot; empty where there was none.
    std::string text;        ///< Of link::handoff_commit.

    /// Tells nothing of the session that this is about: it is the one before, or the slot's entry
    /// from when that one was lost. A record file may still have it, and a message on its way.
    [[nodiscard]] bool outdates(const discord::session_record& entry) const
    {
        return slot == entry.which &&
               (entry.point.session_id.empty() || entry.point.session_id == replaced);
    }
};

/// The commit of a handoff: all of it is on the disk at once, or nothing.
struct plan_change {
    std::vector<discord::slot> plan;   ///< From then on.
    std::vector<discord::slot> older;  ///< Every session of these is over.
    std::vector<discord::session_record> newer;
    std::vector<handoff_record> records;  ///< One for each newer session.
};

}  // namespace tinfoil::sharding
