#pragma once

#include "discord/slot.hpp"
#include "gateway/session.hpp"
#include "host/registry_view.hpp"
#include "host/scaling_status.hpp"
#include "link/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

/// A shard, as an operator wants to see it.
struct shard_status {
    discord::slot slot;
    std::uint32_t generation = 0;
    std::uint32_t collection = 0;  ///< Its number.
    gateway::state state = gateway::state::idle;
    std::int64_t in_state_ms = 0;
    std::string why;  ///< Of the last change of state; may be empty.
    bool has_session = false;
    std::int64_t sequence = 0;       ///< Received, as of the last pulse.
    std::uint64_t unfinished = 0;    ///< Events, as of the last pulse.
    std::uint64_t events_milli = 0;  ///< A second, by a thousand; see event_rates.
    link::shard_gauge gauge;         ///< With ages as of this status.
    link::shard_facts facts;
    std::optional<std::int64_t> session_age_ms;  ///< Since its READY; nothing: of an earlier run.
    std::optional<scaling::micro> load;          ///< Of a loop; nothing: not known yet.
    discord::snowflake heaviest_guild;           ///< Zero: none is known.
    scaling::micro heaviest = 0;                 ///< What that guild takes.
    std::optional<std::uint64_t> lag_us;  ///< Of its collection's loop, as of the last pulse.
};

struct collection_status {
    std::uint32_t number = 0;
    std::string
        state;  ///< `starting`, `running`, `waiting` (to be restarted), `stopping`, `ended`.
    std::int64_t pid = 0;        ///< 0 while there is no process of its own.
    std::uint64_t epoch = 0;     ///< Counts its processes.
    std::uint64_t restarts = 0;  ///< Of this run.
    std::uint64_t lag_us = 0;    ///< How late its loop was, as of the last pulse.
    std::uint64_t unfinished = 0;
    std::size_t shards = 0;
    std::optional<scaling::micro> busy = {};  ///< Of its loop; nothing: not known yet.
};

/// Of all shards together; counts are of this run.
struct gateway_status {
    std::uint64_t waiting_to_resume = 0;
    std::uint64_t all_up_in_ms = 0;  ///< About so long until the last of them has begun to.
    std::uint64_t full = 0;          ///< Shards whose plugins have more than they can do.
    std::uint64_t dropped = 0;       ///< Events of types in `drop_when_full`.
    std::uint64_t own_mistakes = 0;  ///< Connections that Discord closed for what we sent.
    std::uint64_t silences = 0;      ///< Found by the watchdog, each followed by a RESUME.
    std::uint64_t suspensions = 0;   ///< Connections begun anew since the machine had slept.
};

/// A plugin over all collections; counts are of this run.
struct plugin_status {
    std::string name, version;
    std::string build;        ///< Tells builds of one plugin apart.
    std::string refused;      ///< Why its own process does not run it; empty: it does, or has none.
    std::string quarantined;  ///< Why that build is not run; empty: it is.
    std::string last_crash;   ///< Empty: none that is remembered.
    std::uint64_t crashes = 0;  ///< Lately: see plugin_care::crashes_window.
    std::uint64_t poisons = 0;  ///< Events that it did not get, since they ended it.
    /// Sums over collections, and of the two lengths the longest; a placement of 1 if any has it
    /// in a process of its own.
    link::plugin_gauge gauge;
};

/// The process of a network manager that is a plugin.
struct network_status {
    std::string name, version;
    std::string state;  ///< `starting`, `running`, `ending`, `waiting` (to be begun again), `over`.
    std::int64_t away_ms = 0;    ///< Since it ran last; 0 while it does.
    std::int64_t pid = 0;        ///< 0 while there is none.
    std::uint64_t restarts = 0;  ///< Of this run.
    std::string why;             ///< It ended last; empty: it has not.
};

/// All that `tinfoil status` shows; a copy, taken on the host's loop.
struct status {
    std::string version;
    std::int64_t pid = 0;
    std::string node;
    std::string phase;   ///< `starting`, `running`, `stopping`.
    std::string health;  ///< See judge_health().
    std::int64_t uptime_ms = 0;
    std::string application_id, application_name;
    std::string api;
    bool sandbox = false;
    std::uint64_t identifies = 0, resumes = 0, events = 0, redelivered = 0;  ///< Of this run.
    gateway_status gateway;
    registry_view commands;
    std::vector<link::plugin_outcome> plugins;
    std::vector<plugin_status> plugin_health;
    std::vector<std::string> warnings;  ///< What somebody should do something about, now.
    std::vector<collection_status> collections;
    std::vector<shard_status> shards;
    /// Session starts, as `tinfoil budget` has them.
    struct starts {
        bool is_known = false;
        int total = 0, remaining = 0, reserve = 0;
        std::int64_t reset_after_ms = 0;
        std::size_t waiting = 0;  ///< Shards that want one.
        std::string suspended;    ///< Why nobody identifies; may be empty.
    };
    starts starts_left;
    std::optional<network_status> network;  ///< Nothing where collections come up another way.
    std::optional<scaling_status> scaler;   ///< Nothing while there are no collections.
    /// What is known of the shards where `shards` is not filled in: how many are in which state.
    std::map<gateway::state, std::size_t> shard_counts;
};

/// How many shards are in which state.
[[nodiscard]] inline std::map<gateway::state, std::size_t>
count_by_state(const std::vector<shard_status>& shards)
{
    std::map<gateway::state, std::size_t> counts;
    for (const shard_status& each : shards)
        ++counts[each.state];
    return counts;
}

}  // namespace tinfoil::host
