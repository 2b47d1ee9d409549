#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tinfoil::discord {

/// What every gateway payload has around its data. The views point into the scanned text.
/// Discord Docs/Gateway Events, "Payload Structure".
struct envelope {
    int op = -1;
    std::optional<std::int64_t> sequence;  ///< `s`, of dispatches only.
    std::string_view type;                 ///< `t`, of dispatches only; empty otherwise.
    /// The JSON text of `d`, `null` when it is absent. Of a dispatch whose other members came
    /// before it, as Discord sends them, it is not looked into, and what may follow `d` belongs to
    /// it; that is nothing so far. Whoever needs the value alone asks first_value().
    std::string_view data;
};

/// Finds op, s, t and d in any order without building a document: `d` is stepped over, not parsed,
/// so what comes back in `data` may still be malformed inside. Fails with errc::malformed on text
/// that is no JSON object at its outer level or lacks `op`.
[[nodiscard]] result<envelope> scan_envelope(std::string_view payload);

/// The JSON object or array that `text` begins with; all of `text` when it has no end.
[[nodiscard]] std::string_view first_value(std::string_view text);

/// The raw text of a top-level member of the JSON object `object`; empty when there is none.
[[nodiscard]] std::string_view find_value(std::string_view object, std::string_view key);

/// The same for a string or number, with quotes removed and escapes left as they are; empty when it
/// is neither. For ids.
[[nodiscard]] std::string_view find_member(std::string_view object, std::string_view key);

/// Whom and what an event is about; 0 where it does not say.
struct event_ids {
    std::uint64_t guild = 0, channel = 0;
    std::uint64_t user = 0;  ///< Who did it: its author, its user, the user of its member, user_id.
};

/// Looks the top-level members of `d` over once. `value`: first_value() of it, which costs nothing
/// on the way.
[[nodiscard]] event_ids ids_in(std::string_view data, std::string_view* value = nullptr);

/// The guild alone, which is looked for only as far as where it stands.
[[nodiscard]] std::uint64_t guild_in(std::string_view data);

}  // namespace tinfoil::discord
