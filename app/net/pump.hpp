#pragma once

#include "base/time.hpp"
#include "net/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace tinfoil::net {

/// Runs one machine on the loop: feeds its inputs one after the other, also those that its actions
/// cause, and feeds `Elapsed` when its deadline has come. For machines whose inputs own their data.
/// The loop's thread only.
template <class Machine, class Input, class Elapsed, class Action>
class pump {
public:
    pump(boost::asio::io_context& loop, Machine machine, std::function<void(const Action&)> perform)
        : machine_(std::move(machine)),
          perform_(std::move(perform)),
          timer_(loop)
    {
    }

    void tell(Input what)
    {
        waiting_.push_back(std::move(what));
        if (busy_)
            return;
        busy_ = true;
        while (!waiting_.empty()) {
            std::vector<Action> todo;
            machine_.on(waiting_.front(), now(), todo);
            waiting_.pop_front();
            for (const Action& action : todo)
                perform_(action);
        }
        busy_ = false;
        arm();
    }

    [[nodiscard]] const Machine& machine() const { return machine_; }

private:
    void arm()
    {
        const instant due = machine_.deadline();
        if (due == armed_)
            return;
        armed_ = due;
        timer_.cancel();
        if (due == never)
            return;
        timer_.expires_after(due - now());
        timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code failed) {
            if (failed || alive.expired())
                return;
            armed_ = never;
            tell(Elapsed{});
        });
    }

    Machine machine_;
    std::function<void(const Action&)> perform_;
    boost::asio::steady_timer timer_;
    std::deque<Input> waiting_;
    bool busy_ = false;
    instant armed_ = never;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace tinfoil::net
