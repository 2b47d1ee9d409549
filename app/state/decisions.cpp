// What the scaler decided, as the state keeps it.
#include "state/store.hpp"

#include <algorithm>

namespace tinfoil::state {
namespace {

result<std::vector<store::decision_row>> rows_of(statement& found)
{
    std::vector<store::decision_row> all;
    for (;;) {
        const auto row = found.step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        if (found.integer(0) > 0)
            all.push_back({static_cast<std::uint64_t>(found.integer(0)), found.integer(1),
                           found.bytes(2), found.bytes(3)});
    }
}

}  // namespace

result<void> store::keep_decision(const decision_row& what)
{
    return transact(database::flush::later, [&](std::int64_t revision) -> result<void> {
        if (auto kept = file_->run("INSERT INTO decisions VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON "
                                   "CONFLICT DO UPDATE SET wall_ms = ?2, line = ?3, outcome = ?4, "
                                   "modified = ?5, bytes = ?6",
                                   static_cast<std::int64_t>(what.number), what.wall_ms,
                                   std::string_view(what.line), std::string_view(what.outcome),
                                   revision, static_cast<std::int64_t>(what.line.size()));
            !kept)
            return kept;
        return file_->run(
            "DELETE FROM decisions WHERE number IN (SELECT number FROM (SELECT "
            "number, row_number() OVER newest AS place, sum(bytes) OVER newest AS so_far "
            "FROM decisions INDEXED BY decisions_by_number WINDOW newest AS (ORDER BY number "
            "DESC)) WHERE place > ?1 OR (place > 1 AND so_far > ?2))",
            decisions_max, decision_bytes_max);
    });
}

result<std::vector<store::decision_row>> store::decisions(std::int64_t most)
{
    auto found = file_->prepare("SELECT number, wall_ms, line, outcome FROM decisions ORDER BY "
                                "number DESC LIMIT ?1",
                                most);
    if (!found)
        return found.error();
    auto all = rows_of(*found);
    if (all)
        std::reverse(all->begin(), all->end());
    return all;
}

result<std::optional<store::decision_row>> store::decision(std::uint64_t number)
{
    auto found =
        file_->prepare("SELECT number, wall_ms, line, outcome FROM decisions WHERE number = ?1",
                       static_cast<std::int64_t>(number));
    if (!found)
        return found.error();
    auto all = rows_of(*found);
    if (!all)
        return all.error();
    return all->empty() ? std::optional<decision_row>() : std::move(all->front());
}

}  // namespace tinfoil::state
