#pragma once

#include "dispatch/charge.hpp"
#include "dispatch/recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// How a record lies in its memory; for recorder.cpp, which writes it, and recorder_read.cpp.
namespace tinfoil::dispatch::record {

inline constexpr char magic[8] = {'t', 'f', 'r', 'e', 'c', 'o', 'r', 'd'};
inline constexpr std::uint32_t layout_version = 2;
inline constexpr std::size_t types_max = 128;
inline constexpr std::size_t text_max = 256;
inline constexpr std::uint32_t sessions_bound = 1U << 20, unfinished_bound = 1U << 26;
inline constexpr std::string_view other_types = "OTHER";

struct header {
    char magic[8];
    std::uint32_t version, sessions_max, unfinished_max, plugins, sessions, padding;
    std::uint64_t redelivered, commands_seen, given_up;
    charge in_charge;
};
struct plugin_name {
    std::uint16_t length, build_length;
    char text[36], build[24];
};
struct type_count {
    std::uint64_t count;
    std::uint32_t length;
    char name[52];
};
// Everything that belongs to one session id. A slot has two, of which one is in use, so that a new
// session takes the place of an old one in a single step.
struct bank {
    std::int64_t received;
    std::uint64_t intents;
    std::uint32_t id_length, url_length;
    std::uint32_t doubtful, padding;
    char id[text_max], url[text_max];
};
struct session_entry {
    std::uint32_t id, count, generation;
    std::uint32_t current;  // 0: no session, 1 and 2: that bank.
    bank banks[2];
};
struct unfinished_entry {
    std::int64_t sequence;  // 0: free. Counts only up to what its bank has received.
    std::uint32_t bank;     // 2 * session + (current - 1).
    std::uint32_t plugin;
    std::int64_t since;
};
static_assert(sizeof(header) == 56 + sizeof(charge) && sizeof(plugin_name) == 64 &&
              sizeof(type_count) == 64 && sizeof(bank) == 544 && sizeof(session_entry) == 1104 &&
              sizeof(unfinished_entry) == 24);

inline std::size_t place_of_sessions()
{
    return sizeof(header) + recorder::plugins_max * sizeof(plugin_name) +
           types_max * sizeof(type_count);
}

}  // namespace tinfoil::dispatch::record
