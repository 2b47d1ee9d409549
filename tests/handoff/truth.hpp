#pragma once

#include "handoff/client.hpp"
#include "handoff/world.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tinfoil::handoff_sim {

/// What plugins got, against what the older sessions, left alone, would have brought (all that was
/// emitted, where Discord ended one). Sequences of payloads that nobody can tell apart are equal.
struct verdict {
    using by_class = std::map<char, std::uint64_t>;
    by_class lost, repeated, reordered;
    std::uint64_t expired = 0;  ///< Interactions that were dead before the older side had them.

    void add(const verdict& other);
    [[nodiscard]] bool is_clean() const;
    /// U and interactions in time, and any order.
    [[nodiscard]] bool harms_what_is_promised() const;
    [[nodiscard]] std::string print() const;
};

struct judgement {
    verdict exact;    ///< Streams whose shifts were proven: here nothing may be wrong.
    verdict guessed;  ///< Streams that were forced, or decided by time.
    verdict dms;      ///< The same of DMs, which can't be asked.
    verdict gaps;     ///< Streams whose older session was lost before; plugins were told.
    std::size_t gap_streams = 0;
    std::size_t needless_gaps = 0;  ///< Of streams whose older session lived.
};
[[nodiscard]] judgement judge(const world& around, const client& by);

}  // namespace tinfoil::handoff_sim
