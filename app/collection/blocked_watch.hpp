#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>

namespace tinfoil::collection {

/// Notices plugin code that does not return, by looking at the marker of who is in charge
/// (dispatch::charge::turn()) now and again. A machine: the caller says when.
///
/// Between two looks no more counts than was planned between them, twice over: a process that was
/// stopped, by a debugger or since the machine slept, has hung nowhere.
class blocked_watch {
public:
    explicit blocked_watch(duration hung) : hung_(hung), interval_(interval_for(hung)) {}

    /// For how long the call of that turn has been going on, once that is too long.
    [[nodiscard]] std::optional<duration> look(std::uint64_t turn, instant now);
    /// Between two looks.
    [[nodiscard]] duration interval() const { return interval_; }

private:
    [[nodiscard]] static duration interval_for(duration hung);

    duration hung_, interval_;
    std::uint64_t turn_ = 0;
    duration blocked_{};
    instant looked_ = never;
};

}  // namespace tinfoil::collection
