#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace tinfoil::handoff_sim {

/// How a guild behaves: events a second, of which which share is what; and how few payloads there
/// are, since equal ones are what makes it hard.
struct habit {
    std::string_view name;
    double rate = 0;
    double unique = 0, interaction = 0, positional = 0;  ///< The rest is ephemeral.
    int positional_payloads = 1, ephemeral_payloads = 1;
    bool toggles = false;  ///< One reaction, added, removed, added.
};

inline constexpr habit dead{"dead", 0, 0, 0, 0, 1, 1, false};
inline constexpr habit quiet{"quiet", .02, .5, .1, .2, 2, 2, false};
inline constexpr habit normal{"normal", .4, .4, .05, .15, 3, 4, false};
inline constexpr habit chatty{"chatty", 4, .4, .05, .15, 3, 6, false};
inline constexpr habit ephemeral{"ephemeral", 1.5, 0, 0, 0, 1, 2, false};
inline constexpr habit toggle{"toggle", 1, 0, 0, 1, 2, 1, true};
inline constexpr habit mono{"mono", 1, 0, 0, 1, 1, 1, false};
inline constexpr habit talk{"talk", .1, .7, .05, .1, 2, 2, false};  ///< Of a DM.

/// What a scenario may promise.
enum class promise {
    everything,  ///< A1 to A3 hold: whatever can be told apart comes once, in order.
    nothing,     ///< An assumption is broken on purpose: counted, and shown.
    lasting,     ///< Only ephemeral events are tampered with.
};

struct scenario {
    std::string_view name;
    std::vector<habit> guilds;
    promise kept = promise::everything;
    /// Of all handoffs of a run, the share of this one, in parts; 0: only by hand.
    int share = 4;
    int dms = 0;
    double path_stall = .002;                  ///< Of one event.
    std::array<double, 2> stalls{.006, .006};  ///< A second, of a session: older, newer.
    std::array<double, 2> resumes{0, 0};
    std::array<double, 2> lag{0, 0};  ///< Seconds, more or less.
    double newer_lost = 0, newer_dies = 0, older_lost = 0;
    double outage = 0, leave = 0, join = 0, second_snapshot = 0;
    double burst = 0;
    double answers_overtake = 0, skip_ephemeral = 0, swap = 0;
    bool other_intents = false;
    double crash = 0, journal_fails = 0, cancels = 0;
    bool voice = false, commands = false, asks_sounds = false, op31_refused = false;
    bool tolerates_violations = false;
    double emit_for = 130;
    int seconds_median_max = 70;  ///< Of the times from IDENTIFY to the commit.
};

[[nodiscard]] const std::vector<scenario>& scenarios();

}  // namespace tinfoil::handoff_sim
