#pragma once

#include <string_view>

namespace tinfoil::discord {

/// What a connection's end means for its session.
enum class after_close {
    resume,       ///< The session may still be there.
    resume_once,  ///< Perhaps; a second such end says no.
    identify,     ///< The session is gone, the next connection starts a new one.
    give_up,      ///< Discord will answer the same again until somebody changes something.
};

/// For codes of Discord and of RFC 6455; what is in no list resumes, since that costs nothing.
/// Discord Docs/Opcodes and Status Codes, "Gateway Close Event Codes".
[[nodiscard]] after_close meaning_of(int close_code);

/// An end that Discord's table puts down to what the client sent. It is never answered in a hurry.
[[nodiscard]] bool is_own_mistake(int close_code);

/// A sentence for the operator: what happened, and for fatal codes what to do.
[[nodiscard]] std::string_view describe_close(int close_code);

}  // namespace tinfoil::discord
