#pragma once

#include "base/error.hpp"
#include "host/status.hpp"
#include "sharding/identify_ledger.hpp"
#include "state/store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::host {

struct spent_start {
    discord::slot slot;
    std::string why;  ///< A word of sharding::reason.
    std::int64_t ago_ms = 0;
};

/// All that `tinfoil budget` shows.
struct budget_report {
    bool from_host = true;  ///< Otherwise from the state file.
    sharding::ledger_view starts;
    std::vector<spent_start> spent;       ///< Of the last 24 hours, oldest first.
    std::optional<sharding::quote> plan;  ///< Of what was asked for.
};

[[nodiscard]] status::starts summary_of(const sharding::ledger_view& of);

/// As share/doc/control-api.md has it, on one line. Lists are cut to their newest or first rows.
[[nodiscard]] std::string budget_json(const budget_report& what);

/// The rows of the ledger of the last 24 hours, oldest first. One from the future, as after a clock
/// was set back, is of this moment.
result<std::vector<spent_start>> spent_lately(state::store& store, std::int64_t wall_ms);

/// The same as the ledger of a new run wants them.
[[nodiscard]] std::vector<sharding::past_identify>
past_identifies(const std::vector<spent_start>& rows);

/// What the state file knows when no host runs. `plan`: IDENTIFYs to price; `reserve_percent` as
/// the next run will have it. Fails with errc::state_unusable.
result<budget_report> remembered_budget(const std::filesystem::path& state, std::int64_t wall_ms,
                                        std::optional<int> plan, int reserve_percent);

}  // namespace tinfoil::host
