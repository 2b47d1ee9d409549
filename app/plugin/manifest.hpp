#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tinfoil/ext/shards.h>
#include <vector>

namespace tinfoil::plugin {

/// An event of tinfoil's own, which a manifest may list as those of Discord's.
inline constexpr std::string_view gap_event = TINFOIL_GAP;

/// What a plugin says of itself before any code of it runs.
struct manifest {
    std::string name;  ///< 1 to 32 of a-z, 0-9, '-' and '_'.
    std::string version;
    std::string description;
    std::vector<std::string> events;         ///< Discord's names, each known.
    std::uint64_t intents = 0;               ///< Declared ones, and those that its events need.
    std::vector<std::string> command_names;  ///< Of application commands.
    std::string commands_json = "[]";        ///< An array of Discord's application-command objects.
    std::uint32_t state_version = 0;         ///< 0: it keeps no state.
};

inline constexpr std::size_t manifest_bytes_max = 64U << 10;

/// Fails with errc::plugin_refused, naming the member that is missing or wrong.
[[nodiscard]] result<manifest> parse_manifest(std::string_view json);

}  // namespace tinfoil::plugin
