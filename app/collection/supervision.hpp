#pragma once

#include "base/time.hpp"
#include "collection/plugin_meter.hpp"
#include "dispatch/charge.hpp"
#include "link/message.hpp"
#include "net/stopwatch.hpp"
#include "plugin/services.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tinfoil::collection {

/// Goes around each call of plugin code: says who is in charge before, measures afterwards, and
/// tells of those that took so long that the loop stood still. What does not return at all is
/// seen from outside (blocked_watch).
///
/// Threads: the loop's.
class supervision {
public:
    using slow = std::function<void(std::size_t plugin, const plugin::call& what, duration took)>;
    /// `marker` outlives it. `tell` is called for calls of `warn` and longer, when they return.
    supervision(dispatch::charge& marker, duration warn, slow tell)
        : marker_(marker),
          warn_(warn),
          tell_(std::move(tell))
    {
    }

    /// `what` outlives left().
    void entering(std::size_t plugin, const plugin::call& what);
    void entering(std::size_t plugin, plugin::call&& what) = delete;
    void left();

    /// One event goes to several plugins, one after the other, so the clock is read once between
    /// two calls: the end of one is the begin of the next, and what tinfoil does in between, far
    /// less than a microsecond, counts with that.
    class stretch {
    public:
        explicit stretch(supervision& of) : of_(of)
        {
            of_.since_.start();
            of_.is_stretch_ = true;
        }
        stretch(const stretch&) = delete;
        stretch& operator=(const stretch&) = delete;
        ~stretch() { of_.is_stretch_ = false; }

    private:
        supervision& of_;
    };
    /// Ends the process.
    [[noreturn]] void unwound();

    /// What all calls have taken so far.
    [[nodiscard]] duration busy() const { return busy_; }

    /// Of the plugin with that number.
    [[nodiscard]] plugin_meter& of(std::size_t plugin);

private:
    dispatch::charge& marker_;
    duration warn_;
    slow tell_;
    std::size_t plugin_ = 0;
    duration busy_{};
    const plugin::call* what_ = nullptr;
    net::stopwatch since_;
    bool is_stretch_ = false;
    std::vector<plugin_meter> meters_;
};

/// For the host.
[[nodiscard]] link::plugin_slow slow_call(const std::string& plugin, const plugin::call& what,
                                          duration took);

}  // namespace tinfoil::collection
