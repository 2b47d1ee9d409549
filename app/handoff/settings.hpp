#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tinfoil::handoff {

using namespace std::chrono_literals;

/// The numbers of the protocol between two sides of a handoff; share/doc/handoff.md has the reasons
/// of those that a person would change.
struct parameters {
    /// How long the older side is logged before the newer one may IDENTIFY.
    duration log_start = 15s;
    /// Entries of one lane of one stream, and of all. Beyond them the oldest are forgotten, which
    /// costs proofs, never events; the last `log_least` of each lane are kept in any case.
    std::size_t log_max = 4'000, log_total_max = 2'000'000, log_least = 64;
    /// Events of the newer side that are held: of a lane, and of the handoff with their bytes.
    /// Beyond them the oldest of the lane that asks for more is let go and the lane's proof begins
    /// anew, which costs time, never an event: the older side is the source.
    std::size_t held_max = 4'000, held_total_max = 50'000, held_bytes_max = 64U << 20;
    /// Of GUILD_CREATEs of the newer side, which are needed only where the older side loses a
    /// guild; a guild whose own was let go gets the gap notice without it.
    std::size_t snapshot_bytes_max = 64U << 20;
    /// Interactions of each stream that are remembered or held. One that finds no room is not held,
    /// and the commit waits until the older side has brought it.
    std::size_t interactions_max = 4'000;

    /// After READY of a newer session, when its guilds are asked (over both sides).
    std::array<duration, 19> rounds = {2s,  4s,  7s,  11s, 15s, 20s,  25s,  30s,  36s, 42s,
                                       48s, 54s, 60s, 75s, 90s, 105s, 120s, 150s, 180s};
    /// In so many rounds guilds whose shift an event has proven are asked too: is the answer right?
    std::size_t calibration_rounds = 3;
    /// In so many rounds a guild is asked for its ephemeral lane alone.
    std::size_t ephemeral_rounds = 12;
    /// Sends of a session and minute beside all that goes by its outbox; of them op 8.
    std::size_t sends_max = 40, member_sends_max = 20;
    /// Ids in one op 31: 4,096 bytes hold 182.
    std::size_t guilds_per_send = 180;
    /// Unanswered requests of one guild and session. Then it is not asked.
    std::size_t unanswered_max = 32;
    duration beat_every = 10s;

    duration min_age = 10s;       ///< From the last READY to the commit.
    duration health = 15s;        ///< The last heartbeat ACK of each session is younger.
    duration after_resumed = 1s;  ///< No commit before, of either side.
    duration after_snapshot = 5s;
    duration level_max = 8s;      ///< The newer side is waited for so long, once all is proven.
    duration commands_max = 10s;  ///< Commands of plugins in flight are, too.
    duration force_after = 60s, force_after_snapshot = 45s;  ///< The lasting lane.
    duration force_ephemeral_after = 25s;
    duration quiet_after = 45s;     ///< Where requests prove nothing.
    duration quiet_dm_after = 15s;  ///< DMs can't be asked.
    duration owed_max = 45s;
    duration down_max = 60s;
    duration total_max = 240s;   ///< From the last READY; then the handoff is given up.
    duration ready_max = 15min;  ///< From the IDENTIFY's being asked for to READY of all.
    duration freeze_max = 5s;
    duration survivors_max = 10s;  ///< An older session died: the guilds of the others get so long.
    duration settle_after = 60s, settle_max = 5min;
    std::int64_t run_max = 256;
    int tries_max = 2;                 ///< IDENTIFYs of one newer session.
    std::uint64_t violations_max = 3;  ///< Of A1; then the handoff is given up.
    duration tick = 250ms;
};

/// report::why of one that was to be observed and went to its end.
inline constexpr std::string_view observed = "observed, as was asked";

/// One handoff: which sessions by which. Both sides cover the same keys.
struct settings {
    std::vector<discord::slot> older, newer;
    /// False where an earlier handoff found that answers overtake events: then only events and time
    /// prove anything.
    bool trust_answers = true;
    /// Follow the newer side for so long after its last READY, commit never, and report.
    std::optional<duration> observe_for = {};
    parameters with = {};
};

}  // namespace tinfoil::handoff
