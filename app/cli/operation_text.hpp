#pragma once

#include "host/operation_json.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Operations on shards as people read them. Everything ends with a line end, except lines of
/// progress and titles.
namespace tinfoil::cli {

/// `split 3/16 into 2`, `move 3/16 4/16 to c1`.
[[nodiscard]] std::string operation_title(const host::operation_wish& what);

/// What it would cost, and what speaks against it.
[[nodiscard]] std::string quote_text(const host::operation_view& what, bool colours);

/// How far it is, on one line of at most `width` characters.
[[nodiscard]] std::string progress_line(const host::operation_view& what, std::size_t width);

/// What became of it, with what its handoffs noticed.
[[nodiscard]] std::string outcome_text(const host::operation_view& what, bool colours);

/// The operations that run and wait.
[[nodiscard]] std::string operations_text(const host::operations_list& all, std::int64_t now_ms,
                                          bool colours);

/// Each of the past, with what is unusual about its handoffs below it.
[[nodiscard]] std::string history_text(const std::vector<host::operation_view>& past,
                                       std::int64_t now_ms, bool colours);

/// The handoffs of an operation together, as their reports have them.
struct handoff_facts {
    std::size_t handoffs = 0;
    std::vector<std::pair<std::string, std::uint64_t>> proven;    ///< By how, those that occur.
    std::vector<std::pair<std::string, std::uint64_t>> counters;  ///< Those that are not 0.
    std::vector<std::string> guessed, gaps, held_up_by;           ///< As `guild 5`.
};
/// What is not understood of a report is passed over.
[[nodiscard]] handoff_facts facts_of(const std::vector<std::string>& reports);

}  // namespace tinfoil::cli
