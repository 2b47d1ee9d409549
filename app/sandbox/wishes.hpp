#pragma once

#include "base/error.hpp"
#include "discordsim/simulator.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tinfoil::sandbox {

/// What flags or a scenario say of a simulated Discord; all else is as usual.
struct wishes {
    std::optional<int> guilds, people, shards, max_concurrency, session_starts, shard_multiple,
        guilds_per_shard, replay_events;
    std::optional<std::string> rate;                                 ///< `2000/s`
    std::optional<std::string> session_timeout, heartbeat_interval;  ///< `3m`
    std::optional<std::string> privileged;                           ///< `members,content`, `none`
    std::optional<double> zipf;
    bool mix = false, day_curve = false, bursts = false;
};

/// One that is a whole number above 0.
struct count_wish {
    std::string_view key;  ///< As scenarios write it; flags have dashes.
    std::optional<int> wishes::*to;
    int most;
    std::string_view means;  ///< For people, with what is usual.
};
[[nodiscard]] std::span<const count_wish> count_wishes();

/// Each of `first`, and of `second` where `first` says nothing.
[[nodiscard]] wishes joined(const wishes& first, const wishes& second);

// The error of each is an errc::invalid_argument that begins with the text and says what is
// possible.
/// `2000/s`; the unit may be left out.
[[nodiscard]] result<double> parse_rate(std::string_view text);
[[nodiscard]] result<duration> parse_session_timeout(std::string_view text);
[[nodiscard]] result<duration> parse_heartbeat_interval(std::string_view text);
/// The flags of an application that was granted these intents.
[[nodiscard]] result<std::uint64_t> parse_privileged(std::string_view text);
[[nodiscard]] result<double> check_zipf(double exponent);

/// Puts them into the settings. An errc::invalid_argument begins with the flag.
[[nodiscard]] result<void> apply(const wishes& all, discordsim::settings& to);

}  // namespace tinfoil::sandbox
