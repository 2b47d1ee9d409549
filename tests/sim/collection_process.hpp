#pragma once

#include "collection/fullness.hpp"
#include "collection/handling.hpp"
#include "collection/life.hpp"
#include "dispatch/recorder.hpp"
#include "dispatch/router.hpp"
#include "gateway/resume_pacer.hpp"
#include "gateway/session.hpp"
#include "gateway/silence_watchdog.hpp"
#include "sim/network.hpp"
#include "sim/process.hpp"
#include "sim/surroundings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tinfoil::sim {

/// A collection as app/collection wires it, with machines as they are, on a simulated network, and
/// plugins whose handlers take their time.
class collection_process final : public process {
public:
    struct identity {
        std::uint32_t number = 0;
        std::uint64_t epoch = 0;
    };
    struct ways {
        std::function<void(link::message)> to_host;
        std::function<void()> died;
    };
    collection_process(surroundings& with, network& net, identity who, ways to);

    /// The first message, once it runs.
    void greet() { say(link::hello{"simulated"}); }
    /// A message of the host.
    void got(const link::message& what);
    /// An operator cuts a wait short.
    void wake(std::uint64_t any);
    /// The machine slept.
    void slept();

    [[nodiscard]] std::size_t active() const;  ///< So many shards are.

private:
    struct shard {
        shard(gateway::session_settings how, std::uint64_t seed, dispatch::recorder::session place)
            : slot(how.slot),
              machine(std::move(how), seed),
              record(place)
        {
        }
        discord::slot slot;
        gateway::session machine;
        dispatch::recorder::session record;
        alarm timer;
        network::id connection = 0;
        // Few people live here, and nothing lasts for long.
        gateway::silence_watchdog silence{
            {.learning = std::chrono::minutes(3), .expected_min = 15}};
        instant last_refresh = never;
        instant queued = never;  ///< Since when it waits for the pacer.
    };
    struct event {
        std::int64_t sequence;
        std::string_view type, data;
    };

    void on_death() override;
    void begin(const link::welcome& how);
    void serve(const link::serve& what);
    void tell(shard& to, const gateway::input& what);
    void tell_later(shard& to, gateway::input what);
    void perform(shard& of, const gateway::action& action);
    void dial(shard& of, const gateway::open& to);
    void on_event(shard& of, const event& what);
    void deliver(shard& of, const event& what, collection::handling::delivery to);
    void finish(shard& of, const collection::handling::delivery& to, const delivery_name& name,
                std::size_t bytes);
    [[nodiscard]] duration handler_time();
    void on_stopped(shard& of, const gateway::stopped& how);
    void tell_pacer(const gateway::pacer_input& what);
    void look_at_queue(shard& of);
    void look_for_silence();
    void tell_life(const collection::life_input& what);
    void perform(const collection::life_action& action);
    void handlers_changed();
    void say(link::message what);
    void beat();
    void pulse();

    surroundings& with_;
    network& net_;
    identity who_;
    ways to_;
    std::shared_ptr<record_memory> memory_;
    std::optional<dispatch::recorder> record_;
    dispatch::router router_;
    std::optional<collection::handling> work_;
    std::vector<std::unique_ptr<shard>> shards_;
    std::uint64_t seed_ = 0;
    instant stop_asked_{};
    alarm life_timer_, pacer_timer_;
    std::optional<gateway::resume_pacer> pacer_;
    std::optional<collection::fullness> unfinished_;
    pump<collection::life, collection::life_input, collection::life_action> life_;
};

}  // namespace tinfoil::sim
