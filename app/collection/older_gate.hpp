#pragma once

#include "base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tinfoil::collection {

/// What of a handoff's older side still arrives while it is not to be read. A freeze takes effect
/// later than it is asked for, since what its shards have in hand comes first; a thaw at once. One
/// that comes between outruns the other: what is read again would otherwise be kept for a commit
/// that does not come.
///
/// `Event` is kept by value. Bounds: `kept_max`, of sessions that close while they are not read.
template <class Event>
class older_gate {
public:
    static constexpr std::size_t kept_max = 100'000;

    /// Names the freeze, for took_effect().
    [[nodiscard]] std::uint64_t freeze() { return ++last_; }
    /// Nothing in hand is left. False: that freeze is over already.
    [[nodiscard]] bool took_effect(std::uint64_t which)
    {
        if (which == last_)
            is_shut_ = true;
        return which == last_;
    }
    /// What came meanwhile, in its order.
    [[nodiscard]] std::vector<Event> thaw()
    {
        ++last_;
        is_shut_ = false;
        return std::exchange(kept_, {});
    }

    [[nodiscard]] bool is_shut() const { return is_shut_; }
    void keep(Event what)
    {
        TINFOIL_ASSERT(is_shut_ && kept_.size() < kept_max);
        kept_.push_back(std::move(what));
    }
    /// The commit: nobody gets what was kept.
    void drop() { kept_.clear(); }

private:
    std::uint64_t last_ = 0;  // Of freezes and thaws.
    bool is_shut_ = false;
    std::vector<Event> kept_;
};

}  // namespace tinfoil::collection
