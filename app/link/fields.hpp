#pragma once

#include "link/message.hpp"

/// The members of each message in the order in which they are written, once for both directions:
/// `io` writes them or reads them. Members are only ever added, at the end.
namespace tinfoil::link {

// clang-format off
template <class Io> void fields(Io& io, error& m) { io.code(m.code); io(m.detail); }
template <class Io> void fields(Io& io, plugin_outcome& m) { io(m.file, m.name, m.version, m.refused); }
template <class Io> void fields(Io& io, discord::slot& m) { io(m.id, m.count); io.require(m.id < m.count); }
template <class Io> void fields(Io& io, discord::resume_point& m) { io(m.session_id, m.resume_url, m.sequence); io.require(m.sequence >= 0); }
template <class Io> void fields(Io& io, discord::unfinished_event& m) { io(m.sequence, m.plugin); io.require(m.sequence > 0); }
template <class Io> void fields(Io& io, discord::session_record& m) { io(m.which, m.generation, m.intents, m.point, m.unfinished, m.doubtful); }
template <class Io> void fields(Io& io, discord::event_counts& m) { io(m.by_type, m.redelivered, m.commands_seen, m.given_up); }
template <class Io> void fields(Io& io, discord::file_part& m) { io(m.name, m.filename, m.content_type, m.bytes); }
template <class Io> void fields(Io& io, discord::rest_request& m)
{
    io(m.method, m.path, m.body, m.audit_log_reason, m.files, m.timeout, m.interaction, m.answers_command, m.plugin);
}
template <class Io> void fields(Io& io, discord::rest_response& m) { io(m.status, m.headers, m.body, m.elapsed); }

template <class Io> void fields(Io& io, welcome& m)
{
    io(m.token, m.application, m.granted_privileged, m.plugins, m.private_copies, m.record_file, m.sessions_max,
       m.plugin_settings, m.authority_pem, m.seed);
}
template <class Io> void fields(Io& io, serve& m) { io(m.gateway_url, m.shards); }
template <class Io> void fields(Io& io, turn& m) { io(m.slot); }
template <class Io> void fields(Io& io, rest_answer& m) { io(m.id, m.response, m.failed); }
template <class Io> void fields(Io& io, value_answer& m) { io(m.id, m.value, m.failed); }
template <class Io> void fields(Io& io, stop& m) { io(m.end_sessions); }
template <class Io> void fields(Io& io, hello& m) { io(m.version); }
template <class Io> void fields(Io& io, loaded& m) { io(m.plugins, m.intents, m.commands, m.failed); }
template <class Io> void fields(Io& io, rest& m) { io(m.id, m.request); }
template <class Io> void fields(Io& io, rest_cancel& m) { io(m.id); }
template <class Io> void fields(Io& io, value_read& m) { io(m.id, m.plugin, m.key); }
template <class Io> void fields(Io& io, value_write& m) { io(m.id, m.plugin, m.key, m.value); }
template <class Io> void fields(Io& io, identify_wanted& m) { io(m.slot); }
template <class Io> void fields(Io& io, identify_left& m) { io(m.slot); }
template <class Io> void fields(Io& io, identify_ended& m) { io(m.slot, m.received); }
template <class Io> void fields(Io& io, shard_moved& m) { io(m.slot, m.to, m.why); }
template <class Io> void fields(Io& io, session_established& m) { io(m.slot, m.intents, m.point); }
template <class Io> void fields(Io& io, session_resumed& m) { io(m.slot); }
template <class Io> void fields(Io& io, session_forgotten& m) { io(m.slot, m.why); }
template <class Io> void fields(Io& io, shard_stopped& m) { io(m.slot, m.close_code, m.why); }
template <class Io> void fields(Io& io, plugin_logged& m) { io(m.plugin, m.level, m.text); }
template <class Io> void fields(Io&, first_event&) {}
template <class Io> void fields(Io& io, pulse& m) { io(m.lag_us, m.unfinished, m.counts, m.changed); }
template <class Io> void fields(Io& io, stopped& m) { io(m.unfinished); }
// clang-format on

}  // namespace tinfoil::link
