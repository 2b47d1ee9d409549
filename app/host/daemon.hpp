#pragma once

#include "base/error.hpp"
#include "host/config.hpp"
#include "host/watcher.hpp"

namespace tinfoil::host {

/// `tinfoil run` from start to end: the sandbox if asked for, REST, state, the identify order, and
/// one collection on the same loop. Returns when a signal, `--for` or an error ends the run, with
/// that error; the report is written in every case. Once a process: it takes SIGINT and SIGTERM.
result<void> run(const config& how, watcher& people);

}  // namespace tinfoil::host
