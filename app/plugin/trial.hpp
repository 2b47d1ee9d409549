#pragma once

#include "base/error.hpp"
#include "plugin/library.hpp"

namespace tinfoil::plugin {

/// Has the plugin made and destroyed, with a host that grants nothing: what crashes, hangs or ends
/// the process at that is found where nothing depends on it. It is not started.
/// Fails with errc::plugin_refused.
result<void> try_out(const library& what);

}  // namespace tinfoil::plugin
