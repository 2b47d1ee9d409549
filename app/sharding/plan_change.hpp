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

    /// It is the one before: a record file or a message may still have it.
    [[nodiscard]] bool has_replaced(const discord::session_record& session) const
    {
        return slot == session.which && !replaced.empty() && replaced == session.point.session_id;
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
