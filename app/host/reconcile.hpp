#pragma once

#include "discord/session_record.hpp"

#include <map>
#include <vector>

namespace tinfoil::host {

/// What a start knows of the sessions of earlier runs, and what the state has to be told.
struct reconciled {
    std::vector<discord::session_record> all;    ///< To go on with.
    std::vector<discord::session_record> newer;  ///< Those of them that records knew better.
    std::vector<discord::session_record> gone;  ///< Rows of the state whose session was lost since.
};

/// The newest record of a slot is the truth about it, also that it has no session. `left`: what the
/// record files of processes that ended without a word say, the newest of each slot.
[[nodiscard]] reconciled reconcile(std::vector<discord::session_record> stored,
                                   std::map<discord::slot, discord::session_record> left);

}  // namespace tinfoil::host
