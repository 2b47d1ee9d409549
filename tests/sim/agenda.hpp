#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace tinfoil::sim {

/// Virtual time: what is to happen, in order. Two things of one instant happen in the order in
/// which they were asked for, so a seed gives the same run everywhere.
class agenda {
public:
    [[nodiscard]] instant now() const { return now_; }

    void at(instant when, std::function<void()> what)
    {
        waiting_.emplace(std::pair(std::max(when, now_), ++last_), std::move(what));
    }
    void after(duration wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }

    /// False, and the time is `until`, when nothing is left to happen before it.
    bool run_one(instant until)
    {
        if (waiting_.empty() || waiting_.begin()->first.first > until) {
            now_ = until;
            return false;
        }
        const auto next = waiting_.extract(waiting_.begin());
        now_ = next.key().first;
        next.mapped()();
        return true;
    }

private:
    instant now_{};
    std::uint64_t last_ = 0;
    std::map<std::pair<instant, std::uint64_t>, std::function<void()>> waiting_;
};

/// A driver's timer: rings when a machine's deadline has come.
class alarm {
public:
    /// In place of what was set before; `never` rings nothing.
    void set(agenda& time, instant due, std::function<void()> ring)
    {
        if (due == *armed_)
            return;
        *armed_ = due;
        const std::uint64_t ticket = ++*tickets_;
        if (due == never)
            return;
        time.at(due, [armed = armed_, tickets = tickets_, ticket, ring = std::move(ring)] {
            if (*tickets != ticket)
                return;
            *armed = never;
            ring();
        });
    }

private:
    // Shared with what waits in the agenda, which may outlive the alarm.
    std::shared_ptr<instant> armed_ = std::make_shared<instant>(never);
    std::shared_ptr<std::uint64_t> tickets_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace tinfoil::sim
