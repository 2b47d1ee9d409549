#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tinfoil::dispatch {

// clang-format off
struct swap_wanted { std::uint64_t ticket; bool unload; };         ///< Another version, or none; the newest wins.
struct swap_loaded { std::optional<std::string> refused; };        ///< Follows load_beside.
struct handlers_left { std::size_t count; };                       ///< Of the version that runs, whenever it changes while draining.
struct state_saved { std::optional<std::string> failed; };         ///< Follows save_state.
struct version_started { std::optional<std::string> failed; };     ///< Follows start_new.
struct events_released {};                                         ///< Follows release_events.
struct swap_elapsed {};
using swap_input = std::variant<swap_wanted, swap_loaded, handlers_left, state_saved, version_started, events_released, swap_elapsed>;

struct load_beside { std::uint64_t ticket; };  ///< `swap_loaded` follows.
struct hold_events {};       ///< What comes for this plugin waits, and `handlers_left` follows. Again: it goes on waiting.
struct save_state {};        ///< Of the version that runs; `state_saved` follows.
struct start_new {};         ///< With what was saved; `version_started` follows.
struct take_over {};         ///< The new version is the one that runs. What the old one still does is cut off; it is destroyed and unmapped.
struct drop_new {};          ///< What was loaded or started beside is destroyed.
struct remove_old {};        ///< Nobody runs any more. What still does is cut off, what waits is finished unhandled.
struct release_events {};    ///< What waits goes to the version that runs, in order; `events_released` follows.
enum class swap_verdict : std::uint8_t { loaded, reloaded, unloaded, refused, superseded };
struct swap_told { std::uint64_t ticket; swap_verdict how; std::string why; };  ///< Once for each `swap_wanted`.
using swap_action = std::variant<load_beside, hold_events, save_state, start_new, take_over, drop_new, remove_old, release_events, swap_told>;
// clang-format on

/// Replaces one plugin in a collection by another version of it, as a transaction: the old one is
/// the version that runs until the new one has started, and everything that goes wrong before that
/// is answered by going on with it, with the events that waited meanwhile. What a reload cuts off
/// is cut off when nothing can fail any more.
///
/// States: *steady*, *loading*, *draining* (events wait until the old version's handlers have
/// ended, for `drain_max` at most), *saving*, *starting*, *releasing*. A plugin of this process
/// answers at once when it saves or starts, one of its own process has `save_max` and `start_max`.
///
/// Failure modes: a file that can't be loaded, a handler that never ends (cut off), a state that
/// can't be saved or is not taken, a start that fails or takes longer than `start_max`; another
/// version that is wanted meanwhile (it takes the place of the one before, and events go on
/// waiting; once the one before has succeeded or failed it waits until they are released). An
/// interaction that waits has the drain and the start behind it within the three seconds that
/// Discord gives for its answer.
class swap {
public:
    static constexpr duration drain_max = std::chrono::milliseconds(1500);
    static constexpr duration save_max = std::chrono::seconds(1);
    static constexpr duration start_max = std::chrono::seconds(1);

    /// Any input in any state; what does not fit the state is passed over.
    void on(const swap_input& what, instant now, std::vector<swap_action>& todo);
    [[nodiscard]] instant deadline() const { return until_; }

    /// Some version runs.
    [[nodiscard]] bool is_running() const { return running_; }
    [[nodiscard]] bool is_steady() const { return state_ == state::steady; }
    /// Wants to hear how many handlers are left.
    [[nodiscard]] bool is_draining() const { return state_ == state::draining; }
    /// Counts the versions that have run.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

private:
    enum class state { steady, loading, draining, saving, starting, releasing };
    using actions = std::vector<swap_action>;

    void on_wanted(const swap_wanted& what, instant now, actions& todo);
    void on_loaded(const swap_loaded& what, instant now, actions& todo);
    void on_saved(const state_saved& what, instant now, actions& todo);
    void on_started(const version_started& what, instant now, actions& todo);
    void drain(instant now, actions& todo);
    void drained(instant now, actions& todo);
    void on_late(instant now, actions& todo);
    void begin_start(instant now, actions& todo);
    void settle(swap_verdict how, std::string why, actions& todo);
    void tell(actions& todo);

    state state_ = state::steady;
    bool running_ = false;
    bool holding_ = false;
    bool beside_ = false;  // Something is loaded that does not run yet.
    bool unload_ = false;
    std::uint64_t ticket_ = 0;
    std::optional<swap_wanted> next_;  // Wanted while events are released.
    std::uint64_t generation_ = 0;
    instant until_ = never;
    instant drain_until_ = never;  // Kept when another version is wanted while draining.
    instant began_{};              // Of the start.
    swap_verdict verdict_ = swap_verdict::refused;
    std::string why_;
};

}  // namespace tinfoil::dispatch
