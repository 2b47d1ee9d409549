#pragma once

#include <cstdint>
#include <optional>

namespace tinfoil::net {

/// What Linux says of a process.
struct process_facts {
    double cpu_seconds = 0;  ///< Of user and system, since it began.
    std::uint64_t resident_bytes = 0;
    double started = 0;  ///< Seconds since 1970.
    std::uint64_t open_fds = 0, max_fds = 0;
};

/// Nothing when there is no such process, or not for this user to look at. Reads /proc: some tens
/// of microseconds.
[[nodiscard]] std::optional<process_facts> process_facts_of(std::int64_t pid);

}  // namespace tinfoil::net
