#include "host/metrics.hpp"

#include "host/exposition.hpp"
#include "host/status_json.hpp"

#include <algorithm>
#include <string_view>

namespace tinfoil::host {
namespace {

constexpr std::string_view others = "(others)";
constexpr double us_per_second = 1e6, ms_per_second = 1e3;

double seconds(std::uint64_t us)
{
    return static_cast<double>(us) / us_per_second;
}

std::uint64_t one_if(bool is)
{
    return is ? 1 : 0;
}

void add_host(exposition& page, const measured& of)
{
    page.gauge("tinfoil_build_info", "The version that runs; its value is always 1.")
        .sample({{"version", of.now.version}}, std::uint64_t{1});
    page.gauge("tinfoil_phase", "1 for the phase that the host is in, 0 for the others.");
    for (const std::string_view each : {"starting", "running", "stopping"})
        page.sample({{"phase", each}}, one_if(of.now.phase == each));
    page.gauge("tinfoil_warnings", "Things that somebody should do something about, now.")
        .sample(of.now.warnings.size());
    page.counter("process_cpu_seconds_total", "Processor time of the host, in seconds.")
        .sample(of.host.cpu_seconds);
    page.gauge("process_resident_memory_bytes", "Memory of the host, in bytes.")
        .sample(of.host.resident_bytes);
    page.gauge("process_start_time_seconds", "When the host began, in seconds since 1970.")
        .sample(of.host.started);
    page.gauge("process_open_fds", "Files and sockets that the host has open.")
        .sample(of.host.open_fds);
    page.gauge("process_max_fds", "How many it may have open.").sample(of.host.max_fds);
}

void add_gateway(exposition& page, const measured& of)
{
    const gateway_status& gateway = of.now.gateway;
    page.gauge("tinfoil_shards", "Shards by the state of their sessions.");
    for (int at = 0; at <= static_cast<int>(gateway::last_state); ++at) {
        const auto state = static_cast<gateway::state>(at);
        const auto found = of.now.shard_counts.find(state);
        page.sample({{"state", word(state)}},
                    std::uint64_t{found == of.now.shard_counts.end() ? 0 : found->second});
    }
    page.gauge("tinfoil_shards_full", "Shards whose plugins have more than they can do.")
        .sample(gateway.full);
    page.gauge("tinfoil_shards_waiting_to_resume", "Shards that wait for the pace of resuming.")
        .sample(gateway.waiting_to_resume);
    std::vector<std::uint64_t> latencies;
    std::uint64_t unfinished = 0;
    for (const shard_status& each : of.now.shards) {
        unfinished += each.unfinished;
        if (each.state == gateway::state::active && each.gauge.latency_us > 0)
            latencies.push_back(each.gauge.latency_us);
    }
    std::sort(latencies.begin(), latencies.end());
    page.gauge("tinfoil_heartbeat_latency_median_seconds",
               "Median over the shards that are ready of the last heartbeat's round trip.");
    if (!latencies.empty())
        page.sample(seconds(latencies[latencies.size() / 2]));
    page.gauge("tinfoil_heartbeat_latency_max_seconds", "The longest of them.");
    if (!latencies.empty())
        page.sample(seconds(latencies.back()));
    page.gauge("tinfoil_events_unfinished", "Events that plugins have not finished.")
        .sample(unfinished);
    page.counter("tinfoil_identifies_total", "IDENTIFYs recorded.").sample(of.now.identifies);
    page.counter("tinfoil_resumes_total", "RESUMEs that succeeded.").sample(of.now.resumes);
    page.counter("tinfoil_events_total", "Events that Discord dispatched, by type.");
    std::uint64_t rest = 0, shown = 0;
    for (const auto& [type, count] : of.events.events)
        if (++shown <= metric_event_types_max)
            page.sample({{"type", type}}, count);
        else
            rest += count;
    if (shown > metric_event_types_max)
        page.sample({{"type", others}}, rest);
    page.counter("tinfoil_events_redelivered_total", "Events that a plugin was given again.")
        .sample(of.now.redelivered);
    page.counter("tinfoil_events_dropped_total", "Events of types in drop_when_full, dropped.")
        .sample(gateway.dropped);
    page.counter("tinfoil_events_given_up_total",
                 "Unfinished events that a cursor did not wait for any longer.")
        .sample(of.events.given_up);
    page.counter("tinfoil_gateway_own_mistakes_total",
                 "Connections that Discord closed for what was sent to it.")
        .sample(gateway.own_mistakes);
    page.counter("tinfoil_gateway_silences_total",
                 "Shards that had fallen silent and were resumed.")
        .sample(gateway.silences);
    page.counter("tinfoil_gateway_suspensions_total",
                 "Connections begun anew since the machine had slept.")
        .sample(gateway.suspensions);
}

void add_starts(exposition& page, const status::starts& starts)
{
    page.gauge("tinfoil_session_starts_limit", "Session starts of a day, as Discord says.");
    if (starts.is_known)
        page.sample(static_cast<double>(starts.total));
    page.gauge("tinfoil_session_starts_remaining", "Those left, the reserve among them.");
    if (starts.is_known)
        page.sample(static_cast<double>(starts.remaining));
    page.gauge("tinfoil_session_starts_reserve", "Those that only an operator may spend.");
    if (starts.is_known)
        page.sample(static_cast<double>(starts.reserve));
    page.gauge("tinfoil_session_starts_reset_seconds", "Until there are all again.");
    if (starts.is_known)
        page.sample(static_cast<double>(starts.reset_after_ms) / ms_per_second);
    page.gauge("tinfoil_session_starts_waiting", "Shards that wait for their turn to IDENTIFY.")
        .sample(starts.waiting);
    page.gauge("tinfoil_session_starts_suspended", "1 when nobody identifies for now.")
        .sample(one_if(!starts.suspended.empty()));
}

void add_collections(exposition& page, const measured& of)
{
    const auto& all = of.now.collections;
    const auto each = [&](const auto& value) {
        for (const collection_status& one : all)
            page.sample({{"collection", std::to_string(one.number)}}, value(one));
    };
    page.gauge("tinfoil_collection_running", "1 for a collection that runs, 0 otherwise.");
    each([](const auto& one) { return one_if(one.state == "running"); });
    page.gauge("tinfoil_collection_shards", "Shards that it serves.");
    each([](const auto& one) { return std::uint64_t{one.shards}; });
    page.gauge("tinfoil_collection_lag_seconds", "How late its loop was, about a second ago.");
    each([](const auto& one) { return seconds(one.lag_us); });
    page.counter("tinfoil_collection_restarts_total", "How often its process was started again.");
    each([](const auto& one) { return one.restarts; });
    const auto measured_of = [&](const auto& value) {
        for (std::size_t at = 0; at < std::min(all.size(), of.collections.size()); ++at)
            if (of.collections[at])
                page.sample({{"collection", std::to_string(all[at].number)}},
                            value(*of.collections[at]));
    };
    page.counter("tinfoil_collection_cpu_seconds_total", "Processor time of its process.");
    measured_of([](const auto& facts) { return facts.cpu_seconds; });
    page.gauge("tinfoil_collection_resident_memory_bytes", "Memory of its process.");
    measured_of([](const auto& facts) { return facts.resident_bytes; });
    // Where collections come up another way it has no sample.
    page.gauge("tinfoil_network_manager_running", "1 while the network manager's process runs.");
    if (of.now.network)
        page.sample({}, one_if(of.now.network->state == "running"));
    page.counter("tinfoil_network_manager_restarts_total",
                 "How often the network manager's process was started again.");
    if (of.now.network)
        page.sample({}, of.now.network->restarts);
}

// Those with a name of their own, and the others in one.
std::vector<plugin_status> plugins_shown(std::vector<plugin_status> all)
{
    if (all.size() <= metric_plugins_max)
        return all;
    plugin_status rest;
    rest.name = others;
    for (std::size_t at = metric_plugins_max; at < all.size(); ++at) {
        const link::plugin_gauge& one = all[at].gauge;
        rest.gauge.events += one.events;
        rest.gauge.errors += one.errors;
        rest.gauge.slow += one.slow;
        rest.gauge.calls += one.calls;
        rest.gauge.busy_us += one.busy_us;
        rest.gauge.p99_us = std::max(rest.gauge.p99_us, one.p99_us);
        rest.gauge.tasks += one.tasks;
        rest.gauge.queued += one.queued;
        rest.gauge.restarts += one.restarts;
        rest.poisons += all[at].poisons;
        if (!all[at].quarantined.empty())
            rest.quarantined = all[at].quarantined;
    }
    all.resize(metric_plugins_max);
    all.push_back(std::move(rest));
    return all;
}

void add_plugins(exposition& page, const measured& of)
{
    const auto all = plugins_shown(of.now.plugin_health);
    const auto each = [&](const auto& value) {
        for (const plugin_status& one : all)
            page.sample({{"plugin", one.name}}, value(one));
    };
    page.gauge("tinfoil_plugins", "Plugins that were looked into, by whether they run.");
    const auto refused = std::count_if(of.now.plugins.begin(), of.now.plugins.end(),
                                       [](const auto& one) { return one.refused.has_value(); });
    page.sample({{"state", "running"}}, of.now.plugins.size() - static_cast<std::size_t>(refused));
    page.sample({{"state", "refused"}}, static_cast<std::uint64_t>(refused));
    page.gauge("tinfoil_plugin_quarantined", "1 for one that is not run for what it did.");
    each([](const auto& one) { return one_if(!one.quarantined.empty()); });
    page.counter("tinfoil_plugin_events_total", "Events that it was given.");
    each([](const auto& one) { return one.gauge.events; });
    page.counter("tinfoil_plugin_errors_total", "Lines of errors by it or about it.");
    each([](const auto& one) { return one.gauge.errors; });
    page.counter("tinfoil_plugin_calls_total", "Calls of its code.");
    each([](const auto& one) { return one.gauge.calls; });
    page.counter("tinfoil_plugin_busy_seconds_total", "How long its code ran.");
    each([](const auto& one) { return seconds(one.gauge.busy_us); });
    page.counter("tinfoil_plugin_slow_calls_total", "Calls that held up the loop.");
    each([](const auto& one) { return one.gauge.slow; });
    page.gauge("tinfoil_plugin_call_p99_seconds", "99 of 100 of its calls were no longer.");
    each([](const auto& one) { return seconds(one.gauge.p99_us); });
    page.gauge("tinfoil_plugin_tasks", "Its tasks that have not ended.");
    each([](const auto& one) { return one.gauge.tasks; });
    page.gauge("tinfoil_plugin_queued_events", "Events that its own process has not finished.");
    each([](const auto& one) { return one.gauge.queued; });
    page.counter("tinfoil_plugin_bad_ends_total", "Processes that it ended.");
    each([](const auto& one) { return one.gauge.restarts; });
    page.gauge("tinfoil_plugin_poisons", "Events that it does not get, since each ended it twice.");
    each([](const auto& one) { return one.poisons; });
    page.gauge("tinfoil_commands_pending", "Commands to be created, edited or deleted yet.")
        .sample(of.now.commands.pending);
    page.gauge("tinfoil_commands_problems", "Commands that Discord or tinfoil refused.")
        .sample(of.now.commands.problems.size());
}

void add_rest(exposition& page, const measured& of)
{
    page.counter("tinfoil_rest_answers_total", "Answers of Discord's API, by HTTP status.");
    for (const auto& [status, count] : of.rest_answers)
        page.sample({{"status", std::to_string(status)}}, count);
    const rest::view now = of.rest.value_or(rest::view{});
    page.gauge("tinfoil_rest_waiting", "Requests that wait for their turn.").sample(now.waiting);
    page.gauge("tinfoil_rest_in_flight", "Requests under way.")
        .sample(static_cast<double>(now.in_flight));
    page.gauge("tinfoil_rest_buckets", "Buckets of Discord's rate limits that are known.")
        .sample(now.buckets_known);
    page.gauge("tinfoil_rest_invalid", "Answers with 401, 403 and 429 within ten minutes.")
        .sample(now.invalid);
    page.gauge("tinfoil_rest_invalid_limit", "At so many of them nothing is sent any more.")
        .sample(now.invalid_max);
    page.gauge("tinfoil_rest_token_rejected", "1 when Discord has refused the bot token.")
        .sample(one_if(now.token_rejected));
    std::uint64_t limited = 0, refused = 0, retried = 0, sent = 0;
    for (const auto& each : now.owners) {
        limited += each.seen.limited;
        refused += each.seen.refused;
        retried += each.seen.retried;
        sent += each.seen.sent;
    }
    page.counter("tinfoil_rest_sent_total", "Requests sent.").sample(sent);
    page.counter("tinfoil_rest_limited_total", "Answers with 429.").sample(limited);
    page.counter("tinfoil_rest_refused_total", "Requests that the limiter refused.")
        .sample(refused);
    page.counter("tinfoil_rest_retried_total", "Requests sent again after a failure.")
        .sample(retried);
}

void add_log(exposition& page, const log_book* log)
{
    page.counter("tinfoil_log_lines_total", "Lines of the log.");
    for (const log_area area : log_areas)
        for (const log_level level : log_levels)
            page.sample({{"area", name(area)}, {"level", name(level)}},
                        log == nullptr ? std::uint64_t{0} : log->written(area, level));
    page.counter("tinfoil_log_repeats_total", "Equal lines that were counted and not written.")
        .sample(log == nullptr ? std::uint64_t{0} : log->counted());
}

}  // namespace

std::string metrics_text(const measured& of)
{
    exposition page;
    add_host(page, of);
    add_gateway(page, of);
    add_starts(page, of.now.starts_left);
    add_collections(page, of);
    add_plugins(page, of);
    add_rest(page, of);
    add_log(page, of.log);
    return page.take();
}

}  // namespace tinfoil::host
