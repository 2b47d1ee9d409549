#pragma once

namespace tinfoil {

/// Prints the broken expectation with its place to stderr and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace tinfoil

/// A programmer's error ends the process, in release too. Never for what a peer, a file or a user
/// can cause: those are values.
#define TINFOIL_ASSERT(expression)                                                                 \
    ((expression) ? static_cast<void>(0)                                                           \
                  : ::tinfoil::assertion_failed(#expression, __FILE__, __LINE__))

/// For a place that no correct program reaches.
#define TINFOIL_UNREACHABLE(what) ::tinfoil::assertion_failed(what, __FILE__, __LINE__)
