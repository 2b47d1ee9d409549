#pragma once

#include "base/random.hpp"
#include "host/fleet.hpp"
#include "host/operations.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tinfoil::host {

/// What may go wrong, each with its chance at every step or deed.
struct world_faults {
    double host_dies = 0;        ///< At each action that it performs.
    double collection_dies = 0;  ///< At each message that it sends or gets.
    double disk_fails = 0;       ///< At each write.
    double session_lost = 0;     ///< Each second, one of them, at Discord.
    double record_torn = 0;      ///< At each end of a collection.
    double handoff_fails = 0;    ///< At each step of the collection's side.
    double move_fails = 0;
    double killed = 0;  ///< Host or collection, some time after each step of a handoff or a move.
};

/// What a handoff and a move go through, by whoever may be killed meanwhile.
inline constexpr std::array handoff_phases{"asked for",   "logging", "opening",   "following",
                                           "journalling", "written", "committed", "settling"};
inline constexpr std::array move_phases{"asked for", "draining", "left", "given", "resuming"};

/// A host's fleet and operations, collections that follow the protocol, a disk that outlives all of
/// them, and a Discord that counts. Virtual time.
class fleet_world {
public:
    fleet_world(std::uint64_t seed, world_faults how);

    void run_for(duration length);
    void ask(const operation_wish& what);
    void cancel();
    void add_collection();
    void retire_collection(std::uint32_t number);
    void be_kind() { faults_ = {}; }  ///< From now on nothing goes wrong.

    [[nodiscard]] random_source& random() { return random_; }
    [[nodiscard]] const fleet& shards() const { return host_->it; }
    [[nodiscard]] std::vector<operation_view> operations_now() const { return host_->todo.look(); }
    [[nodiscard]] std::vector<discord::slot> plan() const;
    /// All shards are up, each once, and the disk agrees.
    [[nodiscard]] std::string what_is_wrong() const;
    /// What broke a promise, in order; at most a few.
    [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }

    std::map<std::string, std::uint64_t> seen;  ///< What happened how often: is it a test at all?

private:
    struct shard {
        std::string session;  // Empty: none.
        std::uint32_t generation = 1;
        std::int64_t sequence = 1;
        bool is_up = false, is_waiting = false, is_frozen = false;
    };
    /// A handoff or a move, as the world sees it; of a handoff both are one.
    struct under_way {
        std::string phase;
        std::uint32_t from = 0, to = 0;
    };
    struct newer_shard {
        discord::slot slot;
        std::string session;
        std::uint32_t generation = 1;
        bool is_waiting = false;
    };
    struct handing {
        std::uint64_t id = 0;
        std::vector<discord::slot> older;
        std::vector<newer_shard> newer;
        bool is_journalling = false;
    };
    struct process {
        std::uint32_t number = 0;
        std::uint64_t epoch = 0;
        bool is_serving = false;
        std::map<discord::slot, shard> open;
        std::optional<handing> handoff;
        std::vector<discord::session_record> remains;  // Of the older side, in its file.
        instant to_host{}, from_host{};                // When the last message arrives.
    };
    struct host_life {
        fleet it;
        operations todo;
        std::vector<fleet_input> inputs;
        std::vector<operations_input> wishes;
        bool is_busy = false;
        host_life(std::uint64_t seed)
            : it(seed, {.reserve_percent = 20, .breaker_per_shard = 10'000}),
              todo(it.ledger())
        {
        }
    };

    // The host.
    void begin_host();
    void end_host();
    void tell(fleet_input what);
    void tell(operations_input what);
    void work();
    void perform(const fleet_action& action);
    void perform(const operations_action& action);
    void keep(const keep_sessions& what);
    void commit(const write_commit& what);
    [[nodiscard]] situation around() const;
    void check();

    // Collections.
    void spawn_process(const spawn& what);
    void kill(std::uint32_t number);
    [[nodiscard]] std::vector<discord::session_record> file_of(const process& of);
    void send(process& from, link::message what);
    void deliver(std::uint32_t number, std::uint64_t epoch, link::message what);
    void got(process& own, const link::message& what);
    void open(process& own, const discord::session_record& what);
    void unload(process& own, discord::slot slot);
    void want(process& own, discord::slot slot);
    void on_turn(process& own, const link::turn& what);
    void on_handoff_turn(process& own, const link::handoff_turn& what);
    void on_begin(process& own, const link::handoff_begin& what);
    void commit_soon(process& own);
    void on_journalled(process& own, const link::handoff_journalled& what);
    void settle_later(process& own, discord::slot slot, const std::string& session);
    void end_handoff(process& own, bool committed);
    void pulse(std::uint32_t number, std::uint64_t epoch);

    // Discord.
    std::string identify(discord::slot slot, bool of_handoff);
    void lose_one();

    // Who is killed, and in the middle of what.
    void reach(under_way& what, const char* phase);
    void reach_handoff(const char* phase);
    void reach_move(discord::slot slot, const char* phase);
    void follow(const host::tell& what);
    void kill_some(const under_way& what);
    void note_death(std::optional<std::uint32_t> collection);

    void at(duration later, std::function<void()> what);
    void in(const process& own, duration later, std::function<void(process&)> what);
    [[nodiscard]] bool chance(double of) { return of > 0 && random_.unit() < of; }
    [[nodiscard]] duration between(duration least, duration most);
    void expect(bool holds, const std::string& what);

    random_source random_;
    world_faults faults_;
    instant now_{};
    std::multimap<instant, std::function<void()>> agenda_;
    std::unique_ptr<host_life> host_;
    bool host_dies_ = false;
    std::uint64_t life_ = 0;
    std::map<std::uint32_t, process> processes_;
    std::vector<std::string> broken_;

    // The disk.
    std::vector<discord::slot> plan_;
    std::map<discord::slot, discord::session_record> sessions_;
    std::map<discord::slot, sharding::handoff_record> records_;
    std::vector<std::pair<discord::slot, instant>> rows_;
    std::map<std::uint64_t, std::vector<discord::session_record>> files_;  // By epoch.
    std::uint64_t incarnations_ = 0, last_operation_ = 0;
    std::set<std::uint64_t> begun_;  // Operations.
    std::optional<under_way> handoff_at_;
    std::map<discord::slot, under_way> moves_at_;
    std::map<discord::slot, std::uint32_t> moves_to_;

    // Discord.
    std::map<std::string, discord::slot> alive_;   // Sessions of the plan that nothing has ended.
    std::map<std::string, std::int64_t> handled_;  // By session: what plugins had of it.
    std::map<std::uint32_t, instant> identified_;
    std::uint64_t last_session_ = 0;
};

}  // namespace tinfoil::host
