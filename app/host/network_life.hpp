#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "gateway/backoff.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinfoil::host {

// What it is told of the worker of a network manager.
struct life_begin {};
struct life_ready {};  ///< It has loaded the plugin, which is a network manager.
struct life_refused {
    std::string why;
};
struct life_ended {
    std::string how;
};
struct life_stop {};
struct life_elapsed {};
using life_input =
    std::variant<life_begin, life_ready, life_refused, life_ended, life_stop, life_elapsed>;

// What it wants done.
struct spawn_worker {};  ///< `life_ended` follows, sooner or later.
struct kill_worker {};
struct worker_came {};
struct worker_left {
    std::string why;
};
struct worker_failed {  ///< The first one: there is no network manager, and nothing follows.
    std::string why;
};
struct life_warning {
    std::string text;
};
using life_action =
    std::variant<spawn_worker, kill_worker, worker_came, worker_left, worker_failed, life_warning>;

/// When the worker of a network manager runs: one that has run once is begun again after each end,
/// with a growing wait; the first has to come up, or the run can't begin.
class network_life {
public:
    static constexpr duration load_patience = std::chrono::seconds(30);
    static constexpr duration wait_least = std::chrono::milliseconds(500),
                              wait_most = std::chrono::minutes(1);
    /// One that ran for so long may begin again soon.
    static constexpr duration good_run = std::chrono::minutes(1);

    explicit network_life(std::uint64_t seed) : random_(seed) {}

    void on(const life_input& what, instant now, std::vector<life_action>& todo);
    [[nodiscard]] instant deadline() const { return due_; }
    /// `starting`, `running`, `ending`, `waiting` to be begun again, `over`.
    [[nodiscard]] std::string_view state() const;
    /// Since it ran last, or began to start; never while it runs.
    [[nodiscard]] instant away_since() const { return away_since_; }
    /// Why the last one ended; empty: none has.
    [[nodiscard]] const std::string& last_end() const { return last_end_; }
    /// So many have begun behind the first.
    [[nodiscard]] std::uint64_t restarts() const { return begun_ == 0 ? 0 : begun_ - 1; }

private:
    enum class phase { idle, starting, running, ending, waiting, over };

    void on(const life_begin& what, instant now, std::vector<life_action>& todo);
    void on(const life_ready& what, instant now, std::vector<life_action>& todo);
    void on(const life_refused& what, instant now, std::vector<life_action>& todo);
    void on(const life_ended& what, instant now, std::vector<life_action>& todo);
    void on(const life_stop& what, instant now, std::vector<life_action>& todo);
    void on(const life_elapsed& what, instant now, std::vector<life_action>& todo);
    void start(instant now, std::vector<life_action>& todo);

    random_source random_;
    gateway::backoff wait_{wait_least, wait_most};
    phase is_ = phase::idle;
    instant due_ = never, began_{}, away_since_ = never;
    std::string last_end_;
    std::uint64_t begun_ = 0;
    std::string why_;       // Of one that was refused.
    bool has_run_ = false;  // Any.
};

}  // namespace tinfoil::host
