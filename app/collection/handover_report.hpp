#pragma once

#include "handoff/input.hpp"

#include <string>

namespace tinfoil::collection {

/// `guild 5`, `the DM in channel 6`, `what belongs to no guild`.
[[nodiscard]] std::string in_words(const handoff::stream_id& which);

/// A report as a JSON object; share/doc/handoff.md tells its members.
[[nodiscard]] std::string report_json(const handoff::report& what);

}  // namespace tinfoil::collection
