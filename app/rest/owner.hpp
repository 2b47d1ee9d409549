#pragma once

#include "base/time.hpp"
#include "rest/global_limit.hpp"
#include "rest/invalid_gate.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tinfoil::rest {

/// What one owner may use of what all share.
struct budget {
    int in_flight = 1000;        ///< At once, at least 1.
    int per_second = 0;          ///< Of the requests of the global limit; 0: all of them.
    std::size_t invalid = 3000;  ///< 401, 403 and 429 in ten minutes, at least 1.
    std::size_t waiting = 5000;  ///< At once.
};

/// What came of an owner's requests so far.
struct meter {
    std::uint64_t submitted = 0, sent = 0, completed = 0, refused = 0;
    std::uint64_t retried = 0;        ///< After a 5xx or a cut connection.
    std::uint64_t limited = 0;        ///< Answers with 429, whoever's fault.
    std::uint64_t client_errors = 0;  ///< 4xx but 429.
    std::uint64_t server_errors = 0;  ///< 5xx.
    duration waited_longest{};        ///< From submission to the first sending.
};

/// Somebody whose requests are counted together: here only a name.
struct owner {
    std::string name;
    budget may;
    meter seen;
    std::size_t waiting = 0;
    int in_flight = 0;
    /// Requests sent, moved up to the least of those who wait when it comes back from idleness: who
    /// has the fewest goes next.
    std::uint64_t service = 0;
    global_limit rate{1};
    invalid_gate invalid{1};

    [[nodiscard]] bool has_rate() const { return may.per_second > 0; }
    [[nodiscard]] bool may_send(instant now)
    {
        return in_flight < may.in_flight && (!has_rate() || rate.is_free(now)) &&
               invalid.is_open(0, now);
    }
};

}  // namespace tinfoil::rest
