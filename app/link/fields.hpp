#pragma once

#include "link/message.hpp"

#include <chrono>
#include <cstddef>
#include <type_traits>

/// The members of each message in the order in which they are written, once for both directions:
/// `io` writes them or reads them. A member is only ever added at the end of a message: what
/// stands inside another struct can't grow, since a reader would not know where it ends.
namespace tinfoil::link {

/// A writer changes nothing of what it is given, a reader fills it.
template <class Io, class T>
using given = std::conditional_t<Io::reads, T, const T>;

/// As discord::resume_point promises, on which whoever keeps one relies.
inline constexpr std::size_t session_id_bytes_max = 256;
/// A request that waits for longer is none that a plugin can have made.
inline constexpr duration rest_timeout_max = std::chrono::milliseconds(0xFFFF'FFFFLL);

// clang-format off
template <class Io> void fields(Io& io, given<Io, error>& m) { io.code(m.code); io(m.detail); }
template <class Io> void fields(Io& io, given<Io, plugin_outcome>& m) { io(m.file, m.name, m.version, m.refused); }
template <class Io> void fields(Io& io, given<Io, discord::slot>& m) { io(m.id, m.count); io.require(m.id < m.count); }
template <class Io> void fields(Io& io, given<Io, discord::resume_point>& m) { io(m.session_id, m.resume_url, m.sequence); io.require(m.session_id.size() <= session_id_bytes_max && m.sequence >= 0); }
template <class Io> void fields(Io& io, given<Io, discord::unfinished_event>& m) { io(m.sequence, m.plugin); io.require(m.sequence > 0); }
template <class Io> void fields(Io& io, given<Io, discord::session_record>& m) { io(m.which, m.generation, m.intents, m.point, m.unfinished, m.doubtful); }
template <class Io> void fields(Io& io, given<Io, discord::event_counts>& m) { io(m.by_type, m.redelivered, m.commands_seen, m.given_up); }
template <class Io> void fields(Io& io, given<Io, discord::file_part>& m) { io(m.name, m.filename, m.content_type, m.bytes); }
template <class Io> void fields(Io& io, given<Io, discord::rest_request>& m)
{
    io(m.method, m.path, m.body, m.audit_log_reason, m.files, m.timeout, m.interaction, m.answers_command, m.plugin);
    io.require(m.timeout >= duration::zero() && m.timeout <= rest_timeout_max);
}
template <class Io> void fields(Io& io, given<Io, plugin_build>& m) { io(m.plugin, m.build, m.placement); io.require(m.placement <= static_cast<std::uint8_t>(last_placement)); }
template <class Io> void fields(Io& io, given<Io, event_name>& m) { io(m.slot, m.session_id, m.sequence); io.require(m.session_id.size() <= session_id_bytes_max && m.sequence > 0); }
template <class Io> void fields(Io& io, given<Io, plugin_terms>& m) { io(m.plugin, m.build, m.placement, m.set_aside, m.poisons); io.require(m.placement <= static_cast<std::uint8_t>(last_placement)); }
template <class Io> void fields(Io& io, given<Io, plugin_gauge>& m)
{
    io(m.plugin, m.placement, m.events, m.errors, m.slow, m.calls, m.busy_us, m.p99_us, m.max_us, m.tasks, m.queued, m.restarts);
    io.require(m.placement <= static_cast<std::uint8_t>(last_placement));
}
template <class Io> void fields(Io& io, given<Io, discord::rest_response>& m) { io(m.status, m.headers, m.body, m.elapsed); }

template <class Io> void fields(Io& io, given<Io, welcome>& m)
{
    io(m.token, m.application, m.granted_privileged, m.plugins, m.private_copies, m.record_file, m.sessions_max,
       m.plugin_settings, m.authority_pem, m.seed, m.compression, m.presence, m.collections, m.resume_patience,
       m.drop_when_full, m.terms, m.handler_warn, m.handler_hung, m.plugin_states, m.guilds_max, m.guild_bytes_max);
    io.require(m.compression <= 3 && m.collections > 0 && m.resume_patience >= duration::zero());
    io.require(m.handler_warn > duration::zero() && m.handler_hung >= m.handler_warn);
}
template <class Io> void fields(Io& io, given<Io, serve>& m) { io(m.gateway_url, m.shards); }
template <class Io> void fields(Io& io, given<Io, turn>& m) { io(m.slot, m.generation); }
template <class Io> void fields(Io& io, given<Io, rest_answer>& m) { io(m.id, m.response, m.failed); }
template <class Io> void fields(Io& io, given<Io, stop>& m) { io(m.end_sessions); }
template <class Io> void fields(Io& io, given<Io, hello>& m) { io(m.version); }
template <class Io> void fields(Io& io, given<Io, loaded>& m) { io(m.plugins, m.intents, m.commands, m.failed, m.builds); }
template <class Io> void fields(Io& io, given<Io, rest>& m) { io(m.id, m.request); }
template <class Io> void fields(Io& io, given<Io, rest_cancel>& m) { io(m.id); }
template <class Io> void fields(Io& io, given<Io, identify_wanted>& m) { io(m.slot, m.generation); }
template <class Io> void fields(Io& io, given<Io, identify_left>& m) { io(m.slot); }
template <class Io> void fields(Io& io, given<Io, identify_ended>& m) { io(m.slot, m.received); }
template <class Io> void fields(Io& io, given<Io, shard_moved>& m) { io(m.slot, m.to, m.why); }
template <class Io> void fields(Io& io, given<Io, session_established>& m) { io(m.slot, m.intents, m.point); }
template <class Io> void fields(Io& io, given<Io, session_resumed>& m) { io(m.slot); }
template <class Io> void fields(Io& io, given<Io, session_forgotten>& m) { io(m.slot, m.why); }
template <class Io> void fields(Io& io, given<Io, shard_stopped>& m) { io(m.slot, m.close_code, m.why); }
template <class Io> void fields(Io& io, given<Io, plugin_logged>& m) { io(m.plugin, m.level, m.text); }
template <class Io> void fields(Io&, given<Io, first_event>&) {}
template <class Io> void fields(Io& io, given<Io, pulse>& m) { io(m.lag_us, m.unfinished, m.counts, m.changed, m.resumes_waiting, m.resumes_ms, m.full, m.dropped); }
template <class Io> void fields(Io& io, given<Io, stopped>& m) { io(m.unfinished); }
template <class Io> void fields(Io& io, given<Io, gateway_command>& m) { io(m.id, m.op, m.data, m.patience); io.require(m.patience >= duration::zero()); }
template <class Io> void fields(Io& io, given<Io, discord::command_answer>& m) { io.outcome(m.how); io(m.text); }
template <class Io> void fields(Io& io, given<Io, gateway_answer>& m) { io(m.id, m.what); }
template <class Io> void fields(Io& io, given<Io, wake>& m) { io(m.slots); }
template <class Io> void fields(Io& io, given<Io, shard_noticed>& m) { io(m.slot, m.what, m.text); }
template <class Io> void fields(Io& io, given<Io, shard_gauge>& m)
{
    io(m.slot, m.latency_us, m.latency_age_ms, m.event_age_ms, m.usual_milli, m.lately_milli, m.rate_age_ms, m.paused);
}
template <class Io> void fields(Io& io, given<Io, gauges>& m) { io(m.shards); }
template <class Io> void fields(Io& io, given<Io, plugin_slow>& m) { io(m.plugin, m.entry, m.type, m.ms); }
template <class Io> void fields(Io& io, given<Io, plugin_gauges>& m) { io(m.plugins); }
template <class Io> void fields(Io& io, given<Io, plugin_died>& m) { io(m.plugin, m.version, m.build, m.how, m.ending, m.entry, m.detail, m.text, m.type, m.event); }
template <class Io> void fields(Io& io, given<Io, plugin_order>& m) { io(m.terms); }
template <class Io> void fields(Io& io, given<Io, plugin_refused>& m) { io(m.plugin, m.why); }
template <class Io> void fields(Io& io, given<Io, plugin_poisoned>& m) { io(m.plugin, m.version, m.build, m.event, m.type, m.data); }
template <class Io> void fields(Io& io, given<Io, plugin_state>& m) { io(m.plugin, m.by, m.version, m.bytes); }
template <class Io> void fields(Io& io, given<Io, work>& m)
{
    io(m.plugin, m.build, m.file, m.private_copies, m.record_file, m.settings, m.application, m.handler_warn, m.handler_hung,
       m.reason, m.state, m.manages_network);
    io.require(m.handler_warn > duration::zero() && m.handler_hung >= m.handler_warn && m.reason <= 2);
}
template <class Io> void fields(Io& io, given<Io, work_event>& m)
{
    io(m.token, m.slot, m.sequence, m.type, m.data, m.replayed, m.redelivered, m.delayed);
    io.require(m.sequence >= 0);
}
template <class Io> void fields(Io& io, given<Io, work_done>& m) { io(m.tokens); }
template <class Io> void fields(Io&, given<Io, state_wanted>&) {}
template <class Io> void fields(Io& io, given<Io, state_given>& m) { io(m.state, m.failed); }
template <class Io> void fields(Io& io, given<Io, work_leaves>& m) { io(m.slot); }
template <class Io> void fields(Io& io, given<Io, work_left>& m) { io(m.slot, m.part, m.failed); }
template <class Io> void fields(Io& io, given<Io, work_arrives>& m) { io(m.slot, m.part); }
template <class Io> void fields(Io& io, given<Io, change_plugin>& m) { io(m.ticket, m.plugin, m.file, m.rollback); }
template <class Io> void fields(Io& io, given<Io, plugin_changed>& m)
{
    io(m.ticket, m.plugin, m.version, m.how, m.why, m.waited_us, m.held, m.cut_off, m.kept, m.kept_why, m.build);
}
template <class Io> void fields(Io& io, given<Io, plugin_state_rejected>& m) { io(m.plugin, m.why); }
// What plugins share.
template <class Io> void fields(Io& io, given<Io, discord::snowflake>& m) { io(m.value); }
template <class Io> void fields(Io& io, given<Io, sharing::question>& m)
{
    io.choice(m.what, sharing::last_deed);
    io(m.scope, m.key, m.value, m.expected, m.delta, m.lives, m.after, m.since, m.patience, m.limit);
    io.require(m.lives >= duration::zero() && m.patience >= duration::zero());
}
template <class Io> void fields(Io& io, given<Io, sharing::row>& m) { io(m.key, m.value, m.created, m.modified, m.is_erased); }
template <class Io> void fields(Io& io, given<Io, sharing::answer>& m) { io.choice(m.how, sharing::last_verdict); io(m.revision, m.rows, m.is_cut, m.text); }
template <class Io> void fields(Io& io, given<Io, value_asked>& m) { io(m.id, m.what); }
template <class Io> void fields(Io& io, given<Io, value_left>& m) { io(m.id); }
template <class Io> void fields(Io& io, given<Io, value_answered>& m) { io(m.id, m.what); }
template <class Io> void fields(Io& io, given<Io, sharing::address>& m) { io.choice(m.what, sharing::last_addressee); io(m.guild, m.slot, m.collection); }
template <class Io> void fields(Io& io, given<Io, sharing::letter>& m)
{
    io(m.plugin, m.to, m.name, m.body, m.wants_reply, m.patience, m.from, m.hops);
    io.require(m.patience >= duration::zero() && m.patience <= sharing::letter_patience_max);
}
template <class Io> void fields(Io& io, given<Io, sharing::reply>& m) { io(m.collection); io.choice(m.how, sharing::last_delivery); io(m.body); }
template <class Io> void fields(Io& io, given<Io, plugin_letter>& m) { io(m.id, m.what); }
template <class Io> void fields(Io& io, given<Io, letter_answer>& m) { io(m.id, m.is_returned, m.all); }
template <class Io> void fields(Io& io, given<Io, letters_answered>& m) { io(m.all); }
template <class Io> void fields(Io& io, given<Io, shard_baggage>& m) { io(m.guilds, m.counted, m.unavailable, m.voices, m.parts, m.views); }
template <class Io> void fields(Io& io, given<Io, handoff_begin>& m)
{
    io(m.id, m.older, m.newer, m.gateway_url, m.own_user, m.trust_answers, m.observe_for, m.wall_ms);
    io.require(!m.older.empty() && !m.newer.empty() && m.observe_for >= duration::zero());
}
template <class Io> void fields(Io& io, given<Io, handoff_turn>& m) { io(m.id, m.newer, m.generation); }
template <class Io> void fields(Io& io, given<Io, handoff_cancel>& m) { io(m.id, m.why); }
template <class Io> void fields(Io& io, given<Io, handoff_journalled>& m) { io(m.id, m.ok, m.why); }
template <class Io> void fields(Io& io, given<Io, shard_load>& m) { io(m.gateway_url, m.what, m.handoff, m.baggage, m.is_moved); }
template <class Io> void fields(Io& io, given<Io, shard_unload>& m) { io(m.slot); }
template <class Io> void fields(Io& io, given<Io, handoff_turn_wanted>& m) { io(m.id, m.newer, m.generation, m.wanted); }
template <class Io> void fields(Io& io, given<Io, handoff_turn_ended>& m) { io(m.id, m.newer, m.received); }
template <class Io> void fields(Io& io, given<Io, handoff_session>& m) { io(m.id, m.newer, m.intents, m.session_id); }
template <class Io> void fields(Io& io, given<Io, handoff_look>& m) { io(m.id, m.phase, m.waits_for, m.streams, m.proven, m.held, m.held_bytes, m.age_ms); }
template <class Io> void fields(Io& io, given<Io, handoff_commit>& m)
{
    io(m.id, m.newer, m.records);
    io.require(m.newer.size() == m.records.size());
}
template <class Io> void fields(Io& io, given<Io, handoff_ended>& m) { io(m.id, m.committed, m.exact, m.why, m.report); }
template <class Io> void fields(Io& io, given<Io, handoff_settled>& m) { io(m.slot); }
template <class Io> void fields(Io& io, given<Io, handoff_record>& m) { io(m.slot, m.text); }
template <class Io> void fields(Io& io, given<Io, shard_left>& m) { io(m.slot, m.what, m.handoff, m.baggage, m.failed); }
template <class Io> void fields(Io& io, given<Io, shard_gap>& m) { io(m.slot, m.guild, m.why); }
template <class Io> void fields(Io& io, given<Io, scaling::heavy_guilds::entry>& m) { io(m.guild, m.weight, m.above); }
template <class Io> void fields(Io& io, given<Io, scaling::shard_sample>& m)
{
    io(m.slot, m.events, m.bytes, m.busy_us, m.decoding_us, m.lag_us, m.halves_us[0], m.halves_us[1], m.guilds, m.voice_channels, m.heaviest);
    io.require(m.heaviest.size() <= scaling::meter::sent_max);
}
template <class Io> void fields(Io& io, given<Io, loads>& m) { io(m.what.span_us, m.what.busy_us, m.what.lag_us, m.what.shards); }
template <class Io> void fields(Io& io, given<Io, shard_facts>& m) { io(m.slot, m.guilds, m.counted, m.voice_channels); }
template <class Io> void fields(Io& io, given<Io, network_order>& m)
{
    io(m.id);
    io.choice(m.what, last_network_deed);
    io(m.number, m.epoch, m.socket, m.run, m.executable, m.key, m.patience);
    io.require(m.patience >= duration::zero());
}
template <class Io> void fields(Io& io, given<Io, network_ready>& m) { io(m.manages, m.breakpoints); }
template <class Io> void fields(Io& io, given<Io, network_done>& m) { io(m.id, m.failed); }
// clang-format on

}  // namespace tinfoil::link
