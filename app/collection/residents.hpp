#pragma once

#include "collection/guest.hpp"
#include "collection/handling.hpp"
#include "collection/plugin_home.hpp"
#include "dispatch/swap.hpp"
#include "link/message.hpp"
#include "net/pump.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::collection {

/// The plugins of a collection, each under the number that router and record have for it, and how
/// one version of a plugin takes over from another: dispatch::swap decides, this loads, holds,
/// saves, starts and destroys. What the events of one plugin wait for no other plugin notices.
///
/// What is held is on record as unfinished and counts with `fullness` like any event that is not
/// handled yet, so its bound is the shard's, and a process that dies loses none of it.
///
/// Threads: the collection's loop only.
class residents {
public:
    /// Where they live; all of it outlives them.
    struct home {
        boost::asio::io_context& loop;
        uplink& up;
        plugin_home& place;
        dispatch::router& router;
        dispatch::recorder& record;
        const link::welcome& settings;
    };
    struct listener {
        /// All that one plugin does about an event has ended.
        std::function<void(dispatch::recorder::session session, std::int64_t sequence,
                           std::size_t bytes, const handling::delivery& what)>
            ended;
        std::function<void()> changed;  ///< Another version runs, or none.
        std::function<void()> saved;    ///< saving() has changed.
    };
    residents(home where, listener to);
    ~residents();

    /// Loads every plugin of the folder, as a collection begins; what became of each.
    result<std::vector<link::plugin_outcome>> begin();
    void on(const link::change_plugin& what);
    void on(const link::plugin_order& what);

    /// Hands an event over, or keeps a copy of it until somebody may have it. `ended` follows.
    void deliver(const plugin::event& what, dispatch::recorder::session session,
                 const handling::delivery& to);

    /// A message for the plugin that it names; it waits while one version takes over from another.
    void give(const sharing::letter& what, plugin::instance::message_done done);

    /// Plugin to what it gives along with a shard.
    using parts = std::vector<std::pair<std::string, std::string>>;
    /// A shard leaves: what goes along. `done` is called once, within a second or so; it may be
    /// called at once.
    void part_with(discord::slot slot, std::function<void(parts)> done);
    /// A shard comes with that; before its first event. While a version takes over from another,
    /// it is told in the place that its events have.
    void take_in(discord::slot slot, const parts& what);

    /// Keeps the state of those that asked for it, now and again.
    void beat(instant now);
    /// Asks those with a process of their own for their state, which takes a moment.
    void save_apart();
    /// Those that have not answered yet.
    [[nodiscard]] std::size_t saving() const { return saving_; }
    /// Keeps the state of all others: the collection ends.
    void save_all();
    void tell_gauges();

    /// GUILDS, and what those that run have declared.
    [[nodiscard]] std::uint64_t intents() const;
    /// A JSON object: each that runs to the list of its commands.
    [[nodiscard]] std::string commands() const;
    [[nodiscard]] std::vector<link::plugin_build> builds() const;

private:
    struct resident;
    struct farewell;

    resident& of(const std::string& name);
    [[nodiscard]] result<void> check(const plugin_home::candidate& what,
                                     std::optional<std::size_t> in_place_of) const;
    result<void> start(resident& which);
    void perform(resident& which, const dispatch::swap_action& action);
    void load(resident& which);
    void drop(resident& which);
    void started(resident& which, const result<void>& how);
    void hold(resident& which);
    void save(resident& which);
    void save_soon(resident& which);
    void saved(resident& which, result<std::optional<plugin::saved_state>> what);
    void take_over(resident& which);
    void remove(resident& which);
    std::vector<plugin::instance::unbegun> bury(resident& which);
    void release(resident& which);
    void tell(resident& which, const dispatch::swap_told& what);
    void run(resident& which, const plugin::event& what, dispatch::recorder::session session,
             const handling::delivery& to);
    void handler_ended(resident& which);
    void read(resident& which, const sharing::letter& what, plugin::instance::message_done done);
    void read_held(resident& which);
    void in_turn(resident& which, std::function<void()> what);
    void take_part(farewell& run, const std::string& name, result<std::string> part);
    void complain(const std::string& plugin, std::string text);
    void keep(const resident& which, const plugin::saved_state& what);

    home home_;
    listener listens_;
    std::vector<std::unique_ptr<resident>> all_;  // Never fewer; those that don't run among them.
    std::vector<resident*> by_number_;
    std::size_t saving_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace tinfoil::collection
