#pragma once

#include "discord/session_record.hpp"

#include <map>
#include <vector>

namespace tinfoil::host {

/// Of two records of one slot: whether `one` was written later than `other`. Of the same session
/// the one that got further; of others the one of more losses (`generation`), and of as many the
/// one that has a session. False where nothing tells.
[[nodiscard]] bool is_newer(const discord::session_record& one,
                            const discord::session_record& other);

/// What one more record file says of its slots: the newest of each is what counts. Where nothing
/// tells, the file that comes later does, so they come by the age of their processes.
void take_in(std::vector<discord::session_record> file,
             std::map<discord::slot, discord::session_record>& left);

/// What a start knows of the sessions of earlier runs, and what the state has to be told.
struct reconciled {
    std::vector<discord::session_record> all;    ///< To go on with.
    std::vector<discord::session_record> newer;  ///< Those of them that records knew better.
    std::vector<discord::session_record> gone;  ///< Rows of the state whose session was lost since.
};

/// The newest record of a slot is the truth about it, also that it has no session. `left`: what the
/// record files of processes that ended without a word say, see take_in(). A file knows better than
/// the state unless it is of a process that others went on from.
[[nodiscard]] reconciled reconcile(std::vector<discord::session_record> stored,
                                   std::map<discord::slot, discord::session_record> left);

}  // namespace tinfoil::host
