#pragma once

#include "discordsim/world.hpp"

#include <string>
#include <string_view>

namespace tinfoil::discordsim {

// The frequent events as text, without a document: a crowd causes tens of thousands of them a
// second. What they hold is what the objects of world.hpp hold. Each function appends.

/// A string with its quotes.
void print_text(std::string& to, std::string_view text);
void print_user(std::string& to, const person& who);
/// A member; as in messages, which name the user elsewhere, without the user.
void print_member(std::string& to, const person& who, discord::snowflake in, bool with_user);
/// MESSAGE_CREATE and MESSAGE_UPDATE.
void print_message(std::string& to, const written& what, bool with_content);

/// Somebody does something in a guild.
struct doer {
    const person& who;
    discord::snowflake in;
};
/// Discord Docs/Gateway Events, "Presence Update". `mood` says which of a few presences it is.
void print_presence(std::string& to, const doer& of, std::uint64_t mood, std::int64_t wall_ms);
/// Discord Docs/Gateway Events, "Typing Start".
void print_typing(std::string& to, const doer& of, discord::snowflake channel,
                  std::int64_t wall_ms);
/// Discord Docs/Gateway Events, "Message Reaction Add" and "Message Reaction Remove".
void print_reaction(std::string& to, const doer& of, const overheard& on, bool added);
/// Discord Docs/Gateway Events, "Guild Member Update".
void print_member_update(std::string& to, const doer& of);
/// Discord Docs/Voice, "Voice State Object", with the member.
void print_voice_state(std::string& to, const doer& of, discord::snowflake channel);
/// Discord Docs/Gateway Events, "Message Delete".
void print_message_delete(std::string& to, const overheard& what, discord::snowflake in);

}  // namespace tinfoil::discordsim
