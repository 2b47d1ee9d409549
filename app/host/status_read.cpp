#include "host/decision_json.hpp"
#include "host/member_reader.hpp"
#include "host/status_json.hpp"

namespace tinfoil::host {
namespace {

namespace json = boost::json;

error malformed(const std::string& what)
{
    return {errc::malformed, "the host's answer is not understood: " + what +
                                 "; use the tinfoil that the host was started with"};
}

void read_state(const member_reader& member, gateway::state& into)
{
    std::string text;
    member("state", text);
    if (text.empty())
        return;
    if (const auto state = parse_word(text))
        into = *state;
    else
        member.blame("state");
}

collection_status read_collection(const member_reader& member)
{
    collection_status made;
    member("number", made.number);
    member("state", made.state);
    member("pid", made.pid);
    member("epoch", made.epoch);
    member("restarts", made.restarts);
    member("lag_us", made.lag_us);
    member("unfinished", made.unfinished);
    member("shards", made.shards);
    if (member.find("busy_micro") != nullptr)
        member("busy_micro", made.busy.emplace());
    return made;
}

network_status read_network(const member_reader& member)
{
    network_status made;
    member("name", made.name);
    member("version", made.version);
    member("state", made.state);
    member("away_ms", made.away_ms);
    member("pid", made.pid);
    member("restarts", made.restarts);
    member("why", made.why);
    return made;
}

plugin_status read_health(const member_reader& member)
{
    plugin_status made;
    link::plugin_gauge& of = made.gauge;
    std::string placement;
    member("name", made.name);
    member("version", made.version);
    member("build", made.build);
    member("placement", placement);
    of.placement = placement == "process" ? 1 : 0;
    member("quarantined", made.quarantined);
    member("refused", made.refused);
    member("last_crash", made.last_crash);
    member("crashes", made.crashes);
    member("poisons", made.poisons);
    member("events", of.events);
    member("errors", of.errors);
    member("slow", of.slow);
    member("calls", of.calls);
    member("busy_us", of.busy_us);
    member("p99_us", of.p99_us);
    member("max_us", of.max_us);
    member("tasks", of.tasks);
    member("queued", of.queued);
    member("restarts", of.restarts);
    return made;
}

link::plugin_outcome read_plugin(const member_reader& member)
{
    link::plugin_outcome made;
    member("file", made.file);
    member("name", made.name);
    member("version", made.version);
    std::string why, state;
    member("error", why);
    member("state", state);
    if (state == "refused")
        made.refused = error{errc::plugin_refused, why};
    return made;
}

registry_view read_commands(const member_reader& member, std::string& wrong)
{
    registry_view made;
    member("development", made.development);
    member("registered", made.registered);
    member("pending", made.pending);
    read_array(member.find("problems"), wrong, [&](const member_reader& of) {
        registry_view::problem one;
        std::string guild;
        of("plugin", one.plugin);
        of("command", one.command);
        of("guild", guild);
        of("message", one.text);
        one.guild = discord::parse_snowflake(guild).value_or(discord::snowflake{});
        made.problems.push_back(std::move(one));
    });
    return made;
}

shard_status read_shard(const member_reader& member)
{
    shard_status made;
    std::string slot;
    member("slot", slot);
    if (const auto parsed = discord::parse_slot(slot))
        made.slot = *parsed;
    else
        member.blame("slot");
    read_state(member, made.state);
    member("in_state_ms", made.in_state_ms);
    member("why", made.why);
    member("collection", made.collection);
    member("generation", made.generation);
    member("has_session", made.has_session);
    member("sequence", made.sequence);
    member("unfinished", made.unfinished);
    made.facts.slot = made.slot;
    member("guilds", made.facts.guilds);
    member("guilds_counted", made.facts.counted);
    member("voice_channels", made.facts.voice_channels);
    member("events_per_1000_s", made.events_milli);
    link::shard_gauge& gauge = made.gauge;
    gauge.slot = made.slot;
    member("latency_us", gauge.latency_us);
    member("latency_age_ms", gauge.latency_age_ms);
    member("event_age_ms", gauge.event_age_ms);
    member("events_per_1000_min", gauge.lately_milli);
    member("usual_events_per_1000_min", gauge.usual_milli);
    member("rate_age_ms", gauge.rate_age_ms);
    member("paused", gauge.paused);
    const auto fact = [&](std::string_view which, auto& into) {
        if (member.find(which) != nullptr)
            member(which, into.emplace());
    };
    fact("session_age_ms", made.session_age_ms);
    fact("lag_us", made.lag_us);
    fact("load_micro", made.load);
    std::string guild;
    if (member.find("heaviest_guild") != nullptr)
        member("heaviest_guild", guild);
    made.heaviest_guild = discord::parse_snowflake(guild).value_or(discord::snowflake{});
    member("heaviest_micro", made.heaviest);
    return made;
}

std::optional<scaling_status> read_scaler(const json::value& from, std::string& wrong)
{
    try {
        return scaler_from(from);
    } catch (const std::exception&) {
        wrong = "scaler is not understood";
        return std::nullopt;
    }
}

void read_counts(const json::value* from, std::string& wrong, status& into)
{
    if (from == nullptr)
        return;
    const member_reader shards(*from, wrong);
    const json::value* by_state = shards.find("by_state");
    if (by_state == nullptr || !by_state->is_object())
        return;
    const member_reader member(*by_state, wrong);
    for (const auto& each : by_state->get_object())
        if (const auto state = parse_word(each.key()))
            member(each.key(), into.shard_counts[*state]);
        else
            member.blame("by_state");
}

result<json::value> parse(std::string_view text)
{
    boost::system::error_code failed;
    json::value made = json::parse(text, failed);
    if (failed)
        return malformed("it is no JSON");
    return made;
}

}  // namespace

result<status> parse_status(std::string_view text)
{
    const auto parsed = parse(text);
    if (!parsed)
        return parsed.error();
    std::string wrong;
    const member_reader member(*parsed, wrong);
    status made;
    member("version", made.version);
    member("pid", made.pid);
    member("node", made.node);
    member("phase", made.phase);
    member("health", made.health);
    member("uptime_ms", made.uptime_ms);
    member("api", made.api);
    member("sandbox", made.sandbox);
    if (const auto* bot = member.find("bot")) {
        const member_reader of(*bot, wrong);
        of("id", made.application_id);
        of("name", made.application_name);
    }
    if (const auto* run = member.find("this_run")) {
        const member_reader of(*run, wrong);
        of("identifies", made.identifies);
        of("resumes", made.resumes);
        of("events", made.events);
        of("redelivered", made.redelivered);
    }
    if (const auto* commands = member.find("commands"))
        made.commands = read_commands(member_reader(*commands, wrong), wrong);
    if (const auto* starts = member.find("session_starts")) {
        const member_reader of(*starts, wrong);
        made.starts_left.is_known = of.find("total") != nullptr;
        of("total", made.starts_left.total);
        of("remaining", made.starts_left.remaining);
        of("reserve", made.starts_left.reserve);
        of("reset_after_ms", made.starts_left.reset_after_ms);
        of("waiting", made.starts_left.waiting);
        of("suspended", made.starts_left.suspended);
    }
    read_counts(member.find("shards"), wrong, made);
    if (const auto* all = member.find("gateway")) {
        const member_reader of(*all, wrong);
        of("waiting_to_resume", made.gateway.waiting_to_resume);
        of("all_up_in_ms", made.gateway.all_up_in_ms);
        of("full", made.gateway.full);
        of("dropped", made.gateway.dropped);
        of("own_mistakes", made.gateway.own_mistakes);
        of("silences", made.gateway.silences);
        of("suspensions", made.gateway.suspensions);
    }
    read_array(member.find("plugins"), wrong,
               [&](const member_reader& each) { made.plugins.push_back(read_plugin(each)); });
    read_array(member.find("plugin_health"), wrong,
               [&](const member_reader& each) { made.plugin_health.push_back(read_health(each)); });
    if (const auto* all = member.find("warnings"); all != nullptr && all->is_array())
        for (const json::value& each : all->get_array())
            made.warnings.push_back(each.is_string() ? std::string(each.get_string().c_str()) : "");
    read_array(member.find("collections"), wrong, [&](const member_reader& each) {
        made.collections.push_back(read_collection(each));
    });
    if (const auto* network = member.find("network_manager"))
        made.network = read_network(member_reader(*network, wrong));
    if (const auto* scaler = member.find("scaler"))
        made.scaler = read_scaler(*scaler, wrong);
    if (!wrong.empty())
        return malformed(wrong);
    return made;
}

result<std::vector<shard_status>> parse_shards_list(std::string_view text)
{
    const auto parsed = parse(text);
    if (!parsed)
        return parsed.error();
    std::string wrong;
    const member_reader member(*parsed, wrong);
    std::vector<shard_status> made;
    read_array(member.find("shards"), wrong,
               [&](const member_reader& each) { made.push_back(read_shard(each)); });
    if (!wrong.empty())
        return malformed(wrong);
    return made;
}

}  // namespace tinfoil::host
