#pragma once

#include "handoff/world.hpp"

#include <cstdint>
#include <string>

/// Payloads as Discord sends them, once as the older and once as the newer session says it: with
/// their members in another order and, where `differs`, with what MESSAGE_CONTENT adds.
namespace tinfoil::handoff_sim {

void write_message(deed& into, handoff::stream_id where, bool differs);
void write_interaction(deed& into, handoff::stream_id where);
void write_reaction(deed& into, handoff::stream_id where, std::uint64_t which);
void write_update(deed& into, handoff::stream_id where, std::uint64_t which, bool differs);
void write_typing(deed& into, handoff::stream_id where, std::uint64_t who);
void write_guild(deed& into, handoff::stream_id where, std::uint64_t last_message);
void write_gone(deed& into, handoff::stream_id where, bool is_outage);
void write_sounds(deed& into, discord::snowflake guild);
void write_chunk(deed& into, discord::snowflake guild, const std::string& nonce);
void write_voice(deed& into, handoff::stream_id where, discord::snowflake channel);

}  // namespace tinfoil::handoff_sim
