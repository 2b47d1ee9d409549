#pragma once

#include "host/status.hpp"

namespace tinfoil::host {

/// Fills in `health` and `warnings` of a status whose other fields are there: each warning says
/// what is wrong, where, and what to do. Warnings that are there already count as well.
///
/// `health` is `starting` and `stopping` as long as the host does, then `ok`, `degraded` (there are
/// warnings) or `down` (no shard is connected).
void judge_health(status& of);

}  // namespace tinfoil::host
