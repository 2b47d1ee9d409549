#include "host/status_json.hpp"

#include "host/decision_json.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

// The length of the character of UTF-8 at the beginning, 0 when there is none.
std::size_t character_length(std::string_view text)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (byte(0) < 0x80)
        return 1;
    const std::size_t length = byte(0) >= 0xF0 && byte(0) <= 0xF4 ? 4
                               : byte(0) >= 0xE0                  ? 3
                               : byte(0) >= 0xC2                  ? 2
                                                                  : 0;
    if (length == 0 || byte(0) > 0xF4 || text.size() < length)
        return 0;
    for (std::size_t at = 1; at < length; ++at)
        if ((byte(at) & 0xC0U) != 0x80)
            return 0;
    const bool too_long =
        (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xF0 && byte(1) < 0x90);
    const bool surrogate = byte(0) == 0xED && byte(1) >= 0xA0;
    const bool too_large = byte(0) == 0xF4 && byte(1) >= 0x90;
    return too_long || surrogate || too_large ? 0 : length;
}

json::value known(std::uint64_t what, std::uint64_t age)
{
    return age == link::shard_gauge::no_age ? json::value() : json::value(what);
}

void add_gauge(json::object& to, const link::shard_gauge& what)
{
    to["latency_us"] = known(what.latency_us, what.latency_age_ms);
    to["latency_age_ms"] = known(what.latency_age_ms, what.latency_age_ms);
    to["event_age_ms"] = known(what.event_age_ms, what.event_age_ms);
    to["events_per_1000_min"] = known(what.lately_milli, what.rate_age_ms);
    to["usual_events_per_1000_min"] = known(what.usual_milli, what.rate_age_ms);
    to["rate_age_ms"] = known(what.rate_age_ms, what.rate_age_ms);
    to["paused"] = what.paused;
}

template <class Number>
json::value or_null(const std::optional<Number>& of)
{
    return of ? json::value(*of) : json::value();
}

void add_facts(json::object& to, const shard_status& what)
{
    to["guilds"] = what.facts.guilds;
    to["guilds_counted"] = what.facts.counted;
    to["voice_channels"] = what.facts.voice_channels;
    to["session_age_ms"] = or_null(what.session_age_ms);
    to["lag_us"] = or_null(what.lag_us);
    to["load_micro"] = or_null(what.load);
    to["heaviest_guild"] =
        what.heaviest_guild ? json::value(to_string(what.heaviest_guild)) : json::value();
    to["heaviest_micro"] = what.heaviest;
}

json::object gateway_object(const gateway_status& what)
{
    return {{"waiting_to_resume", what.waiting_to_resume},
            {"all_up_in_ms", what.all_up_in_ms},
            {"full", what.full},
            {"dropped", what.dropped},
            {"own_mistakes", what.own_mistakes},
            {"silences", what.silences},
            {"suspensions", what.suspensions}};
}

json::object commands_object(const registry_view& what)
{
    json::array problems;
    for (const auto& each : what.problems)
        problems.push_back(
            {{"plugin", each.plugin.empty() ? json::value() : json::value(valid(each.plugin))},
             {"command", each.command.empty() ? json::value() : json::value(valid(each.command))},
             {"guild", each.guild ? json::value(to_string(each.guild)) : json::value()},
             {"message", valid(each.text)}});
    return {{"development", what.development},
            {"registered", what.registered},
            {"pending", what.pending},
            {"problems", std::move(problems)}};
}

json::object shard_object(const shard_status& what)
{
    json::object made{{"slot", to_string(what.slot)},    {"state", word(what.state)},
                      {"in_state_ms", what.in_state_ms}, {"why", valid(what.why)},
                      {"collection", what.collection},   {"generation", what.generation},
                      {"has_session", what.has_session}, {"sequence", what.sequence},
                      {"unfinished", what.unfinished},   {"events_per_1000_s", what.events_milli}};
    add_gauge(made, what.gauge);
    add_facts(made, what);
    return made;
}

json::object collection_object(const collection_status& what)
{
    return {{"number", what.number},
            {"state", what.state},
            {"pid", what.pid == 0 ? json::value() : json::value(what.pid)},
            {"epoch", what.epoch},
            {"restarts", what.restarts},
            {"lag_us", what.lag_us},
            {"unfinished", what.unfinished},
            {"shards", what.shards},
            {"busy_micro", or_null(what.busy)}};
}

json::array collections_array(const std::vector<collection_status>& all)
{
    json::array made;
    for (const collection_status& each : all)
        made.push_back(collection_object(each));
    return made;
}

json::array plugins_array(const std::vector<link::plugin_outcome>& all)
{
    json::array made;
    for (const link::plugin_outcome& each : all)
        made.push_back(
            {{"file", valid(each.file)},
             {"name", valid(each.name)},
             {"version", valid(each.version)},
             {"state", each.refused ? "refused" : "running"},
             {"error", each.refused ? json::value(valid(each.refused->detail)) : json::value()}});
    return made;
}

json::value text_or_null(const std::string& text)
{
    return text.empty() ? json::value() : json::value(valid(text));
}

json::object health_object(const plugin_status& what)
{
    const link::plugin_gauge& of = what.gauge;
    return {{"name", valid(what.name)},
            {"version", valid(what.version)},
            {"build", valid(what.build)},
            {"placement", of.placement == 0 ? "inline" : "process"},
            {"quarantined", text_or_null(what.quarantined)},
            {"refused", text_or_null(what.refused)},
            {"last_crash", text_or_null(what.last_crash)},
            {"crashes", what.crashes},
            {"poisons", what.poisons},
            {"events", of.events},
            {"errors", of.errors},
            {"slow", of.slow},
            {"calls", of.calls},
            {"busy_us", of.busy_us},
            {"p99_us", of.p99_us},
            {"max_us", of.max_us},
            {"tasks", of.tasks},
            {"queued", of.queued},
            {"restarts", of.restarts}};
}

json::value network_value(const std::optional<network_status>& of)
{
    if (!of)
        return nullptr;
    return {{"name", valid(of->name)},
            {"version", valid(of->version)},
            {"state", of->state},
            {"away_ms", of->away_ms},
            {"pid", of->pid == 0 ? json::value() : json::value(of->pid)},
            {"restarts", of->restarts},
            {"why", text_or_null(of->why)}};
}

json::object starts_value(const status::starts& of)
{
    const auto known = [&](std::int64_t value) {
        return of.is_known ? json::value(value) : json::value();
    };
    return {{"total", known(of.total)},
            {"remaining", known(of.remaining)},
            {"reserve", known(of.reserve)},
            {"reset_after_ms", known(of.reset_after_ms)},
            {"waiting", of.waiting},
            {"suspended", of.suspended.empty() ? json::value() : json::value(valid(of.suspended))}};
}

json::object summary(const status& what)
{
    json::object by_state;
    std::size_t total = 0;
    for (const auto& [state, count] :
         what.shards.empty() ? what.shard_counts : count_by_state(what.shards)) {
        by_state[word(state)] = count;
        total += count;
    }
    return {{"api_version", api_version},
            {"version", what.version},
            {"pid", what.pid},
            {"node", what.node},
            {"phase", what.phase},
            {"health", what.health},
            {"uptime_ms", what.uptime_ms},
            {"bot", {{"id", what.application_id}, {"name", valid(what.application_name)}}},
            {"api", valid(what.api)},
            {"sandbox", what.sandbox},
            {"this_run",
             {{"identifies", what.identifies},
              {"resumes", what.resumes},
              {"events", what.events},
              {"redelivered", what.redelivered}}},
            {"shards", {{"total", total}, {"by_state", std::move(by_state)}}},
            {"gateway", gateway_object(what.gateway)},
            {"session_starts", starts_value(what.starts_left)},
            {"commands", commands_object(what.commands)}};
}

}  // namespace

std::string_view word(gateway::state which)
{
    switch (which) {
    case gateway::state::idle:
        return "idle";
    case gateway::state::backoff:
        return "waiting";
    case gateway::state::dialing:
        return "connecting";
    case gateway::state::await_hello:
        return "awaiting_hello";
    case gateway::state::queue_identify:
        return "queued";
    case gateway::state::await_ready:
        return "identifying";
    case gateway::state::await_resumed:
        return "resuming";
    case gateway::state::active:
        return "ready";
    case gateway::state::closing:
        return "closing";
    case gateway::state::stopped:
        return "stopped";
    case gateway::state::queue_resume:
        return "queued_resume";
    case gateway::state::held:
        return "held";
    }
    return "unknown";
}

std::optional<gateway::state> parse_word(std::string_view text)
{
    for (int at = 0; at <= static_cast<int>(gateway::last_state); ++at)
        if (const auto state = static_cast<gateway::state>(at); word(state) == text)
            return state;
    return std::nullopt;
}

std::string status_json(const status& what)
{
    json::object made = summary(what);
    made["plugins"] = plugins_array(what.plugins);
    json::array health, warnings;
    for (const plugin_status& each : what.plugin_health)
        health.push_back(health_object(each));
    for (const std::string& each : what.warnings)
        warnings.push_back(json::value(valid(each)));
    made["plugin_health"] = std::move(health);
    made["warnings"] = std::move(warnings);
    made["collections"] = collections_array(what.collections);
    made["network_manager"] = network_value(what.network);
    made["scaler"] = what.scaler ? json::value(scaler_object(*what.scaler)) : json::value();
    return json::serialize(made);
}

std::string summary_json(const status& what)
{
    return json::serialize(summary(what));
}

std::string shard_json(const shard_status& what)
{
    return json::serialize(shard_object(what));
}

std::string collection_json(const collection_status& what)
{
    return json::serialize(collection_object(what));
}

std::string collections_json(const std::vector<collection_status>& all)
{
    return json::serialize(
        json::object{{"api_version", api_version}, {"collections", collections_array(all)}});
}

std::string shards_json(const std::vector<shard_status>& all, shards_source from)
{
    json::array made;
    for (const shard_status& each : all) {
        json::object one = shard_object(each);
        if (from == shards_source::state_file) {
            for (const char* name : {"state", "in_state_ms", "collection"})
                one[name] = nullptr;
            json::object measured;
            add_gauge(measured, each.gauge);
            add_facts(measured, each);
            for (const auto& member : measured)
                one.erase(member.key());
            one.erase("events_per_1000_s");
        }
        made.push_back(std::move(one));
    }
    return json::serialize(
        json::object{{"api_version", api_version},
                     {"source", from == shards_source::host ? "host" : "state_file"},
                     {"shards", std::move(made)}});
}

std::string valid(std::string_view text)
{
    std::string made;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0)
            made += "\uFFFD";
        else
            made += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return made;
}

}  // namespace tinfoil::host
