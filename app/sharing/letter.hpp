#pragma once

#include "base/time.hpp"
#include "discord/slot.hpp"
#include "discord/snowflake.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::sharing {

inline constexpr std::size_t letter_name_bytes_max = 64, letter_bytes_max = std::size_t{64} << 10;
inline constexpr duration letter_patience_max = std::chrono::seconds(60);
/// How often a letter is passed on to where its guild is now.
inline constexpr std::uint16_t hops_max = 8;

enum class addressee : std::uint8_t { guild, slot, collection, all };
inline constexpr auto last_addressee = addressee::all;

struct address {
    addressee what = addressee::all;
    discord::snowflake guild;  ///< The collection that serves it.
    discord::slot slot;        ///< The collection that serves all of its guilds.
    std::uint32_t collection = 0;
};

/// A message from a plugin to itself in other collections.
struct letter {
    std::string plugin;
    address to;
    std::string name, body;
    bool wants_reply = false;
    duration patience{};     ///< What is left, 1 ms to letter_patience_max.
    std::uint32_t from = 0;  ///< The collection.
    std::uint16_t hops = 0;
};

/// How a letter fared at one collection. The numbers are those of the link and of
/// <tinfoil/ext/messages.h>: they never change.
enum class delivery : std::uint8_t {
    ok = 0,    ///< Handed over; of one that wants a reply: replied.
    down = 1,  ///< The collection, or the plugin in it, does not run, or ended before it replied.
    timed_out = 2,  ///< No reply in time; whether it was handled is not known.
    refused = 3,    ///< Not handled, for a reason that the text says.
};
inline constexpr auto last_delivery = delivery::refused;

/// The collection of a reply for which none could be found.
inline constexpr std::uint32_t no_collection = UINT32_MAX;

struct reply {
    std::uint32_t collection = no_collection;
    delivery how = delivery::ok;
    std::string body;  ///< Of any other than ok: a sentence.
    bool operator==(const reply&) const = default;
};

/// Why a letter can't be sent. Nothing: it can.
[[nodiscard]] std::optional<std::string> fault_of(const letter& what);
/// As people read it: `guild 12`, `slot 3/16`, `collection 2`.
[[nodiscard]] std::string to_string(const address& what);

}  // namespace tinfoil::sharing
