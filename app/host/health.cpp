#include "host/health.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

// Connecting takes a moment, and a RESUME that is answered late is no matter.
constexpr std::int64_t away_ms = 30'000;
constexpr std::uint64_t lag_us = 500'000;
// Once may be the machine's doing; of a hundred calls one is a habit.
constexpr std::uint64_t slow_least = 2, slow_us = 100'000;
// More than so many shards are not named one by one.
constexpr std::size_t named_max = 3;

std::string names(const std::vector<const shard_status*>& all)
{
    std::string made = all.size() == 1 ? "shard " : fmt::format("{} shards, ", all.size());
    for (std::size_t at = 0; at < std::min(all.size(), named_max); ++at)
        made += (at == 0 ? "" : ", ") + to_string(all[at]->slot);
    if (all.size() > named_max)
        made += " and others";
    return made;
}

std::string reason(const shard_status& of)
{
    return of.why.empty() ? "" : ": " + of.why;
}

void judge_shards(status& of)
{
    std::vector<const shard_status*> stopped, away, paused;
    for (const shard_status& each : of.shards) {
        if (each.state == gateway::state::stopped)
            stopped.push_back(&each);
        else if (each.state != gateway::state::active && each.in_state_ms > away_ms &&
                 each.state != gateway::state::queue_identify)
            away.push_back(&each);
        if (each.gauge.paused)
            paused.push_back(&each);
    }
    if (!stopped.empty())
        of.warnings.push_back(
            fmt::format("stopped for good: {}{}; mend that, then start the host anew",
                        names(stopped), reason(*stopped.front())));
    if (!away.empty())
        of.warnings.push_back(fmt::format("not connected for a while: {}{}; tinfoil shards wake "
                                          "cuts a wait short",
                                          names(away), reason(*away.front())));
    if (!paused.empty())
        of.warnings.push_back(fmt::format("not read, since plugins are slower than Discord: {}; "
                                          "tinfoil top shows which plugin is busy",
                                          names(paused)));
}

void judge_starts(status& of)
{
    const status::starts& left = of.starts_left;
    if (!left.suspended.empty())
        of.warnings.push_back("nobody identifies: " + left.suspended);
    else if (left.is_known && left.waiting != 0 && left.remaining <= left.reserve)
        of.warnings.push_back(fmt::format(
            "waiting for a session start: {}, and {} left{}",
            left.waiting == 1 ? "1 shard" : fmt::format("{} shards", left.waiting), left.remaining,
            left.remaining == 0 ? "; tinfoil budget shows when there are all again"
                                : ", which is the reserve; tinfoil budget release lets them go"));
}

void judge_collections(status& of)
{
    for (const collection_status& each : of.collections) {
        if (each.state == "waiting")
            of.warnings.push_back(fmt::format("collection {} keeps ending (restarts: {}); the "
                                              "account of tinfoil run says of what",
                                              each.number, each.restarts));
        if (each.lag_us > lag_us)
            of.warnings.push_back(fmt::format(
                "the loop of collection {} is {} ms late; tinfoil top shows which plugin is busy, "
                "and more collections share the work",
                each.number, each.lag_us / 1000));
    }
}

void judge_network(status& of)
{
    if (of.network && of.network->away_ms > away_ms)
        of.warnings.push_back(fmt::format(
            "the network manager {} has not run for {} s{}; collections go on meanwhile, and none "
            "can begin until it is back: tinfoil logs has what it said",
            of.network->name, of.network->away_ms / 1000,
            of.network->why.empty() ? "" : ": " + of.network->why));
}

void judge_plugins(status& of)
{
    for (const link::plugin_outcome& each : of.plugins)
        if (each.refused)
            of.warnings.push_back(
                fmt::format("{} is left out: {}; tinfoil plugins inspect FILE says more",
                            each.name.empty() ? each.file : each.name, each.refused->detail));
    for (const plugin_status& each : of.plugin_health)
        if (each.gauge.slow >= slow_least && each.gauge.p99_us >= slow_us &&
            each.gauge.placement == 0)
            of.warnings.push_back(fmt::format(
                "plugin {} holds up its loop (slow calls: {}, the longest {} ms); what takes long "
                "belongs into co_await offload(), or give it a process of its own: "
                "[plugin_placement] {} = \"process\"",
                each.name, each.gauge.slow, each.gauge.max_us / 1000, each.name));
    if (!of.commands.problems.empty())
        of.warnings.push_back(
            fmt::format("commands that Discord does not have as declared: {}; tinfoil status says "
                        "which and why",
                        of.commands.problems.size()));
}

}  // namespace

void judge_health(status& of)
{
    of.health = of.phase;
    if (of.phase != "running")
        return;
    judge_shards(of);
    judge_starts(of);
    judge_collections(of);
    judge_network(of);
    judge_plugins(of);
    const bool any_up = std::any_of(of.shards.begin(), of.shards.end(), [](const auto& each) {
        return each.state == gateway::state::active;
    });
    of.health = !any_up && !of.shards.empty() ? "down" : of.warnings.empty() ? "ok" : "degraded";
}

}  // namespace tinfoil::host
