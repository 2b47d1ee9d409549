#pragma once

#include "scaling/situation.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

/// Which collection has which shard, so that the busiest is as little busy as can be.
namespace tinfoil::scaling {

/// Shards and the collections that can have them.
struct layout {
    struct bin {
        std::uint32_t number = 0;
        micro other = 0;  ///< Stays where it is.
        micro load = 0;   ///< With its shards.
    };
    struct item {
        discord::slot slot;
        micro load = 0;
        std::size_t at = 0;  ///< The place of its bin; `nowhere`: of a collection that is none.
        bool may_move = true;
    };
    static constexpr std::size_t nowhere = SIZE_MAX;

    std::vector<bin> bins;
    std::vector<item> items;

    /// The place of the busiest bin; the first of equal ones. There is one.
    [[nodiscard]] std::size_t busiest() const;
    [[nodiscard]] std::size_t idlest() const;
    [[nodiscard]] micro most() const { return bins[busiest()].load; }
    /// Puts it there; loads follow.
    void put(std::size_t item, std::size_t bin);
};

/// Its shards are to go to others: it is being drained, or has been away for `abandon_after`. One
/// that just begins has as long as a start may take, since it may have many plugins to load.
[[nodiscard]] bool has_to_be_left(const collection_state& which, const policy& with);

/// All collections that are up, with their shards. Shards of those that have to be left are
/// `nowhere`, however lately a move of them has failed or was called off, but for a failed try to
/// leave (`leave_rest`); those of others are not in it.
[[nodiscard]] layout layout_of(const situation& at);

/// Greedy, largest first (Graham's LPT): each shard to the collection that has least. What all
/// would be like without regard to where shards are now; what may not move stays.
[[nodiscard]] layout largest_first(layout from);

/// Moves from one layout to another of the same shards, those from the busiest collections first.
/// `before` may have shards that are nowhere: their `from` is looked up in `at`.
[[nodiscard]] std::vector<move> moves_between(const layout& before, const layout& after,
                                              const situation& at);

/// Shards that are nowhere to the idlest, largest first; the others stay.
[[nodiscard]] layout placed(layout from);

/// Nearly as even as largest_first() with few moves: it ends at `percent` above that, or where
/// nothing helps. Single moves and exchanges of two first; where those get stuck, largest first
/// with what fits staying. Shards that are nowhere are placed in any case.
[[nodiscard]] layout spread(const layout& from, int percent);

}  // namespace tinfoil::scaling
