#pragma once

#include "base/error.hpp"
#include "state/database.hpp"

#include <cstdint>
#include <span>

namespace tinfoil::state {

/// Marks the file as tinfoil's in SQLite's header field for that: "tinf".
inline constexpr std::int64_t application_id = 0x74696e66;

/// What takes a file from version N to N + 1; the first one takes an empty file to version 1.
using migration = const char*;

/// Every step there ever was. A step that was released never changes: a new one is added.
[[nodiscard]] std::span<const migration> migrations();

/// Takes the file to the last version, each step in a transaction of its own. Refuses, without
/// changing anything, a file of another program and one of a newer tinfoil.
result<void> migrate(database& file, std::span<const migration> steps = migrations());

}  // namespace tinfoil::state
