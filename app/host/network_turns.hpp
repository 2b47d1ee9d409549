#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tinfoil::host {

enum class network_deed { up, down, stands };

// What it is told.
/// The process `epoch` of a collection is wanted. `dropped` follows.
struct process_wanted {
    std::uint32_t number = 0;
    std::uint64_t epoch = 0;
};
/// It has ended, or is to end, or nobody wants it any more.
struct process_dropped {
    std::uint32_t number = 0;
    std::uint64_t epoch = 0;
};
struct turn_ended {
    std::uint64_t id = 0;
    std::string failed;  ///< Empty: it was done.
};
/// Whoever does the orders is there, and knows nothing.
struct crew_came {};
/// Nothing of what it was told and has not answered will be answered.
struct crew_left {
    std::string why;
};
struct network_closed {};  ///< The host ends: all is to be brought down.
struct turns_elapsed {};
using turns_input = std::variant<process_wanted, process_dropped, turn_ended, crew_came, crew_left,
                                 network_closed, turns_elapsed>;

// What it wants done.
/// `turn_ended` follows, or `crew_left`; of `stands`, whose id is 0, nothing.
struct give_turn {
    std::uint64_t id = 0;
    network_deed what = network_deed::up;
    std::uint32_t number = 0;
    std::uint64_t epoch = 0;
};
/// It takes too long: it is to be ended by force, and `turn_ended` follows all the same.
struct turn_overdue {
    std::uint64_t id = 0;
};
/// Of a process that may have joined all the same; then nothing has failed.
struct up_failed {
    std::uint32_t number = 0;
    std::uint64_t epoch = 0;
    std::string why;
};
/// Nothing of that process is left to be done.
struct process_done {
    std::uint64_t epoch = 0;
};
struct turns_warning {
    std::string text;
};
struct network_empty {};  ///< Once behind network_closed: nothing is up, or nobody waits longer.
using turns_action =
    std::variant<give_turn, turn_overdue, up_failed, process_done, turns_warning, network_empty>;

/// The order of ups and downs: each up is followed by one down, the next up of a number waits for
/// it, and what takes too long waits for nobody. When whoever does them begins anew, it hears what
/// stands; a down whose end nobody saw is given once more.
class network_turns {
public:
    // A down that takes longer is ended by force; so long the host's own end waits for all of them.
    static constexpr duration down_patience = std::chrono::seconds(20);
    static constexpr duration end_patience = std::chrono::seconds(5);

    /// What an up and a down are called for people: "the up command of [network]".
    network_turns(std::string up, std::string down) : up_(std::move(up)), down_(std::move(down)) {}

    void on(const turns_input& what, instant now, std::vector<turns_action>& todo);
    [[nodiscard]] instant deadline() const;
    /// Something is up, or still to be removed.
    [[nodiscard]] bool is_empty() const { return places_.empty(); }

private:
    struct process {
        std::uint64_t epoch = 0;
        std::uint64_t id = 0;    // Of the order that is under way; 0: none.
        bool was_given = false;  // At least once.
        instant due = never;     // Of a down that was given and is not overdue yet.
    };
    // Of one number. The up waits while there is a down.
    struct place {
        std::optional<process> up, down;
    };

    void on(const process_wanted& what, instant now, std::vector<turns_action>& todo);
    void on(const process_dropped& what, instant now, std::vector<turns_action>& todo);
    void on(const turn_ended& what, instant now, std::vector<turns_action>& todo);
    void on(const crew_came& what, instant now, std::vector<turns_action>& todo);
    void on(const crew_left& what, instant now, std::vector<turns_action>& todo);
    void on(const network_closed& what, instant now, std::vector<turns_action>& todo);
    void on(const turns_elapsed& what, instant now, std::vector<turns_action>& todo);
    void go_on(std::uint32_t number, instant now, std::vector<turns_action>& todo);
    void give(network_deed what, std::uint32_t number, process& which,
              std::vector<turns_action>& todo);
    static void drop(place& own, std::vector<turns_action>& todo);

    std::string up_, down_;
    std::map<std::uint32_t, place> places_;
    std::uint64_t last_id_ = 0;
    bool has_crew_ = false, is_closed_ = false, is_over_ = false;
    instant over_at_ = never;
};

}  // namespace tinfoil::host
