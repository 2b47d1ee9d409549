#pragma once

#include "discord/snowflake.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tinfoil::handoff {

/// What a handoff promises of an event, by its type. share/doc/handoff.md tells the promises.
enum class event_class : std::uint8_t {
    unique,       ///< Has a key that occurs once; ordered among its stream's lasting events.
    interaction,  ///< Once, by its id; in no order.
    positional,   ///< Known only by its place among its stream's lasting events.
    ephemeral,    ///< The same, in a lane of its own: one may be missing on one side.
    own,          ///< The session's own: never compared with another session's.
};

/// What an event of class `own` means to a handoff, beside being passed on.
enum class own_event : std::uint8_t {
    other,
    guild_there,  ///< GUILD_CREATE.
    guild_gone,   ///< GUILD_DELETE, and GUILD_CREATE of an unavailable guild.
    sounds,       ///< SOUNDBOARD_SOUNDS: answers one plain op 31.
    members,      ///< GUILD_MEMBERS_CHUNK: answers the op 8 of its nonce.
    voice,        ///< The bot's own VOICE_STATE_UPDATE.
};

/// A sequence of events that Discord brings in order: of a guild, of the channel of a DM, or of all
/// that belongs to neither (entitlements, USER_UPDATE).
struct stream_id {
    enum class kind : std::uint8_t { guild, dm, other };
    kind of = kind::other;
    discord::snowflake id;

    auto operator<=>(const stream_id&) const = default;
};

/// All that a handoff has to know of an event; its payload stays with whoever read it.
struct event {
    event_class is = event_class::positional;
    own_event means = own_event::other;  ///< Of class `own`.
    /// Comes only to one side, by its intents: it takes part in no comparison.
    bool one_sided = false;
    stream_id stream;
    std::uint32_t type = 0;      ///< Equal for equal types.
    std::uint64_t key = 0;       ///< Of unique events and interactions; never 0 there.
    std::uint64_t hash = 0;      ///< The key, or of what both sides would say, in whatever order.
    std::size_t bytes = 0;       ///< Of the payload.
    discord::snowflake last;     ///< `guild_there`: the newest message of any channel; 0: unknown.
    discord::snowflake channel;  ///< `voice`: where the bot is; 0: nowhere.
    std::uint64_t nonce = 0;     ///< `members`: of our own request; 0: of another's.
};

/// What differs between the sides, and who the bot is.
struct event_reader {
    discord::snowflake own_user;
    std::uint64_t older_intents = 0, newer_intents = 0;

    /// Reads a dispatch without building a document: `type` is its t, `data` the JSON text of its
    /// d. Total over any bytes; what is no JSON is an event like another, known by its bytes.
    /// Equal events of sessions with other intents, or with their members in another order, get
    /// equal hashes: what MESSAGE_CONTENT adds or takes is left out.
    [[nodiscard]] event read(std::string_view type, std::string_view data) const;
};

/// The key of the MESSAGE_CREATE of that message.
[[nodiscard]] std::uint64_t message_key(discord::snowflake message);

/// The nonce of a handoff's own op 8 as Discord gets it and gives it back: at most 32 bytes.
/// Discord Docs/Gateway Events, "Request Guild Members".
inline constexpr std::string_view nonce_prefix = "handoff-";

/// The same hash for JSON values that differ in the order of members, in blanks, or in members that
/// MESSAGE_CONTENT gives and takes, at any depth.
[[nodiscard]] std::uint64_t canonical_hash(std::string_view json);

}  // namespace tinfoil::handoff
