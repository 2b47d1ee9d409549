#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "dispatch/charge.hpp"
#include "link/message.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::host {

/// What the host does about a plugin that ended a process.
enum class on_crash {
    isolate,     ///< Runs it in a process of its own from then on.
    quarantine,  ///< Does not run that build any more.
    restart,     ///< Runs it where it ran.
};

// clang-format off
struct plugin_ended {            ///< A process ended badly, and this plugin is to blame.
    std::string plugin, version; ///< The version may be empty.
    std::string build;
    bool isolated = false;       ///< The process was its own: a worker of `collection`, which waits.
    std::uint32_t collection = 0;
    std::uint64_t epoch = 0;
    std::string how;             ///< Of the process: `killed by signal 11`.
    bool hung = false;           ///< Nobody ended it but ourselves.
    std::string doing;           ///< `it handled MESSAGE_CREATE`; may be empty.
    std::optional<link::event_name> event;  ///< That it was handling.
    std::string type;
};
struct collection_left { std::uint32_t collection; std::uint64_t epoch; };  ///< Nothing of it waits any more.
struct poison_came { link::plugin_poisoned what; };  ///< A poisoned event came again, and was skipped.
struct plugin_enabled { std::string plugin; };       ///< An operator wants it run, whatever it did.
struct care_changed { on_crash policy; std::vector<std::string> isolated; };  ///< An operator's rules, from now on.
struct care_elapsed {};
using care_input = std::variant<plugin_ended, collection_left, poison_came, plugin_enabled, care_changed, care_elapsed>;

struct give_order { std::uint32_t collection; std::uint64_t epoch; link::plugin_terms terms; };
struct keep_poison { link::plugin_poisoned what; std::string why; bool has_data; };  ///< Once when it is found, without data, and once with.
struct keep_care {};             ///< What remember() says is to survive this host.
struct care_says { bool warning; std::string text; };
using care_action = std::variant<give_order, keep_poison, keep_care, care_says>;
// clang-format on

/// Decides about plugins that crash or hang: where they run next, when, and which events they do
/// not get any more. It learns from processes that have ended; a build is what it judges, so a new
/// build of a plugin begins without a past.
///
/// An event that a plugin was handling when its process ended comes again, marked; one that does so
/// twice is a poison: the plugin does not get it a third time, and it is kept for its author.
/// `crashes_max` ends within `crashes_window` put the build into quarantine, until an operator
/// enables it.
///
/// Failure modes: heap damage that shows in somebody else's code blames that one; a process that
/// is killed from outside while plugin code runs counts against that plugin.
class plugin_care {
public:
    static constexpr std::size_t crashes_max = 3;
    static constexpr duration crashes_window = std::chrono::minutes(10);
    /// The oldest is forgotten beyond that.
    static constexpr std::size_t suspects_max = 1'000, builds_max = 1'000;

    struct settings {
        on_crash policy = on_crash::isolate;
        std::vector<std::string> isolated;  ///< Plugins that an operator wants so.
        /// Before a worker starts again, by how often its build ended within the window.
        std::array<duration, 4> waits{std::chrono::seconds(0), std::chrono::seconds(1),
                                      std::chrono::seconds(5), std::chrono::seconds(30)};
    };
    explicit plugin_care(settings how) : how_(std::move(how)) {}

    void on(const care_input& what, instant now, std::vector<care_action>& todo);
    [[nodiscard]] instant deadline() const;

    /// For a collection that begins: what is not simply to be run inside of it. Poisons are those
    /// of the plugin, whatever the build.
    [[nodiscard]] std::vector<link::plugin_terms> terms() const;
    /// Of every build of that plugin that has a past, whatever they say.
    [[nodiscard]] std::vector<link::plugin_terms> terms_of(const std::string& plugin) const;

    struct view {
        std::string plugin, version, build;
        link::plugin_placement placement = link::plugin_placement::inside;
        std::string quarantined;  ///< Why; empty: it is not.
        std::size_t crashes = 0;  ///< Within the window, as of the last.
        std::size_t poisons = 0;
        std::string last;  ///< What happened last.
    };
    /// Of every build that has a past.
    [[nodiscard]] std::vector<view> look() const;

    /// JSON for recall() of a later host; ages are counted on by the wall clock.
    [[nodiscard]] std::string remember(instant now, std::int64_t wall_ms) const;
    /// Before anything else. Text that is none of remember()'s is errc::malformed, and no harm.
    result<void> recall(std::string_view text, instant now, std::int64_t wall_ms);

private:
    using build_id = std::pair<std::string, std::string>;  // Plugin, build.
    struct past {
        std::string version;
        std::vector<instant> crashes;  // Newest last, at most crashes_max.
        bool isolated = false;
        std::string quarantined, last;
        std::uint64_t order = 0;  // Of its last change.
    };
    struct accused {  // An event that a plugin ended in.
        std::string plugin;
        link::event_name event;
    };
    struct waiting {
        std::uint32_t collection;
        std::uint64_t epoch;
        build_id which;
        instant due;
    };
    using actions = std::vector<care_action>;

    void on_ended(const plugin_ended& what, instant now, actions& todo);
    void on_poison(const poison_came& what, actions& todo);
    void on_enabled(const std::string& plugin, instant now, actions& todo);
    void judge_event(const plugin_ended& what, past& of, actions& todo);
    void judge_build(const plugin_ended& what, past& of, instant now, actions& todo);
    [[nodiscard]] duration wait_of(const past& own) const;
    void answer_due(instant now, actions& todo);
    past& past_of(const build_id& which);
    [[nodiscard]] bool wants_isolated(const std::string& plugin) const;
    [[nodiscard]] std::vector<link::event_name> poisons_of(const std::string& plugin) const;
    [[nodiscard]] link::plugin_terms terms_of(const build_id& which, const past& of) const;

    settings how_;
    std::map<build_id, past> builds_;
    std::vector<accused> suspects_, poisons_;  // Oldest first; once, and twice.
    std::vector<waiting> waiting_;
    std::uint64_t order_ = 0;
};

}  // namespace tinfoil::host
