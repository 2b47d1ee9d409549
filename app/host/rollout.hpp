#pragma once

#include "base/time.hpp"
#include "link/message.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace tinfoil::host {

// clang-format off
struct rollout_settled_on { std::string plugin, build; };  ///< At the begin: collections load that one. No build: none.
struct rollout_order { std::uint64_t ticket; std::string plugin, build; bool rollback; };  ///< Everywhere; no build: it is unloaded. The newest wins.
struct collection_up { std::uint32_t number; std::map<std::string, std::string> builds; };  ///< A process began, with these plugins.
struct collection_down { std::uint32_t number; };
struct collection_changed { std::uint32_t number; link::plugin_changed what; };
struct rollout_elapsed {};
using rollout_input = std::variant<rollout_settled_on, rollout_order, collection_up, collection_down, collection_changed, rollout_elapsed>;

struct rollout_send { std::uint32_t number; std::uint64_t ticket; std::string plugin, build; bool rollback; };  ///< `collection_changed` follows, or `collection_down`.
/// What came of an order in one collection, its last word.
struct rollout_place { std::uint32_t number; bool took; bool went_back; link::plugin_changed what; };
struct rollout_settled { std::uint64_t ticket; std::string plugin, build; bool done; bool superseded; std::string why; std::vector<rollout_place> places; };  ///< `build` is the one that all go on with.
using rollout_action = std::variant<rollout_send, rollout_settled>;
// clang-format on

/// Brings another build of a plugin to every collection: to one first, then to the rest at once,
/// and back to the one before in those that took it when any of them did not. Plugins don't wait
/// for each other.
///
/// What all go on with is settled only at the end: a collection that begins meanwhile has loaded
/// the build before, and gets the new one when it is its turn.
///
/// Failure modes: a collection that refuses, that ends while it takes the new build (which may be
/// why), or that is silent for `patience`; another order meanwhile, which goes on from there; one
/// that goes back and fails at that (it keeps what it has, and is told; its next process begins
/// with what is settled).
class rollout {
public:
    static constexpr duration patience = std::chrono::seconds(20);

    void on(const rollout_input& what, instant now, std::vector<rollout_action>& todo);
    [[nodiscard]] instant deadline() const;

    /// An order of that plugin is under way.
    [[nodiscard]] bool is_busy(const std::string& name) const;

private:
    enum class stage { first, rest, back };
    struct job {
        std::uint64_t ticket = 0;
        std::string build;
        bool rollback = false;
        stage where = stage::first;
        std::string why;  // It has to go back.
        std::map<std::uint32_t, rollout_place> places;
    };
    struct asked {
        std::uint64_t ticket = 0;
        std::string build;
        instant until{};
        bool back = false;   // To what was settled before.
        bool wanted = true;  // By the job at hand; an answer for another one only tells what runs.
    };
    struct plugin {
        std::string settled;
        bool is_at_work = false;
        job at;
        std::map<std::uint32_t, std::string> runs;  // By collection; absent: none.
        std::map<std::uint32_t, asked> open;
    };
    struct reply {
        std::uint32_t number = 0;
        bool took = false;
        link::plugin_changed what;
    };
    using actions = std::vector<rollout_action>;

    void on_order(const rollout_order& what, instant now, actions& todo);
    void on_up(const collection_up& what, instant now, actions& todo);
    void on_down(std::uint32_t number, instant now, actions& todo);
    void on_changed(const collection_changed& from, instant now, actions& todo);
    void answer(const std::string& name, const reply& told, instant now, actions& todo);
    void go_on(const std::string& name, instant now, actions& todo);
    void send(rollout_send what, instant now, actions& todo);
    void settle(const std::string& name, bool done, actions& todo);
    [[nodiscard]] static bool is_due(const plugin& of, std::uint32_t number);
    [[nodiscard]] static std::string runs_in(const plugin& of, std::uint32_t number);

    std::set<std::uint32_t> up_;
    std::map<std::string, plugin> plugins_;
    std::uint64_t last_ticket_ = 0;
};

}  // namespace tinfoil::host
