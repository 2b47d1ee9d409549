#pragma once

#include "discord/snowflake.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinfoil::scaling {

/// The heaviest guilds of a shard in a bounded space, by the algorithm *space-saving* (Metwally,
/// Agrawal and El Abbadi, 2005): who is not among the entries takes the place and the weight of the
/// lightest one.
///
/// A guild with more than a sixteenth of all weight is always among them. `weight` is at most too
/// large by `above`, never too small. No allocation but in heaviest().
class heavy_guilds {
public:
    static constexpr std::size_t entries_max = 16;

    struct entry {
        discord::snowflake guild;
        std::uint64_t weight = 0;
        std::uint64_t above = 0;  ///< So much of it may be of others.

        bool operator==(const entry&) const = default;
    };

    void add(discord::snowflake guild, std::uint64_t weight);
    /// Begins anew.
    void clear() { used_ = 0; }

    /// Heaviest first, each at its surely own weight or more; at most `most` of them.
    [[nodiscard]] std::vector<entry> heaviest(std::size_t most) const;

private:
    std::array<entry, entries_max> entries_{};
    std::size_t used_ = 0;
};

}  // namespace tinfoil::scaling
