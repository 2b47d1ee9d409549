#include "collection/blocked_watch.hpp"

#include <algorithm>

namespace tinfoil::collection {

duration blocked_watch::interval_for(duration hung)
{
    return std::clamp<duration>(hung / 20, std::chrono::milliseconds(5),
                                std::chrono::milliseconds(100));
}

std::optional<duration> blocked_watch::look(std::uint64_t turn, instant now)
{
    const bool runs = turn % 2 == 1;
    if (!runs || turn != turn_ || looked_ == never)
        blocked_ = {};
    else
        blocked_ += std::min(now - looked_, 2 * interval_);
    turn_ = turn;
    looked_ = now;
    return runs && blocked_ >= hung_ ? std::optional(blocked_) : std::nullopt;
}

}  // namespace tinfoil::collection
