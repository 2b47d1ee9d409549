#pragma once

#include "gateway/session.hpp"
#include "host/fleet.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::sim {

/// The faults of a run; faults.cpp says what each does.
enum class fault {
    cut_connection,
    cut_unnoticed_by_client,
    cut_unnoticed_by_discord,
    stall_connection,
    reconnect_asked,
    invalid_resumable,
    invalid_for_good,
    closed_resumable,
    closed_session_over,
    closed_for_good,
    nonsense_payload,
    resume_url_dead,
    dials_refused,
    dials_swallowed,
    slow_answers,
    collection_killed,
    collection_hangs,
    collection_never_begins,
    host_killed,
    stop_and_start,
    end_of_sessions,
    disk_full,
    power_lost,
    slow_handlers,
    slow_link,
    operator_wakes,
    machine_sleeps,
    silence,
};
inline constexpr std::size_t fault_kinds = 28;
/// For people.
[[nodiscard]] std::string_view name_of(fault what);

/// How often each thing happened that can: a cell a pair of row and column.
class tally_table {
public:
    /// `expected` has a word for each row and a letter for each column: `x` has to happen, `r` is
    /// too rare to be waited for, `-` can't happen. Nothing: all have to.
    tally_table(std::string_view name, std::vector<std::string_view> rows,
                std::vector<std::string_view> columns, std::vector<std::string_view> expected = {});

    void count(std::size_t row, std::size_t column) { ++cells_[row * columns_.size() + column]; }
    void add(const tally_table& other);

    [[nodiscard]] std::string print() const;
    /// What never happened, and what happened although it can't.
    [[nodiscard]] std::string gaps() const;

private:
    std::string_view name_;
    std::vector<std::string_view> rows_, columns_;
    std::vector<std::uint64_t> cells_;
    std::string expected_;
};

/// What a simulation has to have reached before its silence means something.
class coverage {
public:
    coverage();

    void on(fault what) { faults_.count(static_cast<std::size_t>(what), 0); }
    void on(gateway::state in, const gateway::input& what)
    {
        session_inputs_.count(static_cast<std::size_t>(in), what.index());
    }
    void on(const gateway::action& what) { session_actions_.count(what.index(), 0); }
    /// To be called before the fleet gets the input.
    void on(const host::fleet& of, const host::fleet_input& what);
    void on(const host::fleet_action& what);
    void on_life(std::size_t action) { life_actions_.count(action, 0); }
    void on_handling(bool redelivered) { deliveries_.count(redelivered ? 1 : 0, 0); }

    void add(const coverage& other);
    [[nodiscard]] std::string print() const;
    [[nodiscard]] std::string gaps() const;

private:
    tally_table faults_, session_inputs_, session_actions_, fleet_inputs_, fleet_actions_,
        life_actions_, deliveries_;
};

}  // namespace tinfoil::sim
