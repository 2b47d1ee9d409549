#pragma once

#include "base/time.hpp"
#include "dispatch/charge.hpp"

#include <cstddef>
#include <memory>

namespace tinfoil::collection {

/// Sees to it that a process that plugin code brings down says why, in the marker that outlives it:
/// crash signals (also of an overflown stack), uncaught exceptions, exit(), and code on the loop
/// that does not return, which ends the process. The marker names whom to blame; where another
/// thread did it, the plugin whose code is on that thread's stack.
///
/// What it can't see, since plugin code may undo it or since it comes from outside, the host learns
/// from how the process ended and from who was in charge.
///
/// One a process, made on the loop's thread, with handlers of signals that are the process's.
/// `marker` outlives it.
class last_words {
public:
    last_words(dispatch::charge& marker, duration hung);
    ~last_words();
    last_words(const last_words&) = delete;
    last_words& operator=(const last_words&) = delete;

    /// The library that holds `inside` is that plugin's. Any number is forgotten beyond 64.
    static void knows(std::size_t plugin, const void* inside);
    /// Its code goes, or stays as nobody's.
    static void forgets(const void* inside);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tinfoil::collection
