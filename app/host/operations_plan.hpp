#pragma once

#include "host/operation.hpp"
#include "sharding/algebra.hpp"
#include "sharding/identify_ledger.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

/// What an operation comes to, in shards and collections as they are.
namespace tinfoil::host {

/// Shards and collections at one moment.
struct situation {
    struct shard {
        discord::slot slot;
        std::uint32_t collection = 0;
        bool has_session = false;
        std::uint64_t intents = 0;  ///< Of its session.
        sharding::shard_facts known;
    };
    struct place {
        std::uint32_t number = 0;
        bool runs = false;
        double load = 0;  ///< How busy it is, in any unit; only compared.
    };
    std::vector<shard> shards;  ///< Of the plan.
    std::vector<place> places;  ///< Collections that are not retired.
    sharding::ledger_view ledger;
    std::uint32_t multiple = 0;        ///< See sharding::circumstances.
    std::int64_t wall_ms = 0;          ///< The time of day, since 1970.
    std::uint64_t own_user = 0;        ///< The bot's.
    std::uint64_t intents_wanted = 0;  ///< By plugins, of those that it may have.

    [[nodiscard]] const shard* find(discord::slot slot) const;
    [[nodiscard]] const place* find(std::uint32_t number) const;
};

/// A wish that makes sense: its handoffs, and what they cost.
struct judged_operation {
    operation_quote quote;
    std::vector<sharding::component> parts;  ///< Handoffs; of a move none.
};
/// errc::invalid_argument says what does not make sense in the plan as it is.
[[nodiscard]] result<judged_operation> judge(const operation_wish& what, const situation& at,
                                             const sharding::identify_ledger& ledger);

struct shard_move {
    discord::slot slot;
    std::uint32_t to = 0;
};
/// The next move that brings the shards of a handoff into one collection, where most of them are,
/// or else into the least busy of those; nothing when they are. Fails with errc::unreachable where
/// none of their collections runs.
[[nodiscard]] result<std::optional<shard_move>> gathering_move(const sharding::slots& older,
                                                               const situation& at);
/// The next move that makes the share of guilds that collections serve more even, the one that does
/// most; nothing where none does.
[[nodiscard]] std::optional<shard_move> spreading_move(const situation& at);

}  // namespace tinfoil::host
