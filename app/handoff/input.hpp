#pragma once

#include "base/time.hpp"
#include "handoff/counters.hpp"
#include "handoff/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::handoff {

enum class side : std::uint8_t { older, newer };

/// A session that takes part, by its place in settings::older or ::newer.
struct session {
    side of = side::older;
    std::uint32_t index = 0;

    auto operator<=>(const session&) const = default;
};

/// Where one lane of one stream goes on after the commit: events of the newer session below `from`
/// are done, and of what comes then `skip` more are.
struct lane_record {
    std::int64_t from = 0, skip = 0;
};
struct stream_record {
    stream_id stream;
    std::array<lane_record, 2> lanes;
    std::int64_t snapshot = 0;                ///< A GUILD_CREATE that has to be delivered; 0: none.
    std::vector<std::uint64_t> interactions;  ///< Keys of those that the older side delivered.
    std::vector<std::uint64_t> uniques;       ///< The same of unique events, where there is a gap.
    bool is_gap = false;                      ///< Plugins have to be told.
    bool is_guessed = false;                  ///< For people.
};
/// All that is needed to go on from the newer side when the process dies after the commit.
struct commit_record {
    struct newer_session {
        std::int64_t resume_after =
            0;                  ///< Everything behind this sequence number has to come again.
        std::int64_t seen = 0;  ///< What belongs to no lane is done up to here.
    };
    std::vector<newer_session> newer;
    std::vector<stream_record> streams;
};

/// How it ended.
struct report {
    bool committed = false, exact = false;
    std::string why;  ///< A sentence, where it was given up.
    counters count;
    std::array<std::uint64_t, proofs> lasting{}, ephemeral{};  ///< Streams by how they were proven.
    std::uint64_t absent = 0;                                  ///< Streams without the guild.
    duration took{};  ///< From the first IDENTIFY's being asked for.
    /// At most listed_max of each. `guessed`: forced, or decided by time, in one lane at least.
    std::vector<stream_id> guessed, gaps, held_up_by;
    static constexpr std::size_t listed_max = 100;
};

// clang-format off
struct known_guild { discord::snowflake id; bool is_there = true; discord::snowflake voice = {}; };  ///< `voice`: the channel that the bot is in.

// What a handoff can be told.
struct begin { std::vector<known_guild> guilds; std::uint64_t wall_ms = 0; bool are_all = true; };  ///< First: what the older side has, and the time of day in ms since 1970, for the age of messages. Not all: any guild that nobody named may be there.
struct arrived { session from; std::int64_t sequence = 0; event what; };       ///< In the order of each session. Of the newer side also what a RESUME replays, each once.
struct ready { std::uint32_t newer = 0; };
struct interrupted { session which; };         ///< Its connection ended; a RESUME is on its way.
struct resumed { session which; };
struct lost { session which; std::string why; bool is_final = false; };  ///< Discord forgot the session; final: no IDENTIFY can help.
struct acknowledged { session which; };        ///< A heartbeat.
struct asked_elsewhere { session which; discord::snowflake guild; };  ///< Somebody else sent op 31 about that guild; its answer has no nonce.
struct commands { std::size_t in_flight = 0; };                       ///< Of plugins, on the older side.
struct frozen {};                              ///< Nothing of the older side is read any more, and all that was read has been told.
struct journalled { bool ok = true; std::string why; };  ///< The record is on the disk, or surely never will be.
struct closed {};                              ///< The connections of the older side are gone.
struct cancel { std::string why; };            ///< By an operator; of no effect once the record is under way.
struct elapsed {};                             ///< deadline() has come; early or twice is harmless.
using input = std::variant<begin, arrived, ready, interrupted, resumed, lost, acknowledged, asked_elsewhere, commands,
                           frozen, journalled, closed, cancel, elapsed>;

// What it can ask for. None of them answers: whatever comes of it is a later input.
struct open { std::uint32_t newer = 0; };      ///< Get a turn and IDENTIFY; `ready` or `lost` follows.
struct deliver { session from; std::int64_t sequence = 0; };                 ///< To plugins, now. What of the newer side is held is held no longer.
struct hold { std::uint32_t newer = 0; std::int64_t sequence = 0; };         ///< Keep the payload that has just come.
struct discard { std::uint32_t newer = 0; std::int64_t sequence = 0; };      ///< It is held no longer.
struct forget { std::uint32_t newer = 0; };    ///< All that is held of that session.
struct ask_sounds { session over; std::vector<discord::snowflake> guilds; };  ///< Op 31, at the lowest priority, once.
struct ask_members { session over; discord::snowflake guild; std::uint64_t nonce = 0; };  ///< Op 8 for the bot's own member, limit 1, nonce `handoff-N`, once.
struct beat { session over; };                 ///< A heartbeat now.
struct freeze {};                              ///< Read nothing more of the older side; `frozen` follows.
struct thaw {};                                ///< Read it again.
struct journal { commit_record what; };        ///< `journalled` follows, surely.
struct close_older {};                         ///< With 1000: these sessions are over. `closed` follows.
struct close_newer { std::uint32_t newer = 0; };  ///< With 1000.
struct repeat_commands {};                     ///< What plugins wait for on the older side is asked again on the newer.
struct rejoin_voice { std::uint32_t newer = 0; discord::snowflake guild, channel; };  ///< Op 4 there, as the plugin last wished it.
struct tell_gap { stream_id stream; };         ///< Plugins: events of it may be missing or come twice; its GUILD_CREATE follows if there is one.
struct finished { report how; };               ///< Committed or given up; after a commit `settled` follows.
struct settled {};                             ///< The record can go. Last.
using action = std::variant<open, deliver, hold, discard, forget, ask_sounds, ask_members, beat, freeze, thaw, journal,
                            close_older, close_newer, repeat_commands, rejoin_voice, tell_gap, finished, settled>;
// clang-format on

}  // namespace tinfoil::handoff
