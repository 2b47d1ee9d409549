#pragma once

#include "discord/slot.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinfoil::discord {

/// All that a later connection, also of another process, needs for RESUME.
/// Discord Docs/Gateway, "Resuming".
struct resume_point {
    std::string session_id;     ///< At most 256 bytes; empty: there is no session.
    std::string resume_url;     ///< Without query, at most 256 bytes; may be empty.
    std::int64_t sequence = 0;  ///< Of the last event handed over.
};

/// A plugin has not ended its work on an event.
struct unfinished_event {
    std::int64_t sequence = 0;
    std::string plugin;
};

/// A session with its cursor: what was received, and what of it is unfinished. Everything up to
/// point.sequence that is not listed is finished.
struct session_record {
    slot which;
    std::uint32_t generation = 0;  ///< Grows with each loss of the slot's session.
    std::uint64_t intents = 0;     ///< Of its IDENTIFY.
    resume_point point;
    std::vector<unfinished_event> unfinished;
    /// The cursor may be older than what was handled, as after a loss of power: what a RESUME
    /// brings may have been handled before.
    bool doubtful = false;

    /// Where a RESUME has to begin so that everything unfinished comes again.
    [[nodiscard]] std::int64_t resume_from() const
    {
        std::int64_t from = point.sequence;
        for (const unfinished_event& each : unfinished)
            from = each.sequence - 1 < from ? each.sequence - 1 : from;
        return from;
    }
};

/// Who goes on from a cursor that is kept.
enum class cursor_use {
    none,     ///< Nobody before somebody begins: it is exact.
    begins,   ///< Somebody is about to; has to be on the disk before.
    running,  ///< It is a little older than the truth.
    flushed,  ///< The same; with all that was kept so far it has to be on the disk.
};

/// What a collection counts, since it began.
struct event_counts {
    std::vector<std::pair<std::string, std::uint64_t>> by_type;
    std::uint64_t redelivered = 0;    ///< Given to a plugin again, marked.
    std::uint64_t commands_seen = 0;  ///< Application commands, the first time that each came.
    std::uint64_t given_up = 0;  ///< Unfinished ones that a cursor did not wait for any longer.
};

}  // namespace tinfoil::discord
