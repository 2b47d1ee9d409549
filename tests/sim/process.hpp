#pragma once

#include "sim/agenda.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace tinfoil::sim {

/// What of a process is the same for host and collection: it can be killed between any two of its
/// steps, and it can hang. Always owned by a shared_ptr.
class process : public std::enable_shared_from_this<process> {
public:
    explicit process(agenda& time) : time_(time) {}
    virtual ~process() = default;
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    /// Does it in this process: now, when it no longer hangs, or never when it is dead.
    void run(std::function<void()> what)
    {
        if (is_hung_)
            inbox_.push_back(std::move(what));
        else if (!is_dead_)
            what();
    }
    /// run() after a wait; what is dead by then does nothing.
    void run_after(duration wait, std::function<void()> what)
    {
        time_.after(wait, [weak = weak_from_this(), what = std::move(what)] {
            if (const auto self = weak.lock())
                self->run(what);
        });
    }

    /// It dies `steps` steps from now.
    void doom(unsigned steps) { steps_left_ = static_cast<int>(steps) + 1; }
    void hang_for(duration how_long);
    void die();

    [[nodiscard]] bool is_dead() const { return is_dead_; }
    [[nodiscard]] bool is_hung() const { return is_hung_; }

protected:
    /// To be asked between any two things that leave a trace: false when it has died.
    [[nodiscard]] bool step()
    {
        if (steps_left_ > 0 && --steps_left_ == 0)
            die();
        return !is_dead_;
    }
    virtual void on_death() = 0;

    agenda& time_;

private:
    int steps_left_ = 0;  // 0: no end is near.
    bool is_dead_ = false, is_hung_ = false;
    std::deque<std::function<void()>> inbox_;
};

inline void process::hang_for(duration how_long)
{
    if (is_dead_ || is_hung_)
        return;
    is_hung_ = true;
    time_.after(how_long, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self)
            return;
        self->is_hung_ = false;
        while (!self->inbox_.empty() && !self->is_dead_ && !self->is_hung_) {
            const auto next = std::move(self->inbox_.front());
            self->inbox_.pop_front();
            next();
        }
    });
}

inline void process::die()
{
    if (is_dead_)
        return;
    is_dead_ = true;
    is_hung_ = false;
    inbox_.clear();
    on_death();
}

/// As net::pump does it: inputs that actions cause wait for their turn.
template <class Machine, class Input, class Action>
class pump {
public:
    pump(Machine machine, std::function<void(const Action&)> perform)
        : machine_(std::move(machine)),
          perform_(std::move(perform))
    {
    }

    /// `alive` is asked before each action.
    void tell(agenda& time, Input what, const std::function<bool()>& alive)
    {
        waiting_.push_back(std::move(what));
        if (std::exchange(busy_, true))
            return;
        while (!waiting_.empty() && alive()) {
            std::vector<Action> todo;
            machine_.on(waiting_.front(), time.now(), todo);
            waiting_.pop_front();
            for (const Action& action : todo) {
                if (!alive())
                    break;
                perform_(action);
            }
        }
        busy_ = false;
    }

    [[nodiscard]] const Machine& machine() const { return machine_; }

private:
    Machine machine_;
    std::function<void(const Action&)> perform_;
    std::deque<Input> waiting_;
    bool busy_ = false;
};

}  // namespace tinfoil::sim
